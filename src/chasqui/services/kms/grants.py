"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from typing import Final

from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import (
    ENCRYPT_DECRYPT,
    GRANT,
    SYMMETRIC,
    Constraints,
    GrantDocument,
    decode_grant,
    encode,
    key_arn,
)
from chasqui.crypto.kms.grants import Grant, new_token, read_token
from chasqui.crypto.kms.keys import Key
from chasqui.services.kms.rules import end_of_dry_run, key_to_manage, page, read_marker, seconds
from chasqui.services.kms.service import Room
from chasqui.services.kms.specs import MAC, SIGN_VERIFY
from chasqui.services.kms.types import (
    CreateGrantRequest,
    CreateGrantResponse,
    GrantConstraints,
    GrantListEntry,
    ListGrantsRequest,
    ListGrantsResponse,
    ListRetirableGrantsRequest,
    RetireGrantRequest,
    RevokeGrantRequest,
)
from chasqui.store.port import Resource, Transaction

_LIST_DEFAULT: Final = 50
_SCANNED_AT_ONCE: Final = 1000
_ANY: Final = frozenset(("CreateGrant", "RetireGrant", "DescribeKey"))
_SEALING: Final = frozenset(("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"))
_DATA_KEYS: Final = frozenset(
    ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
)


def _allowed_operations(key: Key) -> frozenset[str]:
    """The operations that a grant on this key may name (KMS developer guide, "Grant operations")."""
    usage = key.document.usage
    if usage == SIGN_VERIFY:
        return _ANY | {"Sign", "Verify", "GetPublicKey"}
    if usage == MAC:
        return _ANY | {"GenerateMac", "VerifyMac"}
    return _ANY | _SEALING | (_DATA_KEYS if key.document.spec == SYMMETRIC else {"GetPublicKey"})


async def create_grant(room: Room, call: Call, request: CreateGrantRequest) -> CreateGrantResponse:
    """A grant with a name that there is already, and that says the same, is answered with that one."""
    key = await _key(room, call, request.KeyId)
    key.require(key.document.usage, "CreateGrant")
    document = _read(key, call, request, room.clock.now_ms())
    end_of_dry_run(request)
    if document.label:
        for each in await room.grants.of(key.arn):
            if _same(each.document, document):
                return CreateGrantResponse(each.document.token, each.id)
    grant_id = os.urandom(32).hex()
    document.token = new_token(key.arn, grant_id)

    async def create(tx: Transaction) -> None:
        await tx.create(Resource(GRANT, key.owner, grant_id, encode(document), key.arn))

    await room.store.transaction(create)
    return CreateGrantResponse(document.token, grant_id)


async def _key(room: Room, call: Call, text: str | None) -> Key:
    """The key of a grant, which may be another account's."""
    return await room.vault.find(owner_of(call), text or "", aliases=False)


def _read(key: Key, call: Call, request: CreateGrantRequest, now_ms: int) -> GrantDocument:
    grantee = request.GranteePrincipal or request.GranteeServicePrincipal
    if grantee is None:
        raise errors.invalid("GranteePrincipal or GranteeServicePrincipal is required.")
    operations = sorted(set(request.Operations or ()))
    for operation in operations:
        if operation not in _allowed_operations(key):
            raise errors.invalid(f"Grant operation {operation} is not valid for {key.arn}.")
    constraints = None
    if request.Constraints is not None:
        equals, subset = request.Constraints.EncryptionContextEquals, request.Constraints.EncryptionContextSubset
        if request.Constraints.SourceArn is not None:
            raise errors.unsupported("The constraint SourceArn is not supported.")
        if equals is not None and subset is not None:
            raise errors.invalid("Only one of EncryptionContextEquals and EncryptionContextSubset may be given.")
        if key.document.spec != SYMMETRIC or key.document.usage != ENCRYPT_DECRYPT:
            raise errors.invalid("Encryption context constraints are only valid for symmetric encryption KMS keys.")
        constraints = Constraints(equals, subset)
    return GrantDocument(
        grantee=grantee,
        operations=operations,
        retiring=request.RetiringPrincipal or request.RetiringServicePrincipal or "",
        constraints=constraints,
        label=request.Name or "",
        token="",
        issuer=call.account,
        created_ms=now_ms,
    )


def _same(one: GrantDocument, other: GrantDocument) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("label", "grantee", "operations", "retiring", "constraints")
    )


def _entry(key: str, grant: Grant) -> GrantListEntry:
    document = grant.document
    constraints = document.constraints
    return GrantListEntry(
        KeyId=key,
        GrantId=grant.id,
        Name=document.label,
        CreationDate=seconds(document.created_ms),
        GranteePrincipal=document.grantee,
        RetiringPrincipal=document.retiring or None,
        IssuingAccount=f"arn:aws:iam::{document.issuer}:root",
        Operations=document.operations,
        Constraints=GrantConstraints(constraints.subset, constraints.equals) if constraints else None,
    )


async def list_grants(room: Room, call: Call, request: ListGrantsRequest) -> ListGrantsResponse:
    key = await _key(room, call, request.KeyId)
    grantee = request.GranteePrincipal or request.GranteeServicePrincipal
    after = read_marker(request.Marker)
    found = [
        each
        for each in await room.grants.of(key.arn)
        if each.id > after
        and request.GrantId in (None, each.id)
        and (grantee is None or grantee == each.document.grantee)
    ]
    if request.GrantId is not None and not found:
        raise _no_such_grant(request.GrantId)
    return _page([(key.arn, each) for each in found], request.Limit)


def _page(found: Sequence[tuple[str, Grant]], limit: int | None) -> ListGrantsResponse:
    shown, more = page(found, [grant.id for _, grant in found], limit or _LIST_DEFAULT)
    return ListGrantsResponse(Grants=[_entry(key, grant) for key, grant in shown], **more)


async def list_retirable_grants(room: Room, call: Call, request: ListRetirableGrantsRequest) -> ListGrantsResponse:
    """The grants of the caller's account and region with this retiring principal."""
    retiring = request.RetiringPrincipal or request.RetiringServicePrincipal
    if retiring is None:
        raise errors.invalid("RetiringPrincipal or RetiringServicePrincipal is required.")
    owner, after = owner_of(call), read_marker(request.Marker)
    limit = request.Limit or _LIST_DEFAULT
    found: list[tuple[str, Grant]] = []
    while len(found) <= limit:
        rows = await room.store.resources(GRANT, owner, after=(owner, after), limit=_SCANNED_AT_ONCE)
        grants = [(row.parent or "", Grant(row.name, decode_grant(row.document))) for row in rows]
        found += [each for each in grants if each[1].document.retiring == retiring]
        if len(rows) < _SCANNED_AT_ONCE:
            break
        after = rows[-1].name
    return _page(found[: limit + 1], limit)


async def retire_grant(room: Room, call: Call, request: RetireGrantRequest) -> None:
    """Names the grant by its token, or by key ARN and id. Who may is the access layer's to say: `kms:RetireGrant`, or
    the grant itself (`Grants.granted`)."""
    if request.GrantToken is not None:
        named = read_token(request.GrantToken)
        if named is None:
            raise errors.refused("InvalidGrantTokenException", "The grant token is not valid.")
        arn, grant_id = named
    elif request.KeyId is not None and request.GrantId is not None:
        arn, grant_id = request.KeyId, request.GrantId
    else:
        raise errors.invalid("Either GrantToken, or KeyId and GrantId are required.")
    key = await _key(room, call, arn)
    await _delete(room, key, grant_id, request.GrantToken, request)


async def revoke_grant(room: Room, call: Call, request: RevokeGrantRequest) -> None:
    key = await key_to_manage(room, call, request.KeyId)
    await _delete(room, key, request.GrantId or "", None, request)


async def _delete(
    room: Room, key: Key, grant_id: str, token: str | None, request: RetireGrantRequest | RevokeGrantRequest
) -> None:
    async def delete(tx: Transaction) -> None:
        row = await tx.get(GRANT, key.owner, grant_id)
        if row is None or row.parent != key_arn(key.owner, key.id):
            raise _no_such_grant(grant_id)
        if token is not None and not hmac.compare_digest(decode_grant(row.document).token, token):
            raise errors.refused("InvalidGrantTokenException", "The grant token is not valid.")
        end_of_dry_run(request)
        await tx.delete(row)

    await room.store.transaction(delete)


def _no_such_grant(grant_id: str) -> ServiceError:
    return errors.refused("NotFoundException", f"Grant ID {grant_id} not found")
