"""Envelopes under data keys: how a service encrypts what it stores under a KMS key (SSE-KMS).

An envelope is the byte 255, the data key's blob and the scope that it was made for (the queue's ARN), each with its
length in two bytes, a 12-byte nonce and AES-256-GCM's ciphertext with its tag. The scope is the blob's encryption
context, so an envelope opens wherever it was moved to, and who may open it can be said by scope.

A data key serves one principal in one scope for the reuse period (SQS developer guide, "Understanding the data key
reuse period"); the policies are asked once in that time. Unlike on AWS, a key that is disabled, deleted or given
another policy is noticed at once: whatever changes in KMS empties these caches.
"""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chasqui.base.actions import Values
from chasqui.base.arn import parse_arn
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.crypto.keyring import BY_KMS, UnreadableEnvelope
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.blobs import read_blob
from chasqui.crypto.kms.documents import ENCRYPT_DECRYPT, WATCHED
from chasqui.crypto.kms.grants import context_keys
from chasqui.crypto.kms.vault import Vault

AuthorizeKey = Callable[[Call, str, str, Mapping[str, Values]], Awaitable[object]]
"""(call, action, key ARN, condition keys): returns when the caller may, else raises a `ServiceError`."""

_K = TypeVar("_K")
_V = TypeVar("_V")

_Extra = tuple[tuple[str, str], ...]

_CACHED_MAX: Final = 4096
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_LENGTHS: Final = struct.Struct(">BHH")


async def allow(_call: Call, _action: str, _key_arn: str, _context: Mapping[str, Values]) -> None:
    """Ask nobody: what permissive servers do."""


class Scope(NamedTuple):
    """What is encrypted: its ARN, the name under which it is the encryption context, how kms:ViaService spells its
    service, whose it is ("account/region"), for how long a data key serves, and what else is in the context."""

    arn: str
    context_name: str
    via: str
    owner: str
    reuse_ms: int
    extra: tuple[tuple[str, str], ...] = ()
    sealing: tuple[str, ...] = ("kms:GenerateDataKey", "kms:Decrypt")
    """What who seals must be allowed: SQS and SNS look whether what they stored can be opened."""

    @property
    def context(self) -> dict[str, str]:
        return self.context_of(self.arn)

    def context_of(self, arn: str) -> dict[str, str]:
        """The context of what was sealed in this scope when its ARN was another."""
        return {**dict(self.extra), self.context_name: arn}


class _DataKey:
    """A data key that seals."""

    __slots__ = ("_cipher", "_counter", "_head", "until_ms")

    def __init__(self, clear: bytes, blob: bytes, scope: str, until_ms: int) -> None:
        name = scope.encode()
        self._cipher = AESGCM(clear)
        self._head = _LENGTHS.pack(BY_KMS, len(blob), len(name)) + blob + name
        # The key is this process' own, so that a counter from a random start never meets another.
        self._counter = itertools.count(int.from_bytes(os.urandom(6), "big") << 48)
        self.until_ms = until_ms

    def seal(self, clear: bytes) -> bytes:
        nonce = next(self._counter).to_bytes(_NONCE_BYTES, "big")
        return self._head + nonce + self._cipher.encrypt(nonce, clear, None)


class DataKeys:
    """Seals and opens envelopes for a service."""

    def __init__(self, vault: Vault, authorize: AuthorizeKey = allow) -> None:
        self._vault = vault
        self.authorize = authorize
        self._changes = 0
        self._sealing: dict[tuple[str, _Extra, str, str], _DataKey] = {}
        """By scope, key as the scope names it, and principal."""
        self._opening: dict[tuple[bytes, str, _Extra], AESGCM] = {}
        """By blob and scope."""
        self._asked: dict[tuple[str, _Extra, str, str], int] = {}
        """Until when a principal may open what a key seals in a scope."""
        for type_ in WATCHED:
            vault.store.watch_resources(type_, self._changed)

    def _changed(self, _owner: str, _name: str) -> None:
        self._changes += 1
        self._sealing.clear()
        self._opening.clear()
        self._asked.clear()

    # ------------------------------------------------------------------------------------------------------- sealing

    async def seal_all(self, call: Call, scope: Scope, key_id: str, clears: Iterable[bytes]) -> list[bytes]:
        """The envelopes of what a caller stores in a scope that is encrypted under the key that `key_id` names. Raises
        KMS' errors."""
        name = (scope.arn, scope.extra, key_id, call.principal.id)
        data_key = self._sealing.get(name)
        if data_key is None or data_key.until_ms <= self._vault.clock.now_ms() or not self._vault.store.fresh():
            changes = self._changes
            data_key = await self._new_data_key(call, scope, key_id)
            if changes == self._changes:
                keep(self._sealing, name, data_key, _CACHED_MAX)
        return list(map(data_key.seal, clears))

    async def _new_data_key(self, call: Call, scope: Scope, key_id: str) -> _DataKey:
        key = await self._vault.find(scope.owner, key_id)
        for action in scope.sealing:
            await self.authorize(call, action, key.arn, _facts(call, scope.via, scope.context))
        clear, blob, _ = await self._vault.generate_data_key(key, _KEY_BYTES, scope.context)
        return _DataKey(clear, blob, scope.arn, self._vault.clock.now_ms() + scope.reuse_ms)

    # ------------------------------------------------------------------------------------------------------- opening

    async def open(self, scope: Scope, envelope: bytes, call: Call | None = None) -> bytes:
        """What an envelope holds that was sealed in this scope or moved into it; `call` is whose leave is asked, None
        for the server itself. Raises KMS' errors, and `UnreadableEnvelope` for a damaged one."""
        blob, sealed_in, nonce, sealed = _apart(envelope)
        if call is not None:
            await self._ask_of(call, scope, blob, sealed_in)
        cipher = self._opening.get((blob, sealed_in, scope.extra))
        if cipher is None or not self._vault.store.fresh():
            changes = self._changes
            context = scope.context_of(sealed_in)
            cipher = AESGCM((await self._vault.decrypt(scope.owner.partition("/")[2], blob, context)).clear)
            if changes == self._changes:
                keep(self._opening, (blob, sealed_in, scope.extra), cipher, _CACHED_MAX)
        try:
            return cipher.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise UnreadableEnvelope("its data key does not open this envelope") from error

    async def arn_of(self, scope: Scope, key_id: str) -> str:
        """The ARN of the key that an id, an ARN or an alias names in a scope. Raises `NotFoundException`."""
        return (await self._vault.find(scope.owner, key_id)).arn

    async def check(self, call: Call, scope: Scope, key_id: str) -> None:
        """That a caller may open what is sealed now in a scope under the key that `key_id` names. Raises KMS'
        errors."""
        key = await self._vault.find(scope.owner, key_id)
        key.require(ENCRYPT_DECRYPT, "Decrypt")
        await self._ask(call, scope, key.arn, scope.arn)

    async def _ask_of(self, call: Call, scope: Scope, blob: bytes, sealed_in: str) -> None:
        parts = read_blob(blob)
        if parts is None:
            raise UnreadableEnvelope("this envelope's data key is no ciphertext of KMS'")
        await self._ask(call, scope, parts.arn, sealed_in)

    async def _ask(self, call: Call, scope: Scope, key_arn: str, sealed_in: str) -> None:
        now_ms = self._vault.clock.now_ms()
        name = (sealed_in, scope.extra, key_arn, call.principal.id)
        if self._asked.get(name, 0) <= now_ms or not self._vault.store.fresh():
            changes = self._changes
            context = scope.context_of(sealed_in)
            await self._require(key_arn)
            await self.authorize(call, "kms:Decrypt", key_arn, _facts(call, scope.via, context))
            if changes == self._changes:
                keep(self._asked, name, now_ms + scope.reuse_ms, _CACHED_MAX)

    async def _require(self, key_arn: str) -> None:
        """That the key is there, before policies are asked about it."""
        arn = parse_arn(key_arn)
        key = await self._vault.key(f"{arn.account}/{arn.region}", arn.resource.removeprefix("key/")) if arn else None
        if key is None:
            raise errors.unreachable_key()
        key.require(ENCRYPT_DECRYPT, "Decrypt")


def _apart(envelope: bytes) -> tuple[bytes, str, bytes, bytes]:
    """Blob, scope, nonce and ciphertext of an envelope."""
    if len(envelope) < _LENGTHS.size or envelope[0] != BY_KMS:
        raise UnreadableEnvelope("this is no envelope under a KMS key")
    _, blob_bytes, scope_bytes = _LENGTHS.unpack_from(envelope)
    scope_at = _LENGTHS.size + blob_bytes
    nonce_at = scope_at + scope_bytes
    sealed_at = nonce_at + _NONCE_BYTES
    if len(envelope) < sealed_at + _TAG_BYTES:
        raise UnreadableEnvelope("this envelope was cut")
    blob, scope = envelope[_LENGTHS.size : scope_at], envelope[scope_at:nonce_at]
    return blob, scope.decode("utf-8", "replace"), envelope[nonce_at:sealed_at], envelope[sealed_at:]


def _facts(call: Call, via: str, context: Mapping[str, str]) -> dict[str, Values]:
    """The condition keys of a key's use on a caller's behalf."""
    return {"kms:ViaService": via, "kms:CallerAccount": call.account, **context_keys(context)}
