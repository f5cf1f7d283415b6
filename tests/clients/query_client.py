"""An older botocore as a process: a line of JSON in is a call, a line of JSON out is its answer.

A call is {"operation": "send_message", "options": {...}}; an answer {"result": ...} or {"error": {...}}. Bytes are
{"base64": "..."} both ways.
"""

from __future__ import annotations

import base64
import json
import sys
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session


def restore(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"]) if value.keys() == {"base64"} else value


def render(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))


def main(url: str) -> None:
    session = Session()
    session.set_credentials("test", "test")
    client = session.create_client(
        "sqs", region_name="us-east-1", endpoint_url=url, config=Config(retries={"total_max_attempts": 1})
    )
    assert client.meta.service_model.metadata["protocol"] == "query"
    for line in sys.stdin:
        call = json.loads(line, object_hook=restore)
        try:
            answer = {"result": getattr(client, call["operation"])(**call["options"])}
        except ClientError as error:
            response = error.response
            told = {
                **response["Error"],
                "Class": type(error).__name__,
                "Status": response["ResponseMetadata"]["HTTPStatusCode"],
            }
            answer = {"error": told}
        print(json.dumps(answer, default=render), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
