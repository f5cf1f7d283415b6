"""Which users, groups and roles have a managed policy attached, or as their permissions boundary.

The holder's document says so too, and is what decides; a link is there so that a policy's holders are found. Whoever
changes the document changes the link in the same transaction.
"""

from __future__ import annotations

from typing import Final

from chasqui.access.identity.documents import ATTACHMENT, POLICY, PolicyDocument, decode, iam_arn
from chasqui.access.identity.managed import managed_policy
from chasqui.base.arn import parse_arn
from chasqui.services.iam import errors
from chasqui.services.iam.entities import key_of
from chasqui.store.port import Resource, Transaction

BOUNDARY: Final = "iam:boundary"
"""A permissions boundary in use; named as an ATTACHMENT is."""


def holder_of(word: str, name: str) -> str:
    """What a link calls its holder: "user/bob"."""
    return f"{word}/{key_of(name)}"


async def link(tx: Transaction, type_: str, account: str, holder: str, arn: str) -> None:
    """`type_` is ATTACHMENT or BOUNDARY. There must be none yet."""
    await tx.create(Resource(type_, account, f"{holder} {arn}", b"{}", f"{account} {arn}"))


async def unlink(tx: Transaction, type_: str, account: str, holder: str, arn: str) -> None:
    resource = await tx.get(type_, account, f"{holder} {arn}")
    if resource is not None:
        await tx.delete(resource)


async def move_links(tx: Transaction, account: str, old: str, new: str, attached: list[str], bound: str | None) -> None:
    """A holder has got another name."""
    links = [(ATTACHMENT, arn) for arn in attached] + ([(BOUNDARY, bound)] if bound else [])
    for type_, arn in links:
        await unlink(tx, type_, account, old, arn)
        await link(tx, type_, account, new, arn)


async def holders(tx: Transaction, type_: str, account: str, arn: str) -> list[str]:
    """Everyone who has the policy: "user/bob" and so on, by name."""
    found: list[str] = []
    after = ""
    while True:
        batch = await tx.children(type_, f"{account} {arn}", after=after)
        found += (each.name.partition(" ")[0] for each in batch)
        if len(batch) < 1000:
            return found
        after = f"{batch[-1].owner} {batch[-1].name}"


async def policy_exists(tx: Transaction, account: str, arn: str) -> bool:
    """Whether there is such a managed policy, AWS' or the account's own. Raises `ValidationError` when it is no ARN."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("policy/"):
        raise errors.validation_error("Invalid ARN:  Could not be parsed!")
    if managed_policy(arn) is not None:
        return True
    name = parsed.resource.rpartition("/")[2]
    resource = await tx.get(POLICY, account, key_of(name)) if parsed.account == account else None
    if resource is None:
        return False
    document = decode(PolicyDocument, resource)
    return iam_arn(account, "policy", document.path, document.name) == arn


async def check_boundary(tx: Transaction, account: str, arn: str) -> None:
    """Whether a policy can be somebody's permissions boundary. Raises `NoSuchEntity` and `ValidationError`."""
    if not await policy_exists(tx, account, arn):
        raise errors.no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
