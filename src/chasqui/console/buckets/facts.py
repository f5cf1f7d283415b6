"""The bucket that a page is about, and what several of the section's pages do alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.language import N_
from chasqui.console.page import Page
from chasqui.console.routes import Handler
from chasqui.server.guard import CONSOLE

TABS: Final = (
    ("", N_("Objects")),
    ("properties", N_("Properties")),
    ("permissions", N_("Permissions")),
    ("management", N_("Management")),
)
"""A bucket's tabs: what follows its address, and their names."""
DELETED_AT_ONCE: Final = 1000
"""Keys of one DeleteObjects."""
_HOME: Final = "us-east-1"


class BucketFacts(msgspec.Struct, frozen=True):
    """A bucket by its name, and the region that it is in."""

    name: str
    region: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:s3:::{self.name}"


OfBucket = Callable[[Page, BucketFacts], Awaitable[Reply]]


def of_bucket(handler: OfBucket) -> Handler:
    """A route's function for pages of a bucket. Buckets are in one region: pages of another lead there. What pages
    send comes from the right one."""

    async def answer(page: Page) -> Reply:
        name = page.places["name"]
        if page.visit.method not in ("GET", "HEAD"):
            return await handler(page, BucketFacts(name, page.api.region))
        bucket = BucketFacts(name, await _region_of(page))
        if bucket.region == page.api.region:
            return await handler(page, bucket)
        rest = page.visit.path[len(CONSOLE) + 1 :].partition("/")[2]
        query = f"?{page.visit.query}" if page.visit.query else ""
        return page.redirect(f"{CONSOLE}/{bucket.region}/{rest}{query}")

    return answer


async def _region_of(page: Page) -> str:
    """A bucket's region; the page's where the visitor may not know. Raises `ServiceError` where there is no bucket."""
    try:
        found = await page.api("s3", "GetBucketLocation", Bucket=page.places["name"])
    except ServiceError as error:
        if error.code != "AccessDenied":
            raise
        return page.api.region
    return found.get("LocationConstraint") or _HOME


def packed(key: str, version: str = "") -> str:
    """A key and its version as one word for forms, which would change line ends and cannot say everything."""
    return f"{quote(version, safe='')}/{quote(key, safe='', errors='surrogatepass')}"


def unpacked(word: str) -> tuple[str, str]:
    """The key and the version that `packed` has packed."""
    version, _, key = word.partition("/")
    return unquote(key), unquote(version)


def last_name(key: str) -> str:
    """What a key is called in its folder: "cat.png", "photos/"."""
    return key[key[:-1].rfind("/") + 1 :]


def folders(prefix: str) -> list[tuple[str, str]]:
    """The folders on the way to a prefix: their names and prefixes."""
    found, at = [], 0
    while (end := prefix.find("/", at)) >= 0:
        found.append((prefix[at:end] or "/", prefix[: end + 1]))
        at = end + 1
    return found


def encryption_rule(algorithm: str, key: str, bucket_key: bool) -> dict[str, Any]:
    """A bucket's default encryption, as PutBucketEncryption takes it."""
    default = {"SSEAlgorithm": algorithm}
    if algorithm == "aws:kms" and key:
        default["KMSMasterKeyID"] = key
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]}


def tag_set(pairs: dict[str, str]) -> list[dict[str, str]]:
    """Tags as a TagSet has them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]
