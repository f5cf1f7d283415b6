"""Writes `src/chasqui/services/<service>/types.py`: msgspec structs for a service's shapes, from botocore's
model.

Run `python tools/generate_types.py` to rewrite the files in place, `--check` to fail when one differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from chasqui.wire.model import read_model_file  # noqa: E402

# Services whose hot operations decode into structs: botocore's name of the service, our folder.
SERVICES = {
    "sqs": "sqs",
    "iam": "iam",
    "sts": "sts",
    "kms": "kms",
    "cloudtrail": "cloudtrail",
    "sns": "sns",
    "s3": "s3",
    "lambda": "lambda_",
    "logs": "logs",
}
# Of services of which little is implemented: those operations alone.
ONLY = {
    "cloudtrail": {"LookupEvents"},
    "s3": {
        "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateBucket", "CreateMultipartUpload",
        "DeleteBucket", "DeleteBucketCors", "DeleteBucketEncryption", "DeleteBucketLifecycle",
        "DeleteBucketOwnershipControls", "DeleteBucketPolicy", "DeleteBucketTagging", "DeleteObject",
        "DeleteObjectTagging", "DeleteObjects", "DeletePublicAccessBlock", "GetBucketAccelerateConfiguration",
        "GetBucketAcl", "GetBucketCors", "GetBucketEncryption", "GetBucketLifecycleConfiguration", "GetBucketLocation",
        "GetBucketLogging", "GetBucketNotificationConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy",
        "GetBucketPolicyStatus", "GetBucketReplication", "GetBucketRequestPayment", "GetBucketTagging",
        "GetBucketVersioning", "GetBucketWebsite", "GetObject", "GetObjectAcl", "GetObjectAttributes",
        "GetObjectLockConfiguration", "GetObjectTagging", "GetPublicAccessBlock", "HeadBucket", "HeadObject",
        "ListBuckets", "ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2", "ListParts",
        "PutBucketAcl", "PutBucketCors", "PutBucketEncryption", "PutBucketLifecycleConfiguration",
        "PutBucketNotificationConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketTagging",
        "PutBucketVersioning", "PutObject", "PutObjectAcl", "PutObjectTagging", "PutPublicAccessBlock", "UploadPart",
        "UploadPartCopy",
    },
    "logs": {
        "CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteLogStream", "DeleteRetentionPolicy",
        "DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "ListTagsForResource",
        "ListTagsLogGroup", "PutLogEvents", "PutRetentionPolicy", "StartLiveTail", "TagLogGroup", "TagResource",
        "UntagLogGroup", "UntagResource",
    },
}  # fmt: skip
# Of services of which little is not.
NOT = {
    "lambda": (
        "Durable", "CapacityProvider", "CodeSigning", "ResourcePolicy", "FunctionScalingConfig", "InvokeAsync",
    )
}  # fmt: skip

LINE_LENGTH_MAX = 120

SCALARS = {
    "string": "str",
    "blob": "bytes",
    "boolean": "bool",
    "integer": "Integer",
    "long": "Integer",
    "float": "float",
    "double": "float",
    "timestamp": "float",
}

HEADER = '''"""The shapes of {title}: a struct for each structure of its operations.

Generated from botocore's model ({service} {version}) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
'''


class Generator:
    """One service's model on its way to Python."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.model = read_model_file(service)
        if service in ONLY:
            self.model["operations"] = {name: self.model["operations"][name] for name in sorted(ONLY[service])}
        for part in NOT.get(service, ()):
            operations = self.model["operations"]
            self.model["operations"] = {name: operations[name] for name in operations if part not in name}
        self.bodies = False
        self.shapes: dict[str, dict[str, Any]] = self.model["shapes"]
        self.inputs = self.reachable("input")
        self.outputs = self.reachable("output")

    def reachable(self, end: str) -> dict[str, None]:
        """The structures that an operation's input or output is or holds, the held ones first."""
        found: dict[str, None] = {}
        for operation in self.model["operations"].values():
            if end in operation:
                self.visit(operation[end]["shape"], found)
        return found

    def visit(self, name: str, found: dict[str, None]) -> None:
        shape = self.shapes[name]
        if shape["type"] == "structure":
            if name in found:
                return
            for member in shape["members"].values():
                self.visit(member["shape"], found)
            found[name] = None
        elif shape["type"] == "list":
            self.visit(shape["member"]["shape"], found)
        elif shape["type"] == "map":
            self.visit(shape["value"]["shape"], found)

    def annotation(self, name: str) -> str:
        shape = self.shapes[name]
        match shape["type"]:
            case "structure":
                return name
            case "list":
                return f"list[{self.annotation(shape['member']['shape'])}]"
            case "map":
                return f"dict[str, {self.annotation(shape['value']['shape'])}]"
            case scalar:
                return SCALARS[scalar]

    def struct(self, name: str) -> str:
        shape = self.shapes[name]
        required = shape.get("required", [])
        is_input = name in self.inputs
        lines = [f"class {name}(Struct, omit_defaults=True, gc=False):"]
        if is_input:
            line = f"    REQUIRED: ClassVar[tuple[str, ...]] = {literal(required)}"
            if len(line) > LINE_LENGTH_MAX:
                inner = "".join(f'        "{each}",\n' for each in required)
                line = f"    REQUIRED: ClassVar[tuple[str, ...]] = (\n{inner}    )"
            lines.append(line)
        optional = []
        for member, spec in shape["members"].items():
            # Payloads that are not held whole are what `chasqui.base.bodies` has.
            streams = spec.get("streaming") or self.shapes[spec["shape"]].get("eventstream")
            annotation = "Any" if streams else self.annotation(spec["shape"])
            self.bodies = self.bodies or bool(streams)
            # AWS leaves empty lists out of its answers, those that the model calls required too.
            if member in required and not is_input and self.shapes[spec["shape"]]["type"] != "list":
                lines.append(f"    {member}: {annotation}")
            else:
                optional.append(f"    {member}: {annotation} | None = None")
        lines += optional
        if len(lines) == 1:
            lines.append("    pass")
        return "\n".join(lines)

    def table(self, name: str, end: str, comment: str) -> str:
        operations = self.model["operations"]
        rows = [f'    "{op}": {spec[end]["shape"]},' for op, spec in operations.items() if end in spec]
        return "\n".join([f"# {comment}", f"{name}: dict[str, type[Struct]] = {{", *rows, "}"])

    def source(self) -> str:
        metadata = self.model["metadata"]
        header = HEADER.format(title=metadata["serviceFullName"], service=self.service, version=metadata["apiVersion"])
        structs = [self.struct(name) for name in {**self.inputs, **self.outputs}]
        if self.bodies:
            header = header.replace("import Annotated, ClassVar", "import Annotated, Any, ClassVar")
        parts = [header.rstrip(), *structs]
        tables = [
            self.table("INPUTS", "input", "The operations' inputs."),
            self.table("OUTPUTS", "output", "The outputs of those operations that have one."),
        ]
        return "\n\n\n".join(parts) + "\n\n\n" + "\n\n".join(tables) + "\n"


def literal(names: list[str]) -> str:
    inner = ", ".join(f'"{name}"' for name in names)
    return f"({inner},)" if len(names) == 1 else f"({inner})"


def target(folder: str) -> Path:
    return ROOT / "src" / "chasqui" / "services" / folder / "types.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file would change")
    check = parser.parse_args().check
    stale = 0
    for service, folder in SERVICES.items():
        path, source = target(folder), Generator(service).source()
        if path.exists() and path.read_text() == source:
            continue
        if check:
            print(f"{path} is not what the model says", file=sys.stderr)
            stale = 1
        else:
            path.write_text(source)
            print(f"wrote {path}")
    return stale


if __name__ == "__main__":
    sys.exit(main())
