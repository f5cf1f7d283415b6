"""CreateKey, DescribeKey, ListKeys, and what changes a key's state or description."""

from __future__ import annotations

from typing import Final

from chasqui.base.call import Call, owner_of
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import ENCRYPT_DECRYPT, KEY, SYMMETRIC, KeyDocument, key_arn
from chasqui.crypto.kms.keys import DAY_MS, Key
from chasqui.crypto.kms.managed import default_policy
from chasqui.services.kms.policies import check_policy
from chasqui.services.kms.rules import key_to_change, key_to_use, page, read_marker, seconds
from chasqui.services.kms.service import Room
from chasqui.services.kms.specs import SPECS, Spec, new_secret
from chasqui.services.kms.tags import read_tags
from chasqui.services.kms.types import (
    CancelKeyDeletionRequest,
    CancelKeyDeletionResponse,
    CreateKeyRequest,
    CreateKeyResponse,
    DescribeKeyRequest,
    DescribeKeyResponse,
    DisableKeyRequest,
    EnableKeyRequest,
    KeyListEntry,
    KeyMetadata,
    ListKeysRequest,
    ListKeysResponse,
    ScheduleKeyDeletionRequest,
    ScheduleKeyDeletionResponse,
    UpdateKeyDescriptionRequest,
)

_WINDOW_DAYS: Final = 30
_WINDOW_DAYS_MIN: Final = 7
_LIST_DEFAULT: Final = 100


async def create_key(room: Room, call: Call, request: CreateKeyRequest) -> CreateKeyResponse:
    spec_name, spec = _spec(request)
    usage = _usage(request, spec)
    if (request.Origin or "AWS_KMS") != "AWS_KMS" or request.CustomKeyStoreId or request.XksKeyId:
        raise errors.unsupported("Only keys of origin AWS_KMS are supported.")
    if request.MultiRegion:
        raise errors.unsupported("Multi-Region keys are not supported.")
    owner = owner_of(call)
    if request.Policy is not None:
        check_policy(call, request.Policy, owner, safe=not request.BypassPolicyLockoutSafetyCheck)
    document = KeyDocument(
        created_ms=room.clock.now_ms(),
        policy=request.Policy or default_policy(owner),
        description=request.Description or "",
        spec=spec_name,
        usage=usage,
        tags=read_tags(request.Tags),
        materials=[],
    )
    key = await room.vault.create(owner, document, await new_secret(spec))
    return CreateKeyResponse(metadata(key))


def _spec(request: CreateKeyRequest) -> tuple[str, Spec]:
    if request.KeySpec is not None and request.CustomerMasterKeySpec is not None:
        raise errors.invalid(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is"
            " deprecated."
        )
    name = request.KeySpec or request.CustomerMasterKeySpec or SYMMETRIC
    spec = SPECS.get(name)
    if spec is None:
        raise errors.unsupported(f"Keys of spec {name} are not supported.")
    return name, spec


def _usage(request: CreateKeyRequest, spec: Spec) -> str:
    if request.KeyUsage is None:
        if spec is not SPECS[SYMMETRIC]:
            raise errors.invalid(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            )
        return ENCRYPT_DECRYPT
    if request.KeyUsage not in spec.usages:
        name = request.KeySpec or request.CustomerMasterKeySpec or SYMMETRIC
        raise errors.invalid(f"KeyUsage {request.KeyUsage} is not compatible with KeySpec {name}")
    return request.KeyUsage


def metadata(key: Key) -> KeyMetadata:
    """A key as DescribeKey shows it."""
    document = key.document
    spec = SPECS[document.spec]
    shown = KeyMetadata(
        KeyId=key.id,
        AWSAccountId=key.account,
        Arn=key.arn,
        CreationDate=seconds(document.created_ms),
        Enabled=key.state == "Enabled",
        Description=document.description,
        KeyUsage=document.usage,
        KeyState=key.state,
        Origin="AWS_KMS",
        KeyManager=document.manager,
        CustomerMasterKeySpec=document.spec,
        KeySpec=document.spec,
        MultiRegion=False,
    )
    algorithms = list(spec.usages[document.usage])
    if document.usage == ENCRYPT_DECRYPT:
        shown.EncryptionAlgorithms = algorithms
    elif document.usage == "SIGN_VERIFY":
        shown.SigningAlgorithms = algorithms
    else:
        shown.MacAlgorithms = algorithms
    if document.spec == SYMMETRIC:
        shown.CurrentKeyMaterialId = key.current.id
    if document.delete_at_ms:
        shown.DeletionDate = seconds(document.delete_at_ms)
    return shown


async def describe_key(room: Room, call: Call, request: DescribeKeyRequest) -> DescribeKeyResponse:
    return DescribeKeyResponse(metadata(await room.vault.rotated(await key_to_use(room, call, request.KeyId))))


async def list_keys(room: Room, call: Call, request: ListKeysRequest) -> ListKeysResponse:
    owner = owner_of(call)
    limit = request.Limit or _LIST_DEFAULT
    after = read_marker(request.Marker)
    # What is read may be due for deletion, and then does not count; keys that are looked for are swept.
    found: list[str] = []
    while len(found) <= limit:
        rows = await room.store.resources(KEY, owner, after=(owner, after), limit=limit + 1)
        found += [row.name for row in rows if await room.vault.key(owner, row.name) is not None]
        if len(rows) <= limit:
            break
        after = rows[-1].name
    shown, more = page(found, found, limit)
    return ListKeysResponse(Keys=[KeyListEntry(each, key_arn(owner, each)) for each in shown], **more)


async def enable_key(room: Room, call: Call, request: EnableKeyRequest) -> None:
    await _switch(room, await key_to_change(room, call, request.KeyId), True)


async def disable_key(room: Room, call: Call, request: DisableKeyRequest) -> None:
    await _switch(room, await key_to_change(room, call, request.KeyId), False)


async def _switch(room: Room, key: Key, enabled: bool) -> None:
    def edit(document: KeyDocument) -> None:
        if document.delete_at_ms:
            raise errors.pending_deletion(key.arn)
        document.enabled = enabled

    await room.vault.change(key, edit)


async def update_key_description(room: Room, call: Call, request: UpdateKeyDescriptionRequest) -> None:
    key = await key_to_change(room, call, request.KeyId)

    def edit(document: KeyDocument) -> None:
        if document.delete_at_ms:
            raise errors.pending_deletion(key.arn)
        document.description = request.Description or ""

    await room.vault.change(key, edit)


async def schedule_key_deletion(
    room: Room, call: Call, request: ScheduleKeyDeletionRequest
) -> ScheduleKeyDeletionResponse:
    key = await key_to_change(room, call, request.KeyId)
    days = _WINDOW_DAYS if request.PendingWindowInDays is None else request.PendingWindowInDays
    if not _WINDOW_DAYS_MIN <= days <= _WINDOW_DAYS:
        bound = f"greater than or equal to {_WINDOW_DAYS_MIN}" if days < 8 else f"less than or equal to {_WINDOW_DAYS}"
        raise errors.invalid(
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint:"
            f" Member must have value {bound}"
        )
    delete_at_ms = room.clock.now_ms() + days * DAY_MS

    def edit(document: KeyDocument) -> None:
        if document.delete_at_ms:
            raise errors.pending_deletion(key.arn)
        document.delete_at_ms, document.window_days, document.enabled = delete_at_ms, days, False

    await room.vault.change(key, edit)
    return ScheduleKeyDeletionResponse(key.arn, seconds(delete_at_ms), "PendingDeletion", days)


async def cancel_key_deletion(room: Room, call: Call, request: CancelKeyDeletionRequest) -> CancelKeyDeletionResponse:
    """The key is disabled afterwards."""
    key = await key_to_change(room, call, request.KeyId)

    def edit(document: KeyDocument) -> None:
        if not document.delete_at_ms:
            raise errors.not_pending_deletion(key.arn)
        document.delete_at_ms = document.window_days = 0

    await room.vault.change(key, edit)
    return CancelKeyDeletionResponse(key.arn)
