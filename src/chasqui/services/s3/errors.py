"""S3's errors, with AWS' messages (S3 API reference, "Error responses")."""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def no_such_bucket(name: str) -> ServiceError:
    return ServiceError("NoSuchBucket", "The specified bucket does not exist", status=404, fields={"BucketName": name})


def no_such_key(key: str) -> ServiceError:
    return ServiceError("NoSuchKey", "The specified key does not exist.", status=404, fields={"Key": key})


def access_denied() -> ServiceError:
    return ServiceError("AccessDenied", "Access Denied", status=403)


def invalid_argument(message: str, name: str, value: str) -> ServiceError:
    return ServiceError("InvalidArgument", message, status=400, fields={"ArgumentName": name, "ArgumentValue": value})


def not_implemented(header: str) -> ServiceError:
    """For what a header asks that this server does not do."""
    return ServiceError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
        status=501,
        fields={"Header": header},
    )


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
