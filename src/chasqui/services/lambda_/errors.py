"""Lambda's errors, in AWS' words (API reference, each operation's errors; wording as recorded from AWS)."""

from __future__ import annotations

from typing import Final

from chasqui.base.errors import ServiceError

_USER: Final[dict[str, object]] = {"Type": "User"}


def invalid_parameter(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message, status=400, fields=_USER)


def validation(*violations: str) -> ServiceError:
    """What the model's constraints are told with: each "Value 'x' at 'member' failed to satisfy constraint: …"."""
    plural = "" if len(violations) == 1 else "s"
    message = f"{len(violations)} validation error{plural} detected: {'; '.join(violations)}"
    return ServiceError("ValidationException", message, status=400)


def broken(value: object, member: str, constraint: str) -> ServiceError:
    """One broken constraint of a member."""
    return validation(f"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}")


def not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message, status=404, fields=_USER)


def function_not_found(arn: str) -> ServiceError:
    return not_found(f"Function not found: {arn}")


def resource_not_found() -> ServiceError:
    """Of policies, URLs and layers: without a name."""
    return not_found("The resource you requested does not exist.")


def conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, status=409, fields=_USER)


def precondition_failed(message: str = "") -> ServiceError:
    """Another revision than the caller has seen."""
    told = message or (
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve"
        " the latest Revision Id"
    )
    return ServiceError("PreconditionFailedException", told, status=412, fields=_USER)


def access_denied(message: str) -> ServiceError:
    return ServiceError("AccessDeniedException", message, status=403)


def too_large(message: str) -> ServiceError:
    return ServiceError("RequestEntityTooLargeException", message, status=413)


def code_storage_exceeded() -> ServiceError:
    return ServiceError("CodeStorageExceededException", "Code storage limit exceeded.", status=400, fields=_USER)


def policy_too_long() -> ServiceError:
    message = "The final policy size is bigger than the limit (20480)."
    return ServiceError("PolicyLengthExceededException", message, status=400, fields=_USER)


def no_provisioned_concurrency() -> ServiceError:
    message = "No Provisioned Concurrency Config found for this function"
    return ServiceError("ProvisionedConcurrencyConfigNotFoundException", message, status=404, fields=_USER)


def not_implemented(what: str) -> ServiceError:
    """A thing that AWS takes and this server cannot keep its word on."""
    return invalid_parameter(f"{what} is not implemented by this version of Chasqui")
