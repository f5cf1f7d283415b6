"""What is done to users, groups and roles by the small forms of their pages: one address for each deed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import back
from chasqui.console.access.kinds import GROUPS, ROLES, USERS, Kind
from chasqui.console.page import Page

Deed = Callable[[Page, Kind, str], Awaitable[str]]
"""Does it; what to say afterwards."""


async def attach(page: Page, kind: Kind, name: str) -> str:
    """A managed policy more."""
    arn = (await page.form())["policy"]
    await page.api("iam", f"Attach{kind.noun}Policy", **kind.named(name, PolicyArn=arn))
    return page.text("The policy was attached.")


async def detach(page: Page, kind: Kind, name: str) -> str:
    """A managed policy less."""
    await page.api("iam", f"Detach{kind.noun}Policy", **kind.named(name, PolicyArn=(await page.form())["policy"]))
    return page.text("The policy was detached.")


async def drop_inline(page: Page, kind: Kind, name: str) -> str:
    """An inline policy less."""
    await page.api("iam", f"Delete{kind.noun}Policy", **kind.named(name, PolicyName=(await page.form())["policy"]))
    return page.text("The policy was deleted.")


async def bound(page: Page, kind: Kind, name: str) -> str:
    """Another permissions boundary, or none."""
    arn = (await page.form())["boundary"]
    if arn:
        await page.api("iam", f"Put{kind.noun}PermissionsBoundary", **kind.named(name, PermissionsBoundary=arn))
        return page.text("The permissions boundary was set.")
    await page.api("iam", f"Delete{kind.noun}PermissionsBoundary", **kind.named(name))
    return page.text("The permissions boundary was removed.")


async def tag(page: Page, kind: Kind, name: str) -> str:
    """A tag more, or another value."""
    form = await page.form()
    tags = [{"Key": form["key"].strip(), "Value": form["value"]}]
    await page.api("iam", f"Tag{kind.noun}", **kind.named(name, Tags=tags))
    return page.text("The tag was set.")


async def untag(page: Page, kind: Kind, name: str) -> str:
    """A tag less."""
    await page.api("iam", f"Untag{kind.noun}", **kind.named(name, TagKeys=[(await page.form())["key"]]))
    return page.text("The tag was removed.")


async def key_status(page: Page, _kind: Kind, name: str) -> str:
    """Let a key work, or not."""
    form = await page.form()
    status = "Active" if form["status"] == "Active" else "Inactive"
    await page.api("iam", "UpdateAccessKey", UserName=name, AccessKeyId=form["key"], Status=status)
    if status == "Active":
        return page.text("The access key works again.")
    return page.text("The access key was deactivated: what is signed with it is refused from now on.")


async def key_delete(page: Page, _kind: Kind, name: str) -> str:
    """A key less."""
    await page.api("iam", "DeleteAccessKey", UserName=name, AccessKeyId=(await page.form())["key"])
    return page.text("The access key was deleted.")


async def join(page: Page, kind: Kind, name: str) -> str:
    """A user into a group."""
    form = await page.form()
    user, group = (name, form["group"]) if kind is USERS else (form["user"], name)
    await page.api("iam", "AddUserToGroup", UserName=user.strip(), GroupName=group.strip())
    return page.text("“%(user)s” is in the group “%(group)s” now.", user=user, group=group)


async def leave(page: Page, kind: Kind, name: str) -> str:
    """A user out of a group."""
    form = await page.form()
    user, group = (name, form["group"]) if kind is USERS else (form["user"], name)
    await page.api("iam", "RemoveUserFromGroup", UserName=user, GroupName=group)
    return page.text("“%(user)s” is no longer in the group “%(group)s”.", user=user, group=group)


DEEDS: Final[dict[str, tuple[Deed, tuple[Kind, ...]]]] = {
    "attach": (attach, (USERS, GROUPS, ROLES)),
    "detach": (detach, (USERS, GROUPS, ROLES)),
    "drop-inline": (drop_inline, (USERS, GROUPS, ROLES)),
    "bound": (bound, (USERS, ROLES)),
    "tag": (tag, (USERS, ROLES)),
    "untag": (untag, (USERS, ROLES)),
    "key-status": (key_status, (USERS,)),
    "key-delete": (key_delete, (USERS,)),
    "join": (join, (USERS, GROUPS)),
    "leave": (leave, (USERS, GROUPS)),
}


async def do(page: Page, kind: Kind, deed: Deed) -> Reply:
    """Do it, and go back to whom it was done to."""
    name = page.places["name"]
    address = page.href("access", kind.path, name)
    try:
        return back(page, address, await deed(page, kind, name))
    except ServiceError as error:
        return back(page, address, "", error)


async def delete(page: Page, kind: Kind) -> Reply:
    """Delete one, with what has to go first: its keys, memberships and policies."""
    name = page.places["name"]
    address = page.href("access", kind.path, name)
    if not await page.confirmed(name):
        return page.redirect(address, failed=page.text("The name was not typed as it is: nothing was deleted."))
    try:
        if (await page.form()).flag("everything"):
            await _strip(page, kind, name)
        await page.api("iam", f"Delete{kind.noun}", **kind.named(name))
    except ServiceError as error:
        return back(page, address, "", error)
    return page.redirect(page.href("access", kind.path), page.text("“%(name)s” was deleted.", name=name))


async def _strip(page: Page, kind: Kind, name: str) -> None:
    """Take away what keeps IAM from deleting it."""
    api, noun = page.api, kind.noun
    for each in (await api("iam", f"ListAttached{noun}Policies", **kind.named(name)))["AttachedPolicies"]:
        await api("iam", f"Detach{noun}Policy", **kind.named(name, PolicyArn=each["PolicyArn"]))
    for policy in (await api("iam", f"List{noun}Policies", **kind.named(name)))["PolicyNames"]:
        await api("iam", f"Delete{noun}Policy", **kind.named(name, PolicyName=policy))
    if kind is USERS:
        for each in (await api("iam", "ListAccessKeys", UserName=name))["AccessKeyMetadata"]:
            await api("iam", "DeleteAccessKey", UserName=name, AccessKeyId=each["AccessKeyId"])
        for each in (await api("iam", "ListGroupsForUser", UserName=name))["Groups"]:
            await api("iam", "RemoveUserFromGroup", UserName=name, GroupName=each["GroupName"])
    elif kind is GROUPS:
        for each in (await api("iam", "GetGroup", GroupName=name))["Users"]:
            await api("iam", "RemoveUserFromGroup", UserName=each["UserName"], GroupName=name)
