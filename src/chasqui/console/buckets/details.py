"""One object: what it is, a look at its text, its tags and versions; downloading, copying and renaming it.

Keys stand in queries, not in paths: browsers would resolve ".." there. What an object holds is shown as text only, and
downloaded as a file without a type: at this origin nothing that somebody uploaded may become a page.
"""

from __future__ import annotations

import codecs
import shlex
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import commands
from chasqui.console.bodies import hexadecimal, indented, visible
from chasqui.console.buckets.events import rules_of
from chasqui.console.buckets.facts import BucketFacts, folders, last_name, packed, tag_set
from chasqui.console.buckets.objects import rows_of
from chasqui.console.looks import ask, tell_cut
from chasqui.console.page import Page

PREVIEW_BYTES: Final = 64 * 1024
_HEX_BYTES: Final = 1024
_VERSIONS: Final = 100
_CHECKSUMS: Final = "Checksum"


async def show(page: Page, bucket: BucketFacts) -> Reply:
    """The object's page."""
    if not page.query.raw("key"):
        return page.redirect(page.href("buckets", bucket.name))
    return await _show(page, bucket)


async def _show(page: Page, bucket: BucketFacts, error: ServiceError | None = None) -> Reply:
    key, version = page.query.raw("key"), page.query.get("version")
    name = {"Bucket": bucket.name, "Key": key, "VersionId": version or None}
    head = await ask(page, "s3", "HeadObject", "NotFound", "404", "NoSuchKey", ChecksumMode="ENABLED", **name)
    listed = await ask(page, "s3", "ListObjectVersions", Bucket=bucket.name, Prefix=key, MaxKeys=_VERSIONS)
    versions = [each for each in rows_of(listed.found) if each.key == key]
    if listed.found.get("IsTruncated") and listed.found.get("NextKeyMarker") == key:
        tell_cut(page, len(versions))
    if not head.found and head.refused is None and not versions:
        raise ServiceError("NoSuchKey", page.text("There is no object with this key."), status=404)
    tags = await ask(page, "s3", "GetObjectTagging", **name) if head.found else head
    parts = (
        await ask(page, "s3", "GetObjectAttributes", ObjectAttributes=["ObjectParts"], **name) if head.found else head
    )
    configured = await ask(page, "s3", "GetBucketNotificationConfiguration", Bucket=bucket.name)
    rules = [rule for rule in rules_of(configured.found) if rule.means(key)]
    return await page.render(
        "buckets/object.html",
        status=400 if error else 200,
        bucket=bucket,
        key=key,
        version=version,
        name=last_name(key),
        steps=folders(key),
        head=head,
        error=error,
        checksums=_checksums(head.found),
        tags={each["Key"]: each["Value"] for each in tags.found.get("TagSet", ())},
        tags_refused=tags.refused,
        parts_count=parts.found.get("ObjectParts", {}).get("TotalPartsCount"),
        word=packed(key, version),
        named=name,
        tag_set=tag_set,
        copy_source=_source_of(bucket.name, key, version),
        versions=versions if len(versions) > 1 or (versions and versions[0].version != "null") else [],
        rules=rules,
        commands=_commands(page, bucket.name, key, version),
        path_url=f"{page.api.base_url}/{quote(bucket.name)}/{quote(key, errors='replace')}",
        look=await _look(page, head.found, name) if head.found else None,
    )


def _checksums(head: Mapping[str, Any]) -> dict[str, str]:
    """Checksums by algorithm."""
    return {
        name.removeprefix(_CHECKSUMS): str(value)
        for name, value in head.items()
        if name.startswith(_CHECKSUMS) and name != "ChecksumType"
    }


def _commands(page: Page, bucket: str, key: str, version: str) -> dict[str, str]:
    """The same on the command line."""
    given = {"Bucket": bucket, "Key": key, "VersionId": version or None}
    place, file = shlex.quote(f"s3://{bucket}/{key}"), shlex.quote(f"./{last_name(key)}")
    return {
        "get": f"{commands.cli(page.api, 's3', 'GetObject', **given)} {file}",
        "boto3": commands.boto3(page.api, "s3", "GetObject", **given),
        "presign": f"aws --endpoint-url {shlex.quote(page.api.base_url)} --region {shlex.quote(page.api.region)} "
        f"s3 presign {place} --expires-in 3600",
    }


# ------------------------------------------------------------------------------------------------------ a look inside


async def _look(page: Page, head: Mapping[str, Any], name: Mapping[str, Any]) -> dict[str, Any]:
    """The beginning of what it holds: as text where it is text, else in hexadecimal digits."""
    size, view = int(head.get("ContentLength", 0)), page.query.get("view")
    if not size:
        return {"kind": "nothing", "text": "", "cut": False, "view": "", "json": False}
    try:
        got = await page.api("s3", "GetObject", Range=f"bytes=0-{PREVIEW_BYTES - 1}", **name)
    except ServiceError as error:
        return {"kind": "refused", "text": str(error), "cut": False, "view": "", "json": False}
    data = await _read(got["Body"])
    text = None if view == "hex" else as_text(data, cut=size > len(data))
    if text is None:
        digits = hexadecimal(data[:_HEX_BYTES])
        return {
            "kind": "hex",
            "text": digits,
            "cut": size > _HEX_BYTES,
            "view": "hex",
            "json": False,
        }
    pretty = None if size > len(data) else indented(text)
    if view == "pretty" and pretty is not None:
        text = pretty
    return {
        "kind": "text",
        "text": visible(text),
        "cut": size > len(data),
        "view": view if pretty is not None else "",
        "json": pretty is not None,
    }


async def _read(body: bytes | Outgoing) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([piece async for piece in body.pieces])


def as_text(data: bytes, *, cut: bool) -> str | None:
    """Bytes as text; None if they are none. A character that was cut off at the end is left out."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final=not cut)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


async def download(page: Page, bucket: BucketFacts) -> Reply:
    """The object as a file, as fast as the browser takes it."""
    key, version = page.query.raw("key"), page.query.get("version")
    if not key:
        return page.redirect(page.href("buckets", bucket.name))
    got = await page.api("s3", "GetObject", Bucket=bucket.name, Key=key, VersionId=version or None)
    return page.download(last_name(key).rstrip("/") or "object", "application/octet-stream", got["Body"])


# ------------------------------------------------------------------------------------------------------------ changing


async def tag(page: Page, bucket: BucketFacts) -> Reply:
    """Set the object's tags."""
    form = await page.form()
    key, version = page.query.raw("key"), page.query.get("version")
    name = {"Bucket": bucket.name, "Key": key, "VersionId": version or None}
    pairs = form.pairs("tag_key", "tag_value")
    try:
        if pairs:
            await page.api("s3", "PutObjectTagging", Tagging={"TagSet": tag_set(pairs)}, **name)
        else:
            await page.api("s3", "DeleteObjectTagging", **name)
    except ServiceError as error:
        return await _show(page, bucket, error)
    target = page.href("buckets", bucket.name, "object", key=key, version=version)
    return page.redirect(target, done=page.text("The tags were saved."))


async def copy(page: Page, bucket: BucketFacts) -> Reply:
    """Copy the object, or give it another key: copied, and then deleted under the old one."""
    form = await page.form()
    key, version = page.query.raw("key"), page.query.get("version")
    # An older version is only copied: what has its name is another object now.
    target, renamed = form.get("bucket").strip() or bucket.name, form.get("do") == "rename" and not version
    wanted = form.get("to").strip()
    source = {"Bucket": bucket.name, "Key": key, **({"VersionId": version} if version else {})}
    if renamed and (target, wanted) == (bucket.name, key):
        return page.redirect(page.href("buckets", bucket.name, "object", key=key, version=version))
    try:
        await page.api(
            "s3",
            "CopyObject",
            Bucket=target,
            Key=wanted,
            CopySource=_source_of(bucket.name, key, version),
        )
        if renamed:
            await page.api("s3", "DeleteObject", **{**source, "VersionId": None})
    except ServiceError as error:
        return await _show(page, bucket, error)
    done = page.text("The object was renamed.") if renamed else page.text("The object was copied.")
    return page.redirect(page.href("buckets", target, "object", key=wanted), done=done)


def _source_of(bucket: str, key: str, version: str) -> str:
    """An object as CopyObject names what is copied."""
    path = quote(f"{bucket}/{key}", safe="/", errors="surrogatepass")
    return f"{path}?versionId={quote(version)}" if version else path
