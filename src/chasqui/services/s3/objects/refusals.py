"""Errors about objects and their versions, with AWS' messages (S3 API reference, "Error responses")."""

from __future__ import annotations

from chasqui.base.errors import ServiceError
from chasqui.services.s3.errors import invalid_argument


def no_such_version(key: str, version_id: str) -> ServiceError:
    return ServiceError(
        "NoSuchVersion",
        "The specified version does not exist.",
        status=404,
        fields={"Key": key, "VersionId": version_id},
    )


def precondition_failed(condition: str) -> ServiceError:
    """`condition` is the header's name."""
    return ServiceError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        status=412,
        fields={"Condition": condition},
    )


def conditional_conflict(condition: str, key: str) -> ServiceError:
    return ServiceError(
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
        status=409,
        fields={"Condition": condition, "Key": key},
    )


def invalid_version_id(version_id: str) -> ServiceError:
    return invalid_argument("Invalid version id specified", "versionId", version_id)
