"""Platform endpoints, a device's app each: CreatePlatformEndpoint, Get- and SetEndpointAttributes, DeleteEndpoint,
ListEndpointsByPlatformApplication.

A token belongs to one endpoint of an application at a time: that is kept by a resource of its own, changed in the
endpoint's transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_id
from chasqui.base.positions import token_after
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.inputs import check, shown
from chasqui.services.sns.listing import PAGE, position
from chasqui.services.sns.push.platforms import application_resource
from chasqui.services.sns.push.push_documents import (
    APPLICATION,
    ENDPOINT,
    TOKEN,
    ApplicationDocument,
    EndpointDocument,
    TokenDocument,
    application_name,
    application_of,
    encode,
    endpoint_arn,
    endpoint_name,
    no_application,
    no_endpoint,
    platform_of,
    read_application,
    read_endpoint,
    read_token,
    token_name,
)
from chasqui.services.sns.push.push_events import announce
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    CreateEndpointResponse,
    CreatePlatformEndpointInput,
    DeleteEndpointInput,
    Endpoint,
    GetEndpointAttributesInput,
    GetEndpointAttributesResponse,
    ListEndpointsByPlatformApplicationInput,
    ListEndpointsByPlatformApplicationResponse,
    SetEndpointAttributesInput,
)
from chasqui.store.port import Resource, Transaction

_DATA_MAX: Final = 2048
_TOKEN_MAX: Final = 4096
_APPLE_TOKEN = re.compile(r"[0-9A-Fa-f]{1,400}", re.ASCII)
_NAMES: Final = ("CustomUserData", "Enabled", "Token")

Read = tuple[Resource, ApplicationDocument, Resource, EndpointDocument]
"""An application and an endpoint of it, as they were read."""


def _checked_token(platform: str, token: str) -> str:
    if not token:
        raise invalid_parameter("Token Reason: cannot be empty")
    if platform.startswith("APNS"):
        if not _APPLE_TOKEN.fullmatch(token):
            raise invalid_parameter("Token Reason: iOS device tokens must be no more than 400 hexadecimal characters")
        return token.lower()
    if len(token.encode("utf-8", "surrogatepass")) > _TOKEN_MAX:
        raise invalid_parameter(f"Token Reason: must be at most {_TOKEN_MAX} bytes long in UTF-8 encoding")
    return token


def _check_attributes(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name not in _NAMES:
            raise invalid_parameter(f"Attributes Reason: Invalid attribute name: {shown(name)}")
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise _bad_value("Enabled: must be true or false")
    if len(given.get("CustomUserData", "").encode("utf-8", "surrogatepass")) > _DATA_MAX:
        raise _bad_value(f"CustomUserData: must be at most {_DATA_MAX} bytes long in UTF-8 encoding")


def _bad_value(what: str) -> ServiceError:
    return invalid_parameter(f"Attributes Reason: Invalid value for attribute: {what}")


def _taken(owner: str, name: str) -> ServiceError:
    return invalid_parameter(
        f"Token Reason: Endpoint {endpoint_arn(owner, name)} already exists with the same Token,"
        " but different attributes."
    )


async def create_platform_endpoint(
    room: Room, call: Call, request: CreatePlatformEndpointInput
) -> CreateEndpointResponse:
    """Make it, or answer with the one that has the token and the same attributes. Raises `InvalidParameter` and
    `NotFound`."""
    check("CreatePlatformEndpoint", request)
    owner, of = owner_of(call), application_name(call, request.PlatformApplicationArn)
    given = dict(request.Attributes or {})
    if request.CustomUserData is not None:
        given["CustomUserData"] = request.CustomUserData
    token = _checked_token(platform_of(of), request.Token or "")
    _check_attributes(given)
    name = f"{of}/{new_id()[1]}"

    async def create(tx: Transaction) -> tuple[str, ApplicationDocument]:
        resource = await tx.get(APPLICATION, owner, of)
        if resource is None:
            raise no_application()
        application = read_application(resource)
        index = token_name(application.id, token)
        held = await tx.get(TOKEN, owner, index)
        if held is not None:
            return await _the_same(tx, owner, read_token(held).endpoint, given), application
        document = EndpointDocument(application.id, token)
        _change(document, given)
        await tx.create(Resource(ENDPOINT, owner, name, encode(document), application.id))
        await tx.create(Resource(TOKEN, owner, index, encode(TokenDocument(name)), application.id))
        return name, application

    found, application = await room.store.transaction(create)
    if found == name:
        await announce(room, call.base_url, owner, application, "EndpointCreated", name)
    return CreateEndpointResponse(EndpointArn=endpoint_arn(owner, found))


async def _the_same(tx: Transaction, owner: str, name: str, given: Mapping[str, str]) -> str:
    """The endpoint that has the token already, if it is what is asked for. Raises `InvalidParameter`."""
    resource = await tx.get(ENDPOINT, owner, name)
    assert resource is not None, "a token belongs to an endpoint that is there"
    document = read_endpoint(resource)
    enabled = given.get("Enabled", "").lower()
    if given.get("CustomUserData", "") != document.custom_user_data or enabled not in ("", _said(document.enabled)):
        raise _taken(owner, name)
    return name


def _said(value: bool) -> str:
    return "true" if value else "false"


def _change(document: EndpointDocument, given: Mapping[str, str]) -> None:
    """The token is not among what is changed here."""
    if "Enabled" in given:
        document.enabled = given["Enabled"].lower() == "true"
    document.custom_user_data = given.get("CustomUserData", document.custom_user_data)


def _public(document: EndpointDocument) -> dict[str, str]:
    attributes = {"Enabled": _said(document.enabled), "Token": document.token}
    if document.custom_user_data:
        attributes["CustomUserData"] = document.custom_user_data
    return attributes


async def read_both(tx: Transaction, owner: str, name: str) -> Read | None:
    """An endpoint and its application; None when either is gone."""
    endpoint = await tx.get(ENDPOINT, owner, name)
    application = await tx.get(APPLICATION, owner, application_of(name))
    if endpoint is None or application is None:
        return None
    document, of = read_endpoint(endpoint), read_application(application)
    return (application, of, endpoint, document) if document.application == of.id else None


async def find_endpoint(room: Room, owner: str, name: str) -> Read | None:
    """An endpoint and its application; None when either is gone."""
    return await room.store.transaction(lambda tx: read_both(tx, owner, name))


async def get_endpoint_attributes(
    room: Room, call: Call, request: GetEndpointAttributesInput
) -> GetEndpointAttributesResponse:
    """Raises `InvalidParameter` and `NotFound`."""
    check("GetEndpointAttributes", request)
    found = await find_endpoint(room, owner_of(call), endpoint_name(call, request.EndpointArn))
    if found is None:
        raise no_endpoint()
    return GetEndpointAttributesResponse(Attributes=_public(found[3]))


async def set_endpoint_attributes(room: Room, call: Call, request: SetEndpointAttributesInput) -> None:
    """Raises `InvalidParameter` and `NotFound`."""
    check("SetEndpointAttributes", request)
    owner, name = owner_of(call), endpoint_name(call, request.EndpointArn)
    given = dict(request.Attributes or {})
    _check_attributes(given)
    if "Token" in given:
        given["Token"] = _checked_token(platform_of(name), given["Token"])

    async def change(tx: Transaction) -> ApplicationDocument | None:
        found = await read_both(tx, owner, name)
        if found is None:
            raise no_endpoint()
        _, application, resource, document = found
        await _move_token(tx, owner, name, document, given.get("Token", document.token))
        _change(document, given)
        new = encode(document)
        if new == resource.document:
            return None
        await tx.replace(msgspec.structs.replace(resource, document=new))
        return application

    changed = await room.store.transaction(change)
    if changed is not None:
        await announce(room, call.base_url, owner, changed, "EndpointUpdated", name)


async def _move_token(tx: Transaction, owner: str, name: str, document: EndpointDocument, token: str) -> None:
    """Give an endpoint another token. Raises `InvalidParameter` when that is another endpoint's."""
    if token == document.token:
        return
    index = token_name(document.application, token)
    held = await tx.get(TOKEN, owner, index)
    if held is not None:
        raise _taken(owner, read_token(held).endpoint)
    await _free_token(tx, owner, document)
    await tx.create(Resource(TOKEN, owner, index, encode(TokenDocument(name)), document.application))
    document.token = token


async def _free_token(tx: Transaction, owner: str, document: EndpointDocument) -> None:
    held = await tx.get(TOKEN, owner, token_name(document.application, document.token))
    if held is not None:
        await tx.delete(held)


async def delete_endpoint(room: Room, call: Call, request: DeleteEndpointInput) -> None:
    """Subscriptions of the endpoint remain; done again, it changes nothing. Raises `InvalidParameter`."""
    check("DeleteEndpoint", request)
    try:
        name = endpoint_name(call, request.EndpointArn)
    except ServiceError as error:
        if error.code == "NotFound":
            return
        raise
    owner = owner_of(call)

    async def delete(tx: Transaction) -> ApplicationDocument | None:
        resource = await tx.get(ENDPOINT, owner, name)
        if resource is None:
            return None
        document = read_endpoint(resource)
        await _free_token(tx, owner, document)
        await tx.delete(resource)
        application = await tx.get(APPLICATION, owner, application_of(name))
        return read_application(application) if application is not None else None

    application = await room.store.transaction(delete)
    if application is not None:
        await announce(room, call.base_url, owner, application, "EndpointDeleted", name)


async def list_endpoints_by_platform_application(
    room: Room, call: Call, request: ListEndpointsByPlatformApplicationInput
) -> ListEndpointsByPlatformApplicationResponse:
    """A page of an application's endpoints. Raises `InvalidParameter` and `NotFound`."""
    check("ListEndpointsByPlatformApplication", request)
    owner, of = owner_of(call), application_name(call, request.PlatformApplicationArn)
    after = position(request.NextToken)

    async def read(tx: Transaction) -> list[Resource]:
        application = await tx.get(APPLICATION, owner, of)
        if application is None:
            raise no_application()
        since = f"{owner} {after}" if after else ""
        return await tx.children(ENDPOINT, read_application(application).id, after=since, limit=PAGE + 1)

    found = await room.store.transaction(read)
    endpoints = [
        Endpoint(EndpointArn=endpoint_arn(owner, each.name), Attributes=_public(read_endpoint(each)))
        for each in found[:PAGE]
    ]
    token = token_after(found[PAGE - 1].name) if len(found) > PAGE else None
    return ListEndpointsByPlatformApplicationResponse(Endpoints=endpoints, NextToken=token)


_endpoint_resource = arns.named("EndpointArn")
"""For policies: the endpoint that a request names."""


OPERATIONS: dict[str, Operation] = {
    "CreatePlatformEndpoint": create_platform_endpoint,
    "DeleteEndpoint": delete_endpoint,
    "GetEndpointAttributes": get_endpoint_attributes,
    "ListEndpointsByPlatformApplication": list_endpoints_by_platform_application,
    "SetEndpointAttributes": set_endpoint_attributes,
}

ACTIONS: dict[str, Action] = {
    "CreatePlatformEndpoint": arns.of("CreatePlatformEndpoint", "write", resource=application_resource),
    "DeleteEndpoint": arns.of("DeleteEndpoint", "write", resource=_endpoint_resource),
    "GetEndpointAttributes": arns.of("GetEndpointAttributes", "read", resource=_endpoint_resource),
    "ListEndpointsByPlatformApplication": arns.of(
        "ListEndpointsByPlatformApplication", "list", resource=application_resource
    ),
    "SetEndpointAttributes": arns.of("SetEndpointAttributes", "write", resource=_endpoint_resource),
}
