"""Writes `src/chasqui/wire/overlays/sqs.json`: what SQS' query protocol needs and today's JSON-only model
lacks.

Run `python tools/make_sqs_overlay.py DIRECTORY`, where DIRECTORY holds a botocore that still speaks query to
SQS (`pip install --no-deps --target DIRECTORY botocore==1.31.80`). Names and wrappers are read from its
model and kept where they differ from today's; what has been added to SQS since, and the errors, which that
model knows only in part, are below.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from chasqui.wire.model import read_model_file  # noqa: E402

SERVICE = "AWS.SimpleQueueService"
NAMES = ("locationName", "flattened")

# The `awsQueryError` and `httpError` traits of AWS' published Smithy model of SQS.
ERRORS: dict[str, tuple[str, int]] = {
    "BatchEntryIdsNotDistinct": (f"{SERVICE}.BatchEntryIdsNotDistinct", 400),
    "BatchRequestTooLong": (f"{SERVICE}.BatchRequestTooLong", 400),
    "EmptyBatchRequest": (f"{SERVICE}.EmptyBatchRequest", 400),
    "InvalidAddress": ("InvalidAddress", 404),
    "InvalidAttributeName": ("InvalidAttributeName", 400),
    "InvalidAttributeValue": ("InvalidAttributeValue", 400),
    "InvalidBatchEntryId": (f"{SERVICE}.InvalidBatchEntryId", 400),
    "InvalidIdFormat": ("InvalidIdFormat", 404),
    "InvalidMessageContents": ("InvalidMessageContents", 400),
    "InvalidSecurity": ("InvalidSecurity", 403),
    "KmsAccessDenied": ("KMS.AccessDeniedException", 400),
    "KmsDisabled": ("KMS.DisabledException", 400),
    "KmsInvalidKeyUsage": ("KMS.InvalidKeyUsageException", 400),
    "KmsInvalidState": ("KMS.InvalidStateException", 400),
    "KmsNotFound": ("KMS.NotFoundException", 400),
    "KmsOptInRequired": ("KMS.OptInRequired", 403),
    "KmsThrottled": ("KMS.ThrottlingException", 400),
    "MessageNotInflight": (f"{SERVICE}.MessageNotInflight", 400),
    "OverLimit": ("OverLimit", 403),
    "PurgeQueueInProgress": (f"{SERVICE}.PurgeQueueInProgress", 403),
    "QueueDeletedRecently": (f"{SERVICE}.QueueDeletedRecently", 400),
    "QueueDoesNotExist": (f"{SERVICE}.NonExistentQueue", 400),
    "QueueNameExists": ("QueueAlreadyExists", 400),
    "ReceiptHandleIsInvalid": ("ReceiptHandleIsInvalid", 404),
    "RequestThrottled": ("RequestThrottled", 403),
    "ResourceNotFoundException": ("ResourceNotFoundException", 404),
    "TooManyEntriesInBatchRequest": (f"{SERVICE}.TooManyEntriesInBatchRequest", 400),
    "UnsupportedOperation": (f"{SERVICE}.UnsupportedOperation", 400),
}

# The list that ReceiveMessage has gained since, named as the API reference does.
MESSAGE_SYSTEM_ATTRIBUTE_LIST = {"flattened": True, "member": {"locationName": "MessageSystemAttributeName"}}
SHAPES_SINCE = {"MessageSystemAttributeList": MESSAGE_SYSTEM_ATTRIBUTE_LIST}


def names(ref: dict[str, Any]) -> dict[str, Any]:
    return {key: ref[key] for key in NAMES if key in ref}


def shape_names(shape: dict[str, Any], today: dict[str, Any]) -> dict[str, Any]:
    """What a shape of the old model says of names that today's does not."""
    found: dict[str, Any] = {}
    for part in ("member", "key", "value"):
        if part in shape and names(shape[part]) != names(today[part]):
            found[part] = names(shape[part])
    members = {
        name: names(ref)
        for name, ref in shape.get("members", {}).items()
        if name in today["members"] and names(ref) != names(today["members"][name])
    }
    if members:
        found["members"] = members
    found.update((key, value) for key, value in names(shape).items() if today.get(key) != value)
    return found


def overlay(old: dict[str, Any], today: dict[str, Any]) -> dict[str, Any]:
    shapes = {}
    for name, shape in old["shapes"].items():
        if name in today["shapes"]:
            found = shape_names(shape, today["shapes"][name])
            if found:
                shapes[name] = found
    shapes.update(SHAPES_SINCE)
    wrappers = {
        name: {"resultWrapper": operation["output"]["resultWrapper"]}
        for name, operation in old["operations"].items()
        if "output" in operation
    }
    return {
        "comment": "Written by tools/make_sqs_overlay.py.",
        "apiVersion": old["metadata"]["apiVersion"],
        "protocols": ["query"],
        "xmlNamespace": old["metadata"]["xmlNamespace"],
        "errorNamespace": "com.amazonaws.sqs",
        "errorDetail": True,
        "pathMember": "QueueUrl",
        "errors": {name: {"code": code, "status": status} for name, (code, status) in ERRORS.items()},
        "query": {"operations": wrappers, "shapes": shapes},
    }


def main() -> int:
    directory = Path(sys.argv[1])
    (path,) = directory.glob("botocore/data/sqs/*/service-2.json")
    made = overlay(json.loads(path.read_text()), read_model_file("sqs"))
    target = ROOT / "src" / "chasqui" / "wire" / "overlays" / "sqs.json"
    target.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
