"""What is in a bucket: folders, objects and versions; deleting what is ticked, and folders that are made."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.buckets.facts import DELETED_AT_ONCE, TABS, BucketFacts, folders, last_name, packed, unpacked
from chasqui.console.commands import both, removing
from chasqui.console.looks import ask
from chasqui.console.page import Page
from chasqui.server.payloads import Whole

_ROWS: Final = 100
_DEEP_MAX: Final = 10_000
"""Keys that one request deletes below folders."""


class Row(msgspec.Struct, frozen=True):
    """A line of the list: `word` says in forms which one it is. `marker`: it says that the object was deleted."""

    word: str
    key: str
    name: str
    size: int | None
    modified: float | None
    version: str = ""
    latest: bool = True
    marker: bool = False
    storage: str = ""


async def browse(page: Page, bucket: BucketFacts) -> Reply:
    """The objects of a folder."""
    return await _browse(page, bucket)


async def _browse(page: Page, bucket: BucketFacts, error: ServiceError | None = None) -> Reply:
    prefix, search = page.query.raw("prefix"), page.query.get("search")
    versions = page.query.flag("versions")
    listed = await (_versions if versions else _current)(page, bucket, prefix + search)
    versioning = await ask(page, "s3", "GetBucketVersioning", Bucket=bucket.name)
    return await page.render(
        "buckets/browse.html",
        status=400 if error else 200,
        bucket=bucket,
        tab="",
        tabs=TABS,
        prefix=prefix,
        search=search,
        steps=folders(prefix),
        versions=versions,
        versioned=bool(versioning.found.get("Status")),
        error=error,
        paged=any(name in page.query for name in ("after", "version")),
        **listed,
    )


async def _current(page: Page, bucket: BucketFacts, prefix: str) -> dict[str, Any]:
    listed = await page.api(
        "s3",
        "ListObjectsV2",
        Bucket=bucket.name,
        Prefix=prefix,
        Delimiter="/",
        MaxKeys=_ROWS,
        ContinuationToken=page.query.get("after") or None,
    )
    rows = [
        Row(packed(each["Key"]), each["Key"], last_name(each["Key"]), each["Size"], each["LastModified"],
            storage=each.get("StorageClass", ""))
        for each in listed.get("Contents", ())
    ]  # fmt: skip
    token = listed.get("NextContinuationToken")
    following = page.here(after=token) if token else ""
    return {"inner": _inner(listed), "rows": rows, "following": following}


async def _versions(page: Page, bucket: BucketFacts, prefix: str) -> dict[str, Any]:
    listed = await page.api(
        "s3",
        "ListObjectVersions",
        Bucket=bucket.name,
        Prefix=prefix,
        Delimiter="/",
        MaxKeys=_ROWS,
        KeyMarker=page.query.raw("after") or None,
        VersionIdMarker=page.query.raw("version") or None,
    )
    following = ""
    if listed.get("IsTruncated"):
        following = page.here(after=listed.get("NextKeyMarker"), version=listed.get("NextVersionIdMarker"))
    return {"inner": _inner(listed), "rows": rows_of(listed), "following": following}


def rows_of(listed: dict[str, Any]) -> list[Row]:
    """The versions and markers of ListObjectVersions, as they follow one another: by key, the newest first."""
    rows = [
        Row(
            packed(each["Key"], each["VersionId"]),
            each["Key"],
            last_name(each["Key"]),
            each.get("Size"),
            each["LastModified"],
            each["VersionId"],
            bool(each.get("IsLatest")),
            marker,
            each.get("StorageClass", ""),
        )
        for marker, found in ((False, listed.get("Versions", ())), (True, listed.get("DeleteMarkers", ())))
        for each in found
    ]
    return sorted(rows, key=_newest_first)


def _newest_first(row: Row) -> tuple[bytes, bool, float]:
    return row.key.encode("utf-8", "surrogatepass"), not row.latest, -(row.modified or 0)


def _inner(listed: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Folders within: their names, prefixes, and words for forms."""
    found = [each["Prefix"] for each in listed.get("CommonPrefixes", ())]
    return [(last_name(each), each, packed(each)) for each in found]


# ------------------------------------------------------------------------------------------------------------ deleting


async def ask_delete(page: Page, bucket: BucketFacts) -> Reply:
    """What was ticked, once more, before it is deleted."""
    form = await page.form()
    keys, inner = form.all("key"), form.all("folder")
    back = page.href("buckets", bucket.name, prefix=form.raw("prefix"), versions=form.get("versions"))
    if not keys and not inner:
        return page.redirect(back, failed=page.text("Nothing was ticked."))
    versioning = await ask(page, "s3", "GetBucketVersioning", Bucket=bucket.name)
    return await page.render(
        "buckets/delete_objects.html",
        bucket=bucket,
        keys=[(word, *unpacked(word)) for word in keys],
        inner=[(word, unpacked(word)[0]) for word in inner],
        back=back,
        prefix=form.raw("prefix"),
        versions=form.get("versions"),
        commands=_deletions(page, bucket, keys, inner),
        versioned=versioning.found.get("Status", ""),
    )


def _deletions(page: Page, bucket: BucketFacts, keys: list[str], inner: list[str]) -> list[tuple[str, tuple[str, str]]]:
    """What was ticked, deleted by commands: (what, for the AWS CLI and for boto3)."""
    found = []
    if keys:
        wanted = [{"Key": key, **({"VersionId": version} if version else {})} for key, version in map(unpacked, keys)]
        told = both(page.api, "s3", "DeleteObjects", Bucket=bucket.name, Delete={"Objects": wanted})
        found.append((page.text("Objects"), told))
    for word in inner:
        prefix = unpacked(word)[0]
        found.append((prefix, removing(page.api, bucket.name, prefix)))
    return found


async def delete(page: Page, bucket: BucketFacts) -> Reply:
    """Delete what was ticked, and say how much that was."""
    form = await page.form()
    wanted = []
    for key, version in (unpacked(word) for word in form.all("key")):
        wanted.append({"Key": key, "VersionId": version} if version else {"Key": key})
    left = False
    for prefix, _ in (unpacked(word) for word in form.all("folder")):
        if not prefix:
            continue  # no folder is the whole bucket
        below, more = await _below(page, bucket, prefix, _DEEP_MAX - len(wanted), bool(form.get("versions")))
        wanted += below
        left = left or more
    refused: list[dict[str, Any]] = []
    for at in range(0, len(wanted), DELETED_AT_ONCE):
        objects = {"Objects": wanted[at : at + DELETED_AT_ONCE], "Quiet": True}
        refused += (await page.api("s3", "DeleteObjects", Bucket=bucket.name, Delete=objects)).get("Errors", [])
    back = page.href("buckets", bucket.name, prefix=form.raw("prefix"), versions=form.get("versions"))
    done = page.plural("%(num)s was deleted.", "%(num)s were deleted.", len(wanted) - len(refused))
    if left:
        done += " " + page.text("There is more in these folders: delete them once more.")
    if not refused:
        return page.redirect(back, done=done)
    return await page.render("buckets/refused.html", bucket=bucket, back=back, done=done, refused=refused)


async def _below(
    page: Page, bucket: BucketFacts, prefix: str, most: int, versions: bool
) -> tuple[list[dict[str, str]], bool]:
    """What lies in a folder, `most` at most, and whether there is more."""
    found: list[dict[str, str]] = []
    markers: dict[str, Any] = {}
    while len(found) < most:
        size = min(DELETED_AT_ONCE, most - len(found))
        operation = "ListObjectVersions" if versions else "ListObjectsV2"
        listed = await page.api("s3", operation, Bucket=bucket.name, Prefix=prefix, MaxKeys=size, **markers)
        if versions:
            each_one = (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))
            found += [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in each_one]
            markers = {"KeyMarker": listed.get("NextKeyMarker"), "VersionIdMarker": listed.get("NextVersionIdMarker")}
        else:
            found += [{"Key": each["Key"]} for each in listed.get("Contents", ())]
            markers = {"ContinuationToken": listed.get("NextContinuationToken")}
        if not listed.get("IsTruncated"):
            return found, False
    return found, True


async def make_folder(page: Page, bucket: BucketFacts) -> Reply:
    """A folder is an object of no bytes whose key ends in a slash, as AWS' console has it."""
    form = await page.form()
    prefix, name = page.query.raw("prefix"), form.get("folder").strip("/")
    target = page.href("buckets", bucket.name, prefix=prefix)
    if not name:
        return page.redirect(target, failed=page.text("A folder needs a name."))
    try:
        nothing, key = Whole(b"", {}), f"{prefix}{name}/"
        kind = "application/x-directory"
        await page.api.upload("s3", "PutObject", nothing, Bucket=bucket.name, Key=key, ContentType=kind)
    except ServiceError as error:
        return await _browse(page, bucket, error)
    made = page.href("buckets", bucket.name, prefix=f"{prefix}{name}/")
    return page.redirect(made, done=page.text("Folder %(name)s was created.", name=name))
