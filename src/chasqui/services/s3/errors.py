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


def invalid_request(message: str) -> ServiceError:
    return ServiceError("InvalidRequest", message, status=400)


def malformed_xml() -> ServiceError:
    return ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        status=400,
    )


def not_implemented(header: str) -> ServiceError:
    """For what a header asks that this server does not do."""
    return ServiceError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
        status=501,
        fields={"Header": header},
    )


def lacking(what: str) -> ServiceError:
    """For what else is asked that this server does not do."""
    return ServiceError("NotImplemented", f"This server does not have {what}.", status=501)


def method_not_allowed() -> ServiceError:
    return ServiceError("MethodNotAllowed", "The specified method is not allowed against this resource.", status=405)


# ------------------------------------------------------------------------------------------------ buckets themselves


def invalid_bucket_name(name: str) -> ServiceError:
    return ServiceError(
        "InvalidBucketName", "The specified bucket is not valid.", status=400, fields={"BucketName": name}
    )


def bucket_already_owned(name: str) -> ServiceError:
    return ServiceError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        status=409,
        fields={"BucketName": name},
    )


def bucket_already_exists(name: str) -> ServiceError:
    return ServiceError(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system."
        " Please select a different name and try again.",
        status=409,
        fields={"BucketName": name},
    )


def bucket_not_empty(name: str, *, versions: bool) -> ServiceError:
    message = "The bucket you tried to delete is not empty"
    if versions:
        message += ". You must delete all versions in the bucket."
    return ServiceError("BucketNotEmpty", message, status=409, fields={"BucketName": name})


def too_many_buckets(most: int) -> ServiceError:
    return ServiceError(
        "TooManyBuckets",
        "You have attempted to create more buckets than allowed",
        status=400,
        fields={"AllowedNumberOfBuckets": most},
    )


def illegal_location(constraint: str) -> ServiceError:
    return ServiceError(
        "IllegalLocationConstraintException",
        f"The {constraint} location constraint is incompatible for the region specific endpoint this request was sent"
        " to.",
        status=400,
    )


def invalid_location(constraint: str) -> ServiceError:
    return ServiceError(
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        status=400,
        fields={"LocationConstraint": constraint},
    )


def wrong_region(called: str, region: str) -> ServiceError:
    """A request that was signed for another region than the bucket's: its client may sign it again for this one."""
    return ServiceError(
        "AuthorizationHeaderMalformed",
        f"The authorization header is malformed; the region '{called}' is wrong; expecting '{region}'",
        status=400,
        fields={"Region": region},
        headers=((b"x-amz-bucket-region", region.encode()),),
    )


def conflict() -> ServiceError:
    return ServiceError(
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        status=409,
    )


# ------------------------------------------------------------------------------------------ what is configured on them


def not_configured(code: str, message: str, bucket: str) -> ServiceError:
    """What is read was never set."""
    return ServiceError(code, message, status=404, fields={"BucketName": bucket})


def acls_not_owners() -> ServiceError:
    return ServiceError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        status=400,
    )


def acls_not_supported() -> ServiceError:
    return ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs", status=400)


def malformed_policy(message: str, detail: str = "") -> ServiceError:
    return ServiceError("MalformedPolicy", message, status=400, fields={"Detail": detail} if detail else {})


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
