"""OpenID Connect providers: whose tokens AssumeRoleWithWebIdentity takes.

AWS takes issuers over HTTPS alone. Here one on this machine may be without, as STS reads its keys: a test's issuer
mostly is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from chasqui.access.identity.counts import count
from chasqui.access.identity.documents import OIDC_PROVIDER, OidcProviderDocument, decode, encode
from chasqui.base.actions import Action
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas, tags, types
from chasqui.services.iam.entities import write
from chasqui.services.iam.paging import page
from chasqui.services.iam.service import Room
from chasqui.store.port import Resource, Transaction

_WORD: Final = "oidc-provider/"
_INVALID = "Invalid Open ID Connect Provider URL"


def _arn(account: str, url: str) -> str:
    """The ARN of the provider with this URL (without its scheme)."""
    return f"arn:aws:iam::{account}:{_WORD}{url}"


def _address(url: str) -> str:
    """A provider's URL without its scheme. Raises `ValidationError` and `InvalidInput`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise errors.validation_error(_INVALID) from None
    if not parts.scheme or not host:
        raise errors.validation_error(_INVALID)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise errors.invalid_input(f"{_INVALID}. The URL must begin with https://.")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise errors.invalid_input(_INVALID)
    return url.partition("://")[2]


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _client_ids(given: Iterable[str]) -> list[str]:
    """Each once. Raises `LimitExceeded`."""
    found = list(dict.fromkeys(given))
    if len(found) > quotas.CLIENT_IDS_PER_PROVIDER:
        raise errors.limit_exceeded("ClientIdsPerOpenIdConnectProvider", quotas.CLIENT_IDS_PER_PROVIDER)
    return found


def _thumbprints(given: Iterable[str] | None) -> list[str]:
    """Each once, in lower case. Raises `InvalidInput`."""
    found = list(dict.fromkeys(each.lower() for each in given or ()))
    if len(found) > quotas.THUMBPRINTS_PER_PROVIDER:
        raise errors.invalid_input(
            f"Thumbprint list must contain fewer than {quotas.THUMBPRINTS_PER_PROVIDER} entries."
        )
    return found


def _missing(arn: str) -> ServiceError:
    return errors.no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")


def _named(call: Call, arn: str) -> str:
    """The URL in a provider's ARN. Raises `ValidationError`, `InvalidInput` and `NoSuchEntity` (another account's)."""
    parsed = parse_arn(arn)
    if parsed is None:
        raise errors.validation_error("Invalid ARN:  Could not be parsed!")
    if parsed.service != "iam" or not parsed.resource.startswith(_WORD):
        raise errors.invalid_input(f"ARN {arn} is not valid.")
    if parsed.account != call.account:
        raise _missing(arn)
    return parsed.resource.removeprefix(_WORD)


async def _read(tx: Transaction, call: Call, arn: str) -> tuple[Resource, OidcProviderDocument]:
    resource = await tx.get(OIDC_PROVIDER, call.account, _named(call, arn))
    if resource is None:
        raise _missing(arn)
    return resource, decode(OidcProviderDocument, resource)


async def _find(room: Room, call: Call, arn: str) -> OidcProviderDocument:
    resource = await room.store.resource(OIDC_PROVIDER, call.account, _named(call, arn))
    if resource is None:
        raise _missing(arn)
    return decode(OidcProviderDocument, resource)


async def create_open_id_connect_provider(
    room: Room, call: Call, request: types.CreateOpenIDConnectProviderRequest
) -> types.CreateOpenIDConnectProviderResponse:
    url = _address(request.Url or "")
    document = OidcProviderDocument(
        url=url,
        client_ids=_client_ids(request.ClientIDList or ()),
        thumbprints=_thumbprints(request.ThumbprintList),
        created_s=room.clock.now_ms() // 1000,
        tags=tags.merged({}, tags.given_tags(request.Tags)),
    )

    async def create(tx: Transaction) -> None:
        if await tx.get(OIDC_PROVIDER, call.account, url) is not None:
            raise errors.entity_already_exists(f"Provider with url {request.Url} already exists.")
        if await count(tx, OIDC_PROVIDER, call.account, 1) > quotas.OIDC_PROVIDERS:
            raise errors.limit_exceeded("OpenIdConnectProvidersPerAccount", quotas.OIDC_PROVIDERS)
        await tx.create(Resource(OIDC_PROVIDER, call.account, url, encode(document)))

    await room.store.transaction(create)
    return types.CreateOpenIDConnectProviderResponse(
        OpenIDConnectProviderArn=_arn(call.account, url), Tags=tags.shown(document.tags) or None
    )


async def get_open_id_connect_provider(
    room: Room, call: Call, request: types.GetOpenIDConnectProviderRequest
) -> types.GetOpenIDConnectProviderResponse:
    document = await _find(room, call, request.OpenIDConnectProviderArn or "")
    return types.GetOpenIDConnectProviderResponse(
        Url=document.url,
        ClientIDList=document.client_ids,
        ThumbprintList=document.thumbprints,
        CreateDate=document.created_s,
        Tags=tags.shown(document.tags),
    )


async def list_open_id_connect_providers(
    room: Room, call: Call, _request: types.ListOpenIDConnectProvidersRequest
) -> types.ListOpenIDConnectProvidersResponse:
    # No more than the quota, so that one read has them all.
    found = await room.store.resources(OIDC_PROVIDER, call.account)
    entries = [types.OpenIDConnectProviderListEntry(Arn=_arn(call.account, each.name)) for each in found]
    return types.ListOpenIDConnectProvidersResponse(OpenIDConnectProviderList=entries)


async def delete_open_id_connect_provider(
    room: Room, call: Call, request: types.DeleteOpenIDConnectProviderRequest
) -> None:
    """One that is not there is as good as deleted."""
    url = _named(call, request.OpenIDConnectProviderArn or "")

    async def delete(tx: Transaction) -> None:
        resource = await tx.get(OIDC_PROVIDER, call.account, url)
        if resource is not None:
            await tx.delete(resource)
            await count(tx, OIDC_PROVIDER, call.account, -1)

    await room.store.transaction(delete)


async def _change(room: Room, call: Call, arn: str | None, change: Callable[[OidcProviderDocument], None]) -> None:
    async def rewrite(tx: Transaction) -> None:
        resource, document = await _read(tx, call, arn or "")
        change(document)
        await write(tx, resource, document)

    await room.store.transaction(rewrite)


async def add_client_id(room: Room, call: Call, request: types.AddClientIDToOpenIDConnectProviderRequest) -> None:
    def change(document: OidcProviderDocument) -> None:
        document.client_ids = _client_ids([*document.client_ids, request.ClientID or ""])

    await _change(room, call, request.OpenIDConnectProviderArn, change)


async def remove_client_id(
    room: Room, call: Call, request: types.RemoveClientIDFromOpenIDConnectProviderRequest
) -> None:
    """An id that is not there is as good as removed."""

    def change(document: OidcProviderDocument) -> None:
        document.client_ids = [each for each in document.client_ids if each != request.ClientID]

    await _change(room, call, request.OpenIDConnectProviderArn, change)


async def update_thumbprints(
    room: Room, call: Call, request: types.UpdateOpenIDConnectProviderThumbprintRequest
) -> None:
    def change(document: OidcProviderDocument) -> None:
        document.thumbprints = _thumbprints(request.ThumbprintList)

    await _change(room, call, request.OpenIDConnectProviderArn, change)


async def tag_provider(room: Room, call: Call, request: types.TagOpenIDConnectProviderRequest) -> None:
    added = tags.given_tags(request.Tags)

    def change(document: OidcProviderDocument) -> None:
        document.tags = tags.merged(document.tags, added)

    await _change(room, call, request.OpenIDConnectProviderArn, change)


async def untag_provider(room: Room, call: Call, request: types.UntagOpenIDConnectProviderRequest) -> None:
    def change(document: OidcProviderDocument) -> None:
        document.tags = tags.without(document.tags, request.TagKeys or ())

    await _change(room, call, request.OpenIDConnectProviderArn, change)


async def list_provider_tags(
    room: Room, call: Call, request: types.ListOpenIDConnectProviderTagsRequest
) -> types.ListOpenIDConnectProviderTagsResponse:
    document = await _find(room, call, request.OpenIDConnectProviderArn or "")
    items, marker = page(tags.shown(document.tags), request, lambda tag: tag.Key or "")
    return types.ListOpenIDConnectProviderTagsResponse(Tags=items, IsTruncated=marker is not None, Marker=marker)


OPERATIONS: dict[str, Operation] = {
    "CreateOpenIDConnectProvider": create_open_id_connect_provider,
    "GetOpenIDConnectProvider": get_open_id_connect_provider,
    "ListOpenIDConnectProviders": list_open_id_connect_providers,
    "DeleteOpenIDConnectProvider": delete_open_id_connect_provider,
    "AddClientIDToOpenIDConnectProvider": add_client_id,
    "RemoveClientIDFromOpenIDConnectProvider": remove_client_id,
    "UpdateOpenIDConnectProviderThumbprint": update_thumbprints,
    "TagOpenIDConnectProvider": tag_provider,
    "UntagOpenIDConnectProvider": untag_provider,
    "ListOpenIDConnectProviderTags": list_provider_tags,
}


def _of_request(_call: Call, request: Any) -> str:
    arn: str = request.OpenIDConnectProviderArn or ""
    return arn if arn.startswith("arn:") else "*"


def _new(call: Call, request: Any) -> str:
    return _arn(call.account, (request.Url or "").partition("://")[2])


def _action(name: str, level: Any, **facts: Any) -> Action:
    return actions.of(name, level, resource=_of_request, **facts)


ACTIONS: dict[str, Action] = {
    "CreateOpenIDConnectProvider": actions.of(
        "CreateOpenIDConnectProvider",
        "write",
        resource=_new,
        context=actions.new_entity,
        also=actions.tagging("TagOpenIDConnectProvider", _new),
    ),
    "GetOpenIDConnectProvider": _action("GetOpenIDConnectProvider", "read"),
    "ListOpenIDConnectProviders": actions.of("ListOpenIDConnectProviders", "list"),
    "DeleteOpenIDConnectProvider": _action("DeleteOpenIDConnectProvider", "write"),
    "AddClientIDToOpenIDConnectProvider": _action("AddClientIDToOpenIDConnectProvider", "write"),
    "RemoveClientIDFromOpenIDConnectProvider": _action("RemoveClientIDFromOpenIDConnectProvider", "write"),
    "UpdateOpenIDConnectProviderThumbprint": _action("UpdateOpenIDConnectProviderThumbprint", "write"),
    "TagOpenIDConnectProvider": _action("TagOpenIDConnectProvider", "tagging", context=actions.new_entity),
    "UntagOpenIDConnectProvider": _action("UntagOpenIDConnectProvider", "tagging", context=actions.untagged),
    "ListOpenIDConnectProviderTags": _action("ListOpenIDConnectProviderTags", "list"),
}
