"""A process with the verifier of PyPI's `aws-sns-message-validator`: it is given messages and the pattern of the
certificate's URL that is trusted as JSON, and prints what it says of each: "" for valid, else the exception's name."""

from __future__ import annotations

import json
import sys

from sns_message_validator import SNSMessageValidator


def main(options: dict[str, object]) -> list[str]:
    verifier = SNSMessageValidator(cert_url_regex=options["trusted"])
    said = []
    for message in options["messages"]:
        try:
            verifier.validate_message(message)
            said.append("")
        except Exception as error:  # noqa: BLE001  whatever it says is what the test wants to see
            said.append(type(error).__name__)
    return said


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[2]))))
