"""What an account has in a region, kept up in the transactions that change it."""

from __future__ import annotations

from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import USAGE
from chasqui.services.lambda_.functions.documents import UsageDocument, changed, new_usage, read
from chasqui.store.port import Store, Transaction


async def add(
    tx: Transaction, owner: str, *, code_bytes: int = 0, functions: int = 0, code_bytes_max: int | None = None
) -> None:
    """Count what comes or (below zero) goes. Raises CodeStorageExceededException when it is more than may be."""
    found = await tx.get(USAGE, owner, "usage")
    usage = read(UsageDocument, found) if found is not None else UsageDocument()
    usage.code_bytes = max(0, usage.code_bytes + code_bytes)
    usage.functions = max(0, usage.functions + functions)
    if code_bytes_max is not None and code_bytes > 0 and usage.code_bytes > code_bytes_max:
        raise errors.code_storage_exceeded()
    await write(tx, owner, usage)


async def write(tx: Transaction, owner: str, usage: UsageDocument) -> None:
    """Keep what was counted."""
    found = await tx.get(USAGE, owner, "usage")
    if found is None:
        await tx.create(new_usage(owner, usage))
    else:
        await tx.replace(changed(found, usage))


async def reserve(tx: Transaction, owner: str, more: int) -> UsageDocument:
    """Count reserved concurrency that comes or goes; returns what there is with it."""
    found = await tx.get(USAGE, owner, "usage")
    usage = read(UsageDocument, found) if found is not None else UsageDocument()
    usage.reserved = max(0, usage.reserved + more)
    await write(tx, owner, usage)
    return usage


async def usage_of(store: Store, owner: str) -> UsageDocument:
    """What an account has in a region now."""
    found = await store.resource(USAGE, owner, "usage")
    return read(UsageDocument, found) if found is not None else UsageDocument()
