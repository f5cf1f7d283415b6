"""How an error is told to a client: its name in each protocol, its status, who is to blame.

Modelled errors come from the model and its overlay. The errors that AWS' front ends give in every service
are in `COMMON`; they have one name in the query protocol and another in the others.
"""

from __future__ import annotations

from typing import NamedTuple

from chasqui.base.errors import ServiceError
from chasqui.wire.model import Service

# The namespace that services which qualify their error types use for the common ones.
CORAL = "com.amazon.coral.service"


class Common(NamedTuple):
    """An error that every service can give: its name in JSON, in the query protocol, its status."""

    json: str
    query: str
    status: int = 400


COMMON = (
    Common("AccessDeniedException", "AccessDenied", 403),
    Common("ExpiredTokenException", "ExpiredToken", 403),
    Common("IncompleteSignatureException", "IncompleteSignature", 400),
    Common("InternalFailure", "InternalFailure", 500),
    Common("InvalidParameterCombinationException", "InvalidParameterCombination"),
    Common("InvalidParameterValueException", "InvalidParameterValue"),
    Common("InvalidSignatureException", "SignatureDoesNotMatch", 403),
    Common("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
    Common("MissingRequiredParameterException", "MissingParameter"),
    Common("NotImplementedException", "NotImplemented", 501),
    Common("OptInRequired", "OptInRequired", 403),
    Common("RequestEntityTooLargeException", "RequestEntityTooLarge", 413),
    Common("RequestExpired", "RequestExpired"),
    Common("RequestTimeoutException", "RequestTimeout", 408),
    Common("SerializationException", "MalformedInput"),
    Common("ServiceUnavailableException", "ServiceUnavailable", 503),
    Common("ThrottlingException", "Throttling"),
    Common("UnknownOperationException", "InvalidAction"),
    Common("UnrecognizedClientException", "InvalidClientTokenId", 403),
    Common("ValidationException", "ValidationError"),
)
BY_NAME = {name: common for common in COMMON for name in (common.json, common.query)}


class ErrorForm(NamedTuple):
    """One error, resolved for one service.

    `type` is the error's type in JSON and CBOR, namespace included where the service has one; `name` the
    same without it; `query` its code in the query and XML protocols.
    """

    type: str
    name: str
    query: str
    status: int
    sender: bool

    @property
    def query_header(self) -> bytes:
        """The value of `x-amzn-query-error`."""
        return f"{self.query};{'Sender' if self.sender else 'Receiver'}".encode()


def resolve(service: Service | None, error: ServiceError) -> ErrorForm:
    """What clients of a service are told of an error: by the model, else by the common table, else as it is
    named."""
    sender = error.fault == "Sender"
    code = error.code
    if service is not None:
        code = service.overlay.get("renamedErrors", {}).get(code, code)
        facts = service.errors.get(code)
        if facts is not None:
            # Where clients once spoke query, the model's code is what those were told.
            name = facts.shape if service.spoke_query else facts.code
            namespace = service.overlay.get("errorNamespace")
            return ErrorForm(
                type=f"{namespace}#{name}" if namespace else name,
                name=name,
                query=facts.query_code or facts.code,
                status=error.status or facts.status,
                sender=facts.sender and sender,
            )
    common = BY_NAME.get(code)
    if common is None:
        common = Common(code, code, 400 if sender else 500)
    qualified = service is not None and "errorNamespace" in service.overlay
    return ErrorForm(
        type=f"{CORAL}#{common.json}" if qualified else common.json,
        name=common.json,
        query=common.query,
        status=error.status or common.status,
        sender=sender and common.status < 500,
    )
