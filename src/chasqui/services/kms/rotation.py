"""Rotation: automatic by the clock, on demand, and the list of a key's backing keys."""

from __future__ import annotations

import os
from typing import Final

from chasqui.base.call import Call
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import KeyDocument
from chasqui.crypto.kms.keys import DAY_MS, Key, new_material
from chasqui.services.kms.rules import key_to_change, key_to_manage, page, read_marker, seconds
from chasqui.services.kms.service import Room
from chasqui.services.kms.types import (
    DisableKeyRotationRequest,
    EnableKeyRotationRequest,
    GetKeyRotationStatusRequest,
    GetKeyRotationStatusResponse,
    ListKeyRotationsRequest,
    ListKeyRotationsResponse,
    RotateKeyOnDemandRequest,
    RotateKeyOnDemandResponse,
    RotationsListEntry,
)

_PERIOD_DAYS: Final = 365
_ON_DEMAND_MAX: Final = 25
_LIST_DEFAULT: Final = 100


async def _key(room: Room, call: Call, text: str | None) -> Key:
    """A key that rotates and may be changed now."""
    key = await key_to_change(room, call, text)
    key.require_symmetric()
    key.require_not_pending()
    if not key.document.enabled:
        raise errors.disabled(key.arn)
    return key


async def enable_key_rotation(room: Room, call: Call, request: EnableKeyRotationRequest) -> None:
    key = await _key(room, call, request.KeyId)
    days = request.RotationPeriodInDays or _PERIOD_DAYS
    now_ms = room.clock.now_ms()

    def edit(document: KeyDocument) -> None:
        if document.rotation_days != days:
            document.rotation_days, document.rotate_at_ms = days, now_ms + days * DAY_MS

    await room.vault.change(key, edit)


async def disable_key_rotation(room: Room, call: Call, request: DisableKeyRotationRequest) -> None:
    key = await room.vault.rotated(await _key(room, call, request.KeyId))

    def edit(document: KeyDocument) -> None:
        document.rotation_days = document.rotate_at_ms = 0

    await room.vault.change(key, edit)


async def get_key_rotation_status(
    room: Room, call: Call, request: GetKeyRotationStatusRequest
) -> GetKeyRotationStatusResponse:
    key = await room.vault.rotated(await key_to_manage(room, call, request.KeyId))
    key.require_symmetric()
    document = key.document
    # A key on its way out does not rotate, and AWS says so (KMS developer guide, "Key states").
    on = document.rotation_days > 0 and not document.delete_at_ms
    answer = GetKeyRotationStatusResponse(KeyRotationEnabled=on, KeyId=key.arn)
    if on:
        answer.RotationPeriodInDays = document.rotation_days
        answer.NextRotationDate = seconds(document.rotate_at_ms)
    return answer


async def rotate_key_on_demand(room: Room, call: Call, request: RotateKeyOnDemandRequest) -> RotateKeyOnDemandResponse:
    key = await room.vault.rotated(await _key(room, call, request.KeyId))
    now_ms = room.clock.now_ms()

    def edit(document: KeyDocument) -> None:
        if sum(each.rotation == "ON_DEMAND" for each in document.materials) >= _ON_DEMAND_MAX:
            raise errors.refused(
                "LimitExceededException", f"A key is rotated on demand at most {_ON_DEMAND_MAX} times."
            )
        document.materials.append(new_material(room.vault.ring, key.id, os.urandom(32), now_ms, "ON_DEMAND"))

    await room.vault.change(key, edit)
    return RotateKeyOnDemandResponse(key.arn)


async def list_key_rotations(room: Room, call: Call, request: ListKeyRotationsRequest) -> ListKeyRotationsResponse:
    """Completed rotations; with `IncludeKeyMaterial` ALL_KEY_MATERIAL the first backing key too."""
    key = await room.vault.rotated(await key_to_manage(room, call, request.KeyId))
    key.require_symmetric()
    everything = request.IncludeKeyMaterial == "ALL_KEY_MATERIAL"
    after = read_marker(request.Marker)
    materials = [each for each in key.document.materials if everything or each.rotation]
    start = next((number for number, each in enumerate(materials, 1) if each.id == after), 0)
    left = materials[start:]
    shown, more = page(left, [each.id for each in left], request.Limit or _LIST_DEFAULT)
    entries = [
        RotationsListEntry(
            KeyId=key.arn,
            KeyMaterialId=each.id,
            KeyMaterialState="CURRENT" if each is key.current else "NON_CURRENT",
            RotationDate=seconds(each.at_ms) if each.rotation else None,
            RotationType=each.rotation or None,
        )
        for each in shown
    ]
    return ListKeyRotationsResponse(Rotations=entries, **more)
