"""Users' access keys. The secret is in the answer of CreateAccessKey and, sealed, in the store; nowhere else."""

from __future__ import annotations

from chasqui.access.identity.documents import (
    ACCESS_KEY,
    KEY_USE,
    USER,
    AccessKeyDocument,
    KeyUse,
    UserDocument,
    decode,
    encode,
    new_secret,
    unique_id,
)
from chasqui.access.identity.keys import seal_secret
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas
from chasqui.services.iam.entities import USERS, key_of, write
from chasqui.services.iam.paging import page
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    AccessKey,
    AccessKeyLastUsed,
    AccessKeyMetadata,
    CreateAccessKeyRequest,
    CreateAccessKeyResponse,
    DeleteAccessKeyRequest,
    GetAccessKeyLastUsedRequest,
    GetAccessKeyLastUsedResponse,
    ListAccessKeysRequest,
    ListAccessKeysResponse,
    UpdateAccessKeyRequest,
)
from chasqui.services.iam.users import name_or_caller
from chasqui.store.port import Resource, Transaction

_NEVER_USED = AccessKeyLastUsed(ServiceName="N/A", Region="N/A")


async def create_access_key(room: Room, call: Call, request: CreateAccessKeyRequest) -> CreateAccessKeyResponse:
    name = name_or_caller(call, request.UserName)
    key_id, secret = unique_id("AKIA"), new_secret()
    now_s = room.clock.now_ms() // 1000
    document = AccessKeyDocument(
        account=call.account, user=key_of(name), secret=seal_secret(room.ring, key_id, secret), created_s=now_s
    )

    async def create(tx: Transaction) -> UserDocument:
        _, user = await USERS.read(tx, call.account, name)
        parent = f"{call.account}/{document.user}"
        if len(await tx.children(ACCESS_KEY, parent)) >= quotas.ACCESS_KEYS_PER_USER:
            raise errors.limit_exceeded("AccessKeysPerUser", quotas.ACCESS_KEYS_PER_USER)
        await tx.create(Resource(ACCESS_KEY, "", key_id, encode(document), parent))
        return user

    user = await room.store.transaction(create)
    return CreateAccessKeyResponse(
        AccessKey=AccessKey(
            UserName=user.name, AccessKeyId=key_id, Status="Active", SecretAccessKey=secret, CreateDate=now_s
        )
    )


async def list_access_keys(room: Room, call: Call, request: ListAccessKeysRequest) -> ListAccessKeysResponse:
    if request.UserName is None and call.principal.kind == "root":
        return ListAccessKeysResponse(AccessKeyMetadata=[], IsTruncated=False)
    name = name_or_caller(call, request.UserName)

    async def read(tx: Transaction) -> tuple[UserDocument, list[Resource]]:
        resource, user = await USERS.read(tx, call.account, name)
        return user, await tx.children(ACCESS_KEY, f"{call.account}/{resource.name}")

    user, keys = await room.store.transaction(read)
    found, marker = page(keys, request, lambda key: key.name)
    return ListAccessKeysResponse(
        AccessKeyMetadata=[_shown(user, key) for key in found], IsTruncated=marker is not None, Marker=marker
    )


def _shown(user: UserDocument, key: Resource) -> AccessKeyMetadata:
    document = decode(AccessKeyDocument, key)
    return AccessKeyMetadata(
        UserName=user.name,
        AccessKeyId=key.name,
        Status="Active" if document.active else "Inactive",
        CreateDate=document.created_s,
    )


async def _read_key(tx: Transaction, account: str, user: str, key_id: str) -> Resource:
    """A key of this user. Raises `NoSuchEntity`."""
    holder, _ = await USERS.read(tx, account, user)
    key = await tx.get(ACCESS_KEY, "", key_id)
    if key is None or key.parent != f"{account}/{holder.name}":
        raise _no_such_key(key_id)
    return key


def _no_such_key(key_id: str) -> Exception:
    return errors.no_such_entity(f"The Access Key with id {key_id} cannot be found.")


async def update_access_key(room: Room, call: Call, request: UpdateAccessKeyRequest) -> None:
    name = name_or_caller(call, request.UserName)
    if request.Status not in ("Active", "Inactive"):
        raise errors.validation_error(
            f"1 validation error detected: Value '{request.Status}' at 'status' failed to satisfy constraint: Member"
            " must satisfy enum value set: [Active, Inactive]"
        )

    async def change(tx: Transaction) -> None:
        key = await _read_key(tx, call.account, name, request.AccessKeyId or "")
        document = decode(AccessKeyDocument, key)
        document.active = request.Status == "Active"
        await write(tx, key, document)

    await room.store.transaction(change)


async def delete_access_key(room: Room, call: Call, request: DeleteAccessKeyRequest) -> None:
    name = name_or_caller(call, request.UserName)

    async def delete(tx: Transaction) -> None:
        key = await _read_key(tx, call.account, name, request.AccessKeyId or "")
        await tx.delete(key)
        use = await tx.get(KEY_USE, "", key.name)
        if use is not None:
            await tx.delete(use)

    await room.store.transaction(delete)


async def get_access_key_last_used(
    room: Room, call: Call, request: GetAccessKeyLastUsedRequest
) -> GetAccessKeyLastUsedResponse:
    key_id = request.AccessKeyId or ""
    key = await room.store.resource(ACCESS_KEY, "", key_id)
    document = decode(AccessKeyDocument, key) if key is not None else None
    if document is None or document.account != call.account:
        raise _no_such_key(key_id)
    user = await room.store.resource(USER, call.account, document.user)
    use = await room.store.resource(KEY_USE, "", key_id)
    return GetAccessKeyLastUsedResponse(
        UserName=decode(UserDocument, user).name if user is not None else document.user,
        AccessKeyLastUsed=_last_use(use),
    )


def _last_use(use: Resource | None) -> AccessKeyLastUsed:
    if use is None:
        return _NEVER_USED
    found = decode(KeyUse, use)
    return AccessKeyLastUsed(LastUsedDate=found.at_s, ServiceName=found.service, Region=found.region)


def _user_of_key(call: Call, request: GetAccessKeyLastUsedRequest) -> str:
    """The key; `describe` knows whose it is."""
    return f"arn:aws:iam::{call.account}:access-key/{request.AccessKeyId or ''}"


OPERATIONS: dict[str, Operation] = {
    "CreateAccessKey": create_access_key,
    "DeleteAccessKey": delete_access_key,
    "GetAccessKeyLastUsed": get_access_key_last_used,
    "ListAccessKeys": list_access_keys,
    "UpdateAccessKey": update_access_key,
}

ACTIONS: dict[str, Action] = {
    "CreateAccessKey": actions.of("CreateAccessKey", "write", resource=actions.user_or_caller),
    "DeleteAccessKey": actions.of("DeleteAccessKey", "write", resource=actions.user_or_caller),
    "GetAccessKeyLastUsed": actions.of("GetAccessKeyLastUsed", "read", resource=_user_of_key),
    "ListAccessKeys": actions.of("ListAccessKeys", "list", resource=actions.user_or_caller),
    "UpdateAccessKey": actions.of("UpdateAccessKey", "write", resource=actions.user_or_caller),
}
