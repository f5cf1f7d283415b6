"""What many of KMS' operations share: finding the key, refusing what may not be changed, dry runs, pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.keys import Key
from chasqui.services.kms.service import Room

T = TypeVar("T")


async def key_to_use(room: Room, call: Call, text: str | None) -> Key:
    """The key that a cryptographic operation names, in any of the four ways. Raises `NotFoundException`."""
    return await room.vault.find(owner_of(call), text or "")


async def key_to_manage(room: Room, call: Call, text: str | None) -> Key:
    """The caller's own key that an operation names by id or ARN. Raises `NotFoundException`."""
    key = await room.vault.find(owner_of(call), text or "", aliases=False)
    if key.account != call.account:
        raise errors.invalid_arn(key.arn)
    return key


async def key_to_change(room: Room, call: Call, text: str | None) -> Key:
    """The same, where AWS does not manage the key. Raises `AccessDeniedException` where it does."""
    key = await key_to_manage(room, call, text)
    if key.document.manager == "AWS":
        raise errors.refused("AccessDeniedException", f"{key.arn} is managed by AWS: it can't be changed.")
    return key


def end_of_dry_run(request: Any) -> None:
    """Stop here when the caller only wanted to know. Raises `DryRunOperationException`."""
    if request.DryRun:
        raise errors.refused(
            "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
        )


def refuse_recipient(request: Any) -> None:
    """Nitro enclaves' attestations can't be checked here. Raises `UnsupportedOperationException`."""
    if request.Recipient is not None:
        raise errors.unsupported("Recipient is not supported.")


def read_marker(marker: str | None) -> str:
    """Where a page begins: after this name. Raises `InvalidMarkerException`."""
    if marker is None:
        return ""
    try:
        return base64.b64decode(marker, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _bad_marker() from None


def page(found: Sequence[T], names: Sequence[str], limit: int) -> tuple[list[T], dict[str, Any]]:
    """The first `limit` of what was found, and the members that tell whether more follow."""
    if len(found) <= limit:
        return list(found), {"Truncated": False}
    marker = base64.urlsafe_b64encode(names[limit - 1].encode()).decode()
    return list(found[:limit]), {"Truncated": True, "NextMarker": marker}


def _bad_marker() -> ServiceError:
    return errors.refused("InvalidMarkerException", "The marker is not one that this operation gave out.")


def seconds(at_ms: int) -> float:
    """A time as KMS shows it."""
    return at_ms / 1000
