"""Platform applications: CreatePlatformApplication, Get- and SetPlatformApplicationAttributes,
ListPlatformApplications, DeletePlatformApplication.

What an application shows its push service is sealed by the server's key ring and never answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.ids import new_id
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.documents import place_of
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.inputs import check, shown
from chasqui.services.sns.listing import owned_page
from chasqui.services.sns.push.push_credentials import PLATFORMS, WITHOUT_CLIENT, Examined, examine
from chasqui.services.sns.push.push_documents import (
    APPLICATION,
    ENDED,
    ApplicationDocument,
    Secret,
    application_arn,
    application_name,
    encode,
    no_application,
    platform_of,
    read_application,
)
from chasqui.services.sns.push.push_sweeping import start_sweeping
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_settings import is_percentage, is_role
from chasqui.services.sns.types import (
    CreatePlatformApplicationInput,
    CreatePlatformApplicationResponse,
    DeletePlatformApplicationInput,
    GetPlatformApplicationAttributesInput,
    GetPlatformApplicationAttributesResponse,
    ListPlatformApplicationsInput,
    ListPlatformApplicationsResponse,
    PlatformApplication,
    SetPlatformApplicationAttributesInput,
)
from chasqui.store.port import Resource, Transaction

EVENTS: Final = ("EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure")
_ROLES: Final = ("SuccessFeedbackRoleArn", "FailureFeedbackRoleArn")
_APPLE: Final = ("ApplePlatformTeamID", "ApplePlatformBundleID")
_SECRETS: Final = ("PlatformPrincipal", "PlatformCredential")
_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_NAME_MAX: Final = 256
_APPLE_ID = re.compile(r"[A-Za-z0-9.-]{1,255}", re.ASCII)


async def create_platform_application(
    room: Room, call: Call, request: CreatePlatformApplicationInput
) -> CreatePlatformApplicationResponse:
    """Make it, or answer with the one that is there with the same attributes. Raises `InvalidParameter`."""
    check("CreatePlatformApplication", request)
    platform, given = request.Platform or "", request.Attributes or {}
    _check_name(request.Name or "")
    _check_platform(platform)
    _check_attributes(call, given)
    _check_pair(platform, given)
    name, owner = f"{platform}/{request.Name}", owner_of(call)
    arn = application_arn(owner, name)
    secret = Secret(given.get("PlatformPrincipal", ""), given["PlatformCredential"])
    examined = await _examine(platform, secret, given)
    sealed = room.ring.seal(msgspec.msgpack.encode(secret))
    attributes = {key: value for key, value in given.items() if value and key not in _SECRETS}

    async def create(tx: Transaction) -> None:
        resource = await tx.get(APPLICATION, owner, name)
        if resource is not None:
            document = read_application(resource)
            if document.attributes != attributes or _secret(room, document) != secret:
                raise invalid_parameter(
                    f"Attributes Reason: PlatformApplication {arn} already exists with the same Name,"
                    " but different attributes."
                )
            return
        queue = await tx.create_queue(ordered=False)
        document = ApplicationDocument(new_id()[1], queue, attributes, sealed, examined.authentication, examined.until)
        await tx.create(Resource(APPLICATION, owner, name, encode(document)))

    await room.store.transaction(create)
    return CreatePlatformApplicationResponse(PlatformApplicationArn=arn)


def _check_name(name: str) -> None:
    if not name:
        raise invalid_parameter(" Reason: cannot be empty")
    if len(name) > _NAME_MAX:
        raise invalid_parameter(f"{shown(name)} Reason: must be at most 256 characters long")
    if not _NAME.fullmatch(name):
        raise invalid_parameter(
            f"{name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"
        )


def _check_platform(platform: str) -> None:
    if platform in WITHOUT_CLIENT:
        raise invalid_parameter(
            f"Platform Reason: {platform} is not supported by this server, which has clients of {', '.join(PLATFORMS)}"
        )
    if platform not in PLATFORMS:
        raise invalid_parameter(f"Platform Reason: {shown(platform)} is not supported")


def _check_attributes(call: Call, given: Mapping[str, str]) -> None:
    """Whether each attribute is one, and has a value that it can have. An empty one takes it away."""
    for name, value in given.items():
        if name in _SECRETS or not value:
            valid = name in (*_SECRETS, *EVENTS, *_ROLES, *_APPLE, "SuccessFeedbackSampleRate")
        elif name in EVENTS:
            valid = _is_own_topic(call, value) or _bad_value(name, "must be the ARN of a topic of yours in this region")
        elif name in _ROLES:
            valid = is_role(value) or _bad_value(name, "must be the ARN of a role")
        elif name == "SuccessFeedbackSampleRate":
            valid = is_percentage(value) or _bad_value(name, "must be a whole number from 0 to 100")
        else:
            valid = name in _APPLE and (bool(_APPLE_ID.fullmatch(value)) or _bad_value(name, "is not an identifier"))
        if not valid:
            raise invalid_parameter(f"Attributes Reason: Invalid attribute name: {shown(name)}")


def _bad_value(name: str, what: str) -> bool:
    raise invalid_parameter(f"Attributes Reason: Invalid value for attribute: {name}: {what}")


def _is_own_topic(call: Call, text: str) -> bool:
    """Events are published without asking anybody's policies, so they stay in the account."""
    place = place_of(text)
    return place is not None and place[0] == owner_of(call) and not set(":/") & set(place[1])


def _check_pair(platform: str, given: Mapping[str, str]) -> None:
    """Apple's services want both secrets, Google's one."""
    if "PlatformCredential" not in given and "PlatformPrincipal" in given:
        raise invalid_parameter("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential")
    if "PlatformCredential" not in given:
        raise invalid_parameter("Attributes Reason: PlatformCredential attribute required")
    if "PlatformPrincipal" not in given and platform != "GCM":
        raise invalid_parameter("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")


async def _examine(platform: str, secret: Secret, attributes: Mapping[str, str]) -> Examined:
    loop = asyncio.get_running_loop()
    team, bundle = (attributes.get(name, "") for name in _APPLE)
    return await loop.run_in_executor(
        None, lambda: examine(platform, secret.principal, secret.credential, team=team, bundle=bundle)
    )


def _secret(room: Room, document: ApplicationDocument) -> Secret:
    return msgspec.msgpack.decode(room.ring.open(document.secret), type=Secret)


async def find_application(room: Room, owner: str, name: str) -> tuple[Resource, ApplicationDocument]:
    """An application by "GCM/its name". Raises `NotFound`."""
    resource = await room.store.resource(APPLICATION, owner, name)
    if resource is None:
        raise no_application()
    return resource, read_application(resource)


def _public(document: ApplicationDocument) -> dict[str, str]:
    attributes = {**document.attributes, "Enabled": "true" if document.enabled else "false"}
    attributes["AuthenticationMethod"] = document.authentication
    if document.certificate_until:
        attributes["AppleCertificateExpirationDate"] = document.certificate_until
    return attributes


async def get_platform_application_attributes(
    room: Room, call: Call, request: GetPlatformApplicationAttributesInput
) -> GetPlatformApplicationAttributesResponse:
    """Everything but the secrets. Raises `InvalidParameter` and `NotFound`."""
    check("GetPlatformApplicationAttributes", request)
    name = application_name(call, request.PlatformApplicationArn)
    _, document = await find_application(room, owner_of(call), name)
    return GetPlatformApplicationAttributesResponse(Attributes=_public(document))


async def set_platform_application_attributes(
    room: Room, call: Call, request: SetPlatformApplicationAttributesInput
) -> None:
    """Change what is given; an empty value takes an attribute away. New credentials enable an application whose old
    ones were refused. Raises `InvalidParameter` and `NotFound`."""
    check("SetPlatformApplicationAttributes", request)
    name, owner, given = (
        application_name(call, request.PlatformApplicationArn),
        owner_of(call),
        request.Attributes or {},
    )
    _, found = await find_application(room, owner, name)
    _check_attributes(call, given)
    renewed = any(given.get(each) for each in (*_SECRETS, *_APPLE))
    secret, old = _secret(room, found), found.secret
    examined = Examined("token")
    if renewed:
        secret = Secret(
            given.get("PlatformPrincipal") or secret.principal, given.get("PlatformCredential") or secret.credential
        )
        examined = await _examine(platform_of(name), secret, {**found.attributes, **given})
    sealed = room.ring.seal(msgspec.msgpack.encode(secret))

    async def change(tx: Transaction) -> bool:
        resource = await tx.get(APPLICATION, owner, name)
        if resource is None:
            raise no_application()
        document = read_application(resource)
        if renewed and document.secret != old:
            return False
        kept = {**document.attributes, **{key: value for key, value in given.items() if key not in _SECRETS}}
        document.attributes = {key: value for key, value in kept.items() if value}
        if renewed:
            document.secret, document.enabled = sealed, True
            document.authentication, document.certificate_until = examined.authentication, examined.until
        await tx.replace(msgspec.structs.replace(resource, document=encode(document)))
        return True

    if not await room.store.transaction(change):
        # Others gave it other credentials in between: theirs are what these belong to.
        await set_platform_application_attributes(room, call, request)


async def list_platform_applications(
    room: Room, call: Call, request: ListPlatformApplicationsInput
) -> ListPlatformApplicationsResponse:
    """A page of the account's applications. Raises `InvalidParameter`."""
    owner = owner_of(call)
    found, token = await owned_page(room.store, APPLICATION, owner, request.NextToken)
    applications = [
        PlatformApplication(
            PlatformApplicationArn=application_arn(owner, each.name), Attributes=_public(read_application(each))
        )
        for each in found
    ]
    return ListPlatformApplicationsResponse(PlatformApplications=applications, NextToken=token)


async def delete_platform_application(room: Room, call: Call, request: DeletePlatformApplicationInput) -> None:
    """It is gone at once, its endpoints follow in slices; done again, it changes nothing. Raises
    `InvalidParameter`."""
    check("DeletePlatformApplication", request)
    name, owner = application_name(call, request.PlatformApplicationArn), owner_of(call)

    async def delete(tx: Transaction) -> str | None:
        resource = await tx.get(APPLICATION, owner, name)
        if resource is None:
            return None
        document = read_application(resource)
        await tx.delete_queue(document.queue)
        await tx.delete(resource)
        await tx.create(Resource(ENDED, owner, document.id, b"{}"))
        return document.id

    ended = await room.store.transaction(delete)
    if ended is not None:
        start_sweeping(room, owner, ended)


application_resource = arns.named("PlatformApplicationArn")
"""For policies: the application that a request names."""


def new_application(call: Call, request: CreatePlatformApplicationInput) -> str:
    """For policies: the application that a request makes."""
    return application_arn(owner_of(call), f"{request.Platform or ''}/{request.Name or ''}")


OPERATIONS: dict[str, Operation] = {
    "CreatePlatformApplication": create_platform_application,
    "DeletePlatformApplication": delete_platform_application,
    "GetPlatformApplicationAttributes": get_platform_application_attributes,
    "ListPlatformApplications": list_platform_applications,
    "SetPlatformApplicationAttributes": set_platform_application_attributes,
}

ACTIONS: dict[str, Action] = {
    "CreatePlatformApplication": arns.of(
        "CreatePlatformApplication", "write", resource=new_application, hidden=("Attributes",)
    ),
    "DeletePlatformApplication": arns.of("DeletePlatformApplication", "write", resource=application_resource),
    "GetPlatformApplicationAttributes": arns.of(
        "GetPlatformApplicationAttributes", "read", resource=application_resource
    ),
    "ListPlatformApplications": arns.of("ListPlatformApplications", "list"),
    "SetPlatformApplicationAttributes": arns.of(
        "SetPlatformApplicationAttributes", "write", resource=application_resource, hidden=("Attributes",)
    ),
}
