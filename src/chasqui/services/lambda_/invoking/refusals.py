"""What an invocation is refused with, in AWS' words. Pure: nothing else may live here.

Source: Lambda API reference, "Invoke", "Errors"; the texts are those of the service itself.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.errors import ServiceError

_USER: Final[dict[str, object]] = {"Type": "User"}
_RETRY: Final = ((b"retry-after", b"1"),)

RESERVED: Final = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT: Final = "ConcurrentInvocationLimitExceeded"

_FAULTS: Final = frozenset(("InvalidRuntimeException", "InvalidZipFileException", "ServiceException"))


def too_many_requests(reason: str) -> ServiceError:
    """The concurrency that `reason` names is used up."""
    fields = {**_USER, "Reason": reason}
    return ServiceError("TooManyRequestsException", "Rate Exceeded.", status=429, fields=fields, headers=_RETRY)


def not_ready(state: str) -> ServiceError:
    """The version is not Active."""
    message = (
        f"The operation cannot be performed at this time. The function is currently in the following state: {state}"
    )
    return ServiceError("ResourceConflictException", message, status=409, fields=_USER)


def request_too_large(limit: int) -> ServiceError:
    """A synchronous invocation's payload."""
    message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
    return ServiceError("RequestEntityTooLargeException", message, status=413, fields=_USER)


def event_too_large(size: int, limit: int) -> ServiceError:
    """An asynchronous one's."""
    message = f"{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"
    return ServiceError("RequestEntityTooLargeException", message, status=413, fields=_USER)


def not_json(reason: str) -> ServiceError:
    """The payload."""
    message = f"Could not parse request body into json: Could not parse payload into json: {reason}"
    return ServiceError("InvalidRequestContentException", message, status=400, fields=_USER)


def bad_client_context(reason: str) -> ServiceError:
    """X-Amz-Client-Context."""
    message = f"Could not parse request client context into json: {reason}"
    return ServiceError("InvalidRequestContentException", message, status=400, fields=_USER)


def cannot_run(code: str, message: str) -> ServiceError:
    """This machine has nothing that runs the function (`running.contract.CannotRun`)."""
    status, fault = (502, "Receiver") if code in _FAULTS else (400, "Sender")
    return ServiceError(code, message, status=status, fault=fault, fields=_USER)
