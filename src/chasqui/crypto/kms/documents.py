"""The documents of KMS' resources: keys, aliases, grants. No cryptography and no rules.

Owner is "account/region". A key's name is its id; an alias' name is without "alias/", its parent its key's ARN; a
grant's name is its id, its parent its key's ARN. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from chasqui.base.arn import partition_of
from chasqui.store.port import Resource

KEY: Final = "kms:key"
ALIAS: Final = "kms:alias"
GRANT: Final = "kms:grant"
WATCHED: Final = (KEY, ALIAS, GRANT)
"""A change of any of these may change what somebody may do, or what a key does."""

SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
ENCRYPT_DECRYPT: Final = "ENCRYPT_DECRYPT"

Rotation = Literal["", "AUTOMATIC", "ON_DEMAND"]


class Material(msgspec.Struct, frozen=True):
    """A backing key: its id (64 hex digits), its bytes sealed by the key ring, when and by which rotation it came."""

    id: str
    sealed: bytes
    at_ms: int
    rotation: Rotation = ""


class KeyDocument(msgspec.Struct, kw_only=True):
    """A key. `materials` are its backing keys, the current one last. `delete_at_ms` and `window_days` are 0 while it is
    not to be deleted, `rotation_days` and `rotate_at_ms` while it is not rotated by itself."""

    created_ms: int
    policy: str
    description: str = ""
    spec: str = SYMMETRIC
    usage: str = ENCRYPT_DECRYPT
    tags: dict[str, str] = {}
    enabled: bool = True
    manager: Literal["CUSTOMER", "AWS"] = "CUSTOMER"
    delete_at_ms: int = 0
    window_days: int = 0
    rotation_days: int = 0
    rotate_at_ms: int = 0
    materials: list[Material]


class AliasDocument(msgspec.Struct, kw_only=True):
    """An alias. `target` is a key's id."""

    target: str
    created_ms: int
    updated_ms: int


class Constraints(msgspec.Struct, frozen=True):
    """What an encryption context must be, or must have, for a grant to count."""

    equals: dict[str, str] | None = None
    subset: dict[str, str] | None = None


class GrantDocument(msgspec.Struct, kw_only=True):
    """A grant. `grantee` and `retiring` are principals' ARNs or services' names; `operations` are KMS' ("Decrypt")."""

    grantee: str
    operations: list[str]
    retiring: str = ""
    constraints: Constraints | None = None
    label: str = ""
    token: str
    issuer: str
    created_ms: int


encode = msgspec.json.Encoder().encode
decode_key = msgspec.json.Decoder(KeyDocument).decode
decode_alias = msgspec.json.Decoder(AliasDocument).decode
decode_grant = msgspec.json.Decoder(GrantDocument).decode


def kms_arn(owner: str, resource: str) -> str:
    """The ARN of "key/…" or "alias/…" of an owner."""
    account, _, region = owner.partition("/")
    return f"arn:{partition_of(region)}:kms:{region}:{account}:{resource}"


def key_arn(owner: str, key_id: str) -> str:
    return kms_arn(owner, f"key/{key_id}")


def alias_arn(owner: str, name: str) -> str:
    """`name` is without "alias/"."""
    return kms_arn(owner, f"alias/{name}")


def key_resource(owner: str, key_id: str, document: KeyDocument, read: Resource | None = None) -> Resource:
    """A key's resource, new or in place of the one that was read."""
    version, generation = (read.version, read.generation) if read else (0, 0)
    return Resource(KEY, owner, key_id, encode(document), None, version, generation)


def alias_resource(owner: str, name: str, document: AliasDocument, read: Resource | None = None) -> Resource:
    """An alias' resource, new or in place of the one that was read."""
    version, generation = (read.version, read.generation) if read else (0, 0)
    return Resource(ALIAS, owner, name, encode(document), key_arn(owner, document.target), version, generation)
