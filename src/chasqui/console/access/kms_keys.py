"""KMS' keys: what queues, topics and buckets may be encrypted with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import back, show, tags_of
from chasqui.console.bodies import pretty
from chasqui.console.looks import all_of, ask
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.policies import KINDS as GRAMMARS
from chasqui.console.policies import problems, wrong
from chasqui.console.policy_checks import KEY_ACTIONS, Subject, checked
from chasqui.console.together import together

_ROWS: Final = 50
SPECS: Final = (
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    ("RSA_2048", "ENCRYPT_DECRYPT"),
    ("RSA_2048", "SIGN_VERIFY"),
    ("RSA_4096", "SIGN_VERIFY"),
    ("ECC_NIST_P256", "SIGN_VERIFY"),
    ("ECC_NIST_P384", "SIGN_VERIFY"),
    ("HMAC_256", "GENERATE_VERIFY_MAC"),
)
"""Key specs with their usages, to choose from."""


async def index(page: Page) -> Reply:
    """A page of the keys."""
    found = await page.api("kms", "ListKeys", Limit=_ROWS, Marker=page.query["marker"] or None)
    rows = await together(_row(page, key["KeyId"]) for key in found["Keys"])
    following = found.get("NextMarker") if found.get("Truncated") else None
    return await show(page, "keys", "keys.html", rows=rows, following=following)


async def _row(page: Page, key: str) -> tuple[str, Any, list[str]]:
    """A key's id, what it is (None where the visitor may not know), its aliases."""
    told = await ask(page, "kms", "DescribeKey", KeyId=key)
    aliases = await ask(page, "kms", "ListAliases", KeyId=key)
    return key, told.found.get("KeyMetadata"), [each["AliasName"] for each in aliases.found.get("Aliases", ())]


async def new(page: Page, status: int = 200, **values: Any) -> Reply:
    """The form for another key."""
    specs = [(f"{spec} {usage}", f"{spec} – {usage}") for spec, usage in SPECS]
    given = {"problem": "", "description": "", "alias": "", "spec": specs[0][0], "tags": "", **values}
    return await show(page, "keys", "key_form.html", status, specs=specs, **given)


async def create(page: Page) -> Reply:
    """Make a key, and its alias if it is to have one."""
    form = await page.form()
    spec, _, usage = form["spec"].partition(" ")
    alias = form["alias"].strip().removeprefix("alias/")
    tags = [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in tags_of(form["tags"])]
    try:
        made = await page.api(
            "kms",
            "CreateKey",
            Description=form["description"] or None,
            KeySpec=spec or None,
            KeyUsage=usage or None,
            Tags=tags or None,
        )
    except ServiceError as error:
        typed = {name: form[name] for name in ("description", "alias", "spec", "tags")}
        return await new(page, 400, problem=str(error), **typed)
    key = made["KeyMetadata"]["KeyId"]
    address = page.href("access", "keys", key)
    try:
        if alias:
            await page.api("kms", "CreateAlias", AliasName=f"alias/{alias}", TargetKeyId=key)
    except ServiceError as error:
        return back(page, address, "", error)
    return page.redirect(address, page.text("The key was created."))


async def details(page: Page, status: int = 200, **values: Any) -> Reply:
    """A key's page."""
    key = page.places["key"]
    told = (await page.api("kms", "DescribeKey", KeyId=key))["KeyMetadata"]
    aliases = await all_of(page, "kms", "ListAliases", "Aliases", KeyId=key)
    policy = await ask(page, "kms", "GetKeyPolicy", KeyId=key, PolicyName="default")
    rotation = await ask(page, "kms", "GetKeyRotationStatus", KeyId=key)
    tags = await ask(page, "kms", "ListResourceTags", KeyId=key)
    kept = policy.found.get("Policy", "")
    text = pretty(kept)
    found = problems(text, GRAMMARS["resource"], page.text, told["Arn"]) if text else None
    given = {"text": text, "found": found, "problem": "", **values}
    return await show(
        page,
        "keys",
        "key.html",
        status,
        key=told,
        aliases=aliases,
        policy=policy,
        rotation=rotation,
        tags=tags,
        check=None if policy.refused else await checked(page, Subject("kms", told["Arn"], kept, KEY_ACTIONS)),
        **given,
    )


async def save_policy(page: Page) -> Reply:
    """Keep another policy of the key's."""
    key, text = page.places["key"], (await page.form())["document"]
    found = problems(text, GRAMMARS["resource"], page.text)
    if wrong(found):
        return await details(page, 400, text=text, found=found)
    try:
        await page.api("kms", "PutKeyPolicy", KeyId=key, PolicyName="default", Policy=text)
    except ServiceError as error:
        return await details(page, 400, text=text, found=found, problem=str(error))
    return page.redirect(page.href("access", "keys", key), page.text("The policy was saved."))


async def _alias(page: Page, key: str) -> str:
    name = (await page.form())["alias"].strip().removeprefix("alias/")
    await page.api("kms", "CreateAlias", AliasName=f"alias/{name}", TargetKeyId=key)
    return page.text("The alias was made.")


async def _drop_alias(page: Page, _key: str) -> str:
    await page.api("kms", "DeleteAlias", AliasName=(await page.form())["alias"])
    return page.text("The alias was deleted.")


async def _enable(page: Page, key: str) -> str:
    await page.api("kms", "EnableKey", KeyId=key)
    return page.text("The key works again.")


async def _disable(page: Page, key: str) -> str:
    await page.api("kms", "DisableKey", KeyId=key)
    return page.text("The key was disabled: what is encrypted with it can't be read until it is enabled.")


async def _rotate(page: Page, key: str) -> str:
    wanted = (await page.form()).flag("on")
    await page.api("kms", "EnableKeyRotation" if wanted else "DisableKeyRotation", KeyId=key)
    return page.text("The key rotates every year from now on.") if wanted else page.text("The key rotates no more.")


async def _schedule(page: Page, key: str) -> str:
    form = await page.form()
    if not await page.confirmed(key):
        raise ServiceError("NotConfirmed", page.text("The name was not typed as it is: nothing was deleted."))
    days = numbered(page, page.text("Days until then (7 to 30)"), form["days"])
    await page.api("kms", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=days)
    return page.text("The key will be deleted. Until then this can be taken back.")


async def _cancel(page: Page, key: str) -> str:
    await page.api("kms", "CancelKeyDeletion", KeyId=key)
    return page.text("The key stays. It is disabled: enable it to use it again.")


_DEEDS: Final[dict[str, Callable[[Page, str], Awaitable[str]]]] = {
    "alias": _alias,
    "drop-alias": _drop_alias,
    "enable": _enable,
    "disable": _disable,
    "rotate": _rotate,
    "schedule": _schedule,
    "cancel": _cancel,
}


async def act(page: Page) -> Reply:
    """One of the small forms of a key's page."""
    key = page.places["key"]
    address, deed = page.href("access", "keys", key), _DEEDS.get(page.places["deed"])
    if deed is None:
        raise ServiceError("InvalidRequest", page.text("There is no such page"), status=404)
    try:
        return back(page, address, await deed(page, key))
    except ServiceError as error:
        return back(page, address, "", error)
