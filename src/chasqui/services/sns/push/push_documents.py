"""Platform applications and their endpoints as resources: the documents that are stored, and their ARNs.

An application is (`APPLICATION`, "account/region", "GCM/its name"). An endpoint is (`ENDPOINT`, the same owner,
"GCM/application's name/uuid"), with the application's id as its parent: so what is left of an application that was
deleted never belongs to one that is made with its name. (`TOKEN`, owner, "application's id/digest of the token") says
which endpoint a device token has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.services.sns.documents import sns_arn
from chasqui.services.sns.errors import invalid_parameter, not_found
from chasqui.store.port import Resource

APPLICATION: Final = "sns:application"
ENDPOINT: Final = "sns:endpoint"
TOKEN: Final = "sns:endpoint-token"
ENDED: Final = "sns:ended-application"
"""An application that was deleted, by its id, while endpoints of it are left."""


class ApplicationDocument(msgspec.Struct):
    """`attributes` are the public ones that were set. `secret` is a sealed `Secret`. `queue` is the store's queue in
    which messages to its endpoints wait. `authentication` is "token" or "certificate"; `certificate_until` tells when
    that one ends (ISO 8601)."""

    id: str
    queue: int
    attributes: dict[str, str]
    secret: bytes
    authentication: str
    certificate_until: str = ""
    enabled: bool = True


class Secret(msgspec.Struct, array_like=True, frozen=True):
    """PlatformPrincipal and PlatformCredential, as they were given."""

    principal: str
    credential: str


class EndpointDocument(msgspec.Struct):
    """`application` is the application's id, `token` the device's."""

    application: str
    token: str
    enabled: bool = True
    custom_user_data: str = ""


class TokenDocument(msgspec.Struct):
    """The name of the endpoint that has the token."""

    endpoint: str


encode = msgspec.json.Encoder().encode
_decode_application = msgspec.json.Decoder(ApplicationDocument).decode
_decode_endpoint = msgspec.json.Decoder(EndpointDocument).decode
_decode_token = msgspec.json.Decoder(TokenDocument).decode


def read_application(resource: Resource) -> ApplicationDocument:
    return _decode_application(resource.document)


def read_endpoint(resource: Resource) -> EndpointDocument:
    return _decode_endpoint(resource.document)


def read_token(resource: Resource) -> TokenDocument:
    return _decode_token(resource.document)


def token_name(application: str, token: str) -> str:
    """What the resource is called that says which endpoint of an application has a token."""
    return f"{application}/{hashlib.sha256(token.encode()).hexdigest()}"


def application_arn(owner: str, name: str) -> str:
    """`name` is "GCM/its name"."""
    return sns_arn(owner, f"app/{name}")


def endpoint_arn(owner: str, name: str) -> str:
    """`name` is "GCM/application's name/uuid"."""
    return sns_arn(owner, f"endpoint/{name}")


def platform_of(name: str) -> str:
    """The platform in an application's or an endpoint's name."""
    return name.partition("/")[0]


def application_of(name: str) -> str:
    """The application's name in an endpoint's."""
    return name.rpartition("/")[0]


def application_name(call: Call, arn: str | None) -> str:
    """The name of the application with this ARN. Raises `InvalidParameter`, and `NotFound` when it can't be the
    caller's."""
    return _name(call, arn, "PlatformApplicationArn", "app", 3, no_application)


def endpoint_name(call: Call, arn: str | None) -> str:
    """The name of the endpoint with this ARN. Raises `InvalidParameter`, and `NotFound` when it can't be the
    caller's."""
    return _name(call, arn, "EndpointArn", "endpoint", 4, no_endpoint)


def endpoint_place(arn: str) -> tuple[str, str] | None:
    """(owner, name) of an endpoint's ARN; None when it is none."""
    elements = arn.split(":", 5)
    if len(elements) < 6 or elements[2] != "sns":
        return None
    kind, _, name = elements[5].partition("/")
    found = f"{elements[4]}/{elements[3]}", name
    return found if kind == "endpoint" and name.count("/") == 2 and arn == endpoint_arn(*found) else None


def _name(call: Call, arn: str | None, member: str, kind: str, parts: int, missing: Callable[[], ServiceError]) -> str:
    elements = (arn or "").split(":", 5)
    if len(elements) < 6:
        raise invalid_parameter(f"{member} Reason: An ARN must have at least 6 elements, not {len(elements)}")
    if elements[5].count("/") != parts - 1:
        raise invalid_parameter(f"{member} Reason: Wrong number of slashes in relative portion of the ARN.")
    found, _, name = elements[5].partition("/")
    if found != kind or arn != sns_arn(owner_of(call), elements[5]):
        raise missing()
    return name


def no_application() -> ServiceError:
    return not_found("PlatformApplication does not exist")


def no_endpoint() -> ServiceError:
    return not_found("Endpoint does not exist")
