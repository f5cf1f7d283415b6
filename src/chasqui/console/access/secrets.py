"""Access keys as they are given out: the secret is shown once, and never again."""

from __future__ import annotations

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import back, show
from chasqui.console.page import Page


async def create(page: Page) -> Reply:
    """Another key of a user's, with its secret: in the answer itself, for no address may show it."""
    name = page.places["name"]
    try:
        key = (await page.api("iam", "CreateAccessKey", UserName=name))["AccessKey"]
    except ServiceError as error:
        return back(page, page.href("access", "users", name), "", error)
    profile = (
        f"[{name}]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
        f"region = {page.api.region}\nendpoint_url = {page.api.base_url}\n"
    )
    return await show(page, "users", "key_new.html", name=name, key=key, profile=profile)


async def download(page: Page) -> Reply:
    """What the page of a new key shows, as the file that IAM's own console gives."""
    form = await page.form()
    rows = f"Access key ID,Secret access key\r\n{_cell(form['id'])},{_cell(form['secret'])}\r\n"
    return page.download(f"{page.places['name']}_accessKeys.csv", "text/csv", rows.encode("utf-8", "replace"))


def _cell(text: str) -> str:
    """A value in a CSV (RFC 4180)."""
    return text if text.replace("/", "").replace("+", "").isalnum() else f'"{text.replace(chr(34), chr(34) * 2)}"'
