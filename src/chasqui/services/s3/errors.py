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
