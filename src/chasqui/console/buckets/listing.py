"""The list of buckets; creating, emptying and deleting one."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices, commands
from chasqui.console.buckets.facts import DELETED_AT_ONCE, BucketFacts, encryption_rule, tag_set
from chasqui.console.forms import Form
from chasqui.console.looks import ask
from chasqui.console.numbers import digits
from chasqui.console.page import Page

_ROWS: Final = 100
_BATCHES: Final = 5
"""DeleteObjects of one request, when a bucket is emptied; the page goes on by itself."""
BLOCKS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_HOME: Final = "us-east-1"


async def index(page: Page) -> Reply:
    """The buckets of the account, by name."""
    search, region = page.query.get("search"), page.query.get("in")
    listed = await page.api(
        "s3",
        "ListBuckets",
        MaxBuckets=_ROWS,
        Prefix=search or None,
        BucketRegion=region or None,
        ContinuationToken=page.query.get("after") or None,
    )
    return await page.render(
        "buckets/index.html",
        buckets=listed.get("Buckets", []),
        following=listed.get("ContinuationToken", ""),
        search=search,
        wanted=region,
    )


# ------------------------------------------------------------------------------------------------------------ creating


async def ask_new(page: Page) -> Reply:
    """The form for a new bucket."""
    blank = Form({"region": [page.api.region], "encryption": ["AES256"], "ownership": ["BucketOwnerEnforced"]})
    return await _new(page, blank, None, blocks=BLOCKS)


async def create(page: Page) -> Reply:
    """Make a bucket as the form says."""
    form = await page.form()
    name, region = form.get("name").strip(), form.get("region").strip() or page.api.region
    blocks = tuple(each for each in BLOCKS if form.flag(each))
    api = page.api.elsewhere(region)
    configuration: dict[str, Any] = {} if region == _HOME else {"LocationConstraint": region}
    tags = form.pairs("tag_key", "tag_value")
    if tags:
        configuration["Tags"] = tag_set(tags)
    try:
        await api(
            "s3",
            "CreateBucket",
            Bucket=name,
            ObjectOwnership=form.get("ownership") or None,
            CreateBucketConfiguration=configuration or None,
        )
    except ServiceError as error:
        return await _new(page, form, error, blocks=blocks)
    target = page.href("buckets", name)
    try:
        for operation, params in _further(form, blocks):
            await api("s3", operation, Bucket=name, **params)
    except ServiceError as error:
        made = page.text("Bucket %(name)s was created, but not everything could be set.", name=name)
        return page.redirect(target, failed=f"{made} {error!s}")
    return page.redirect(target, done=page.text("Bucket %(name)s was created.", name=name))


def _further(form: Form, blocks: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """The calls after CreateBucket."""
    calls: list[tuple[str, dict[str, Any]]] = []
    if blocks != BLOCKS:
        settings = {each: each in blocks for each in BLOCKS}
        calls.append(("PutPublicAccessBlock", {"PublicAccessBlockConfiguration": settings}))
    if form.flag("versioning"):
        calls.append(("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}))
    if form.get("encryption") == "aws:kms":
        key = form.get("key-arn").strip() or form.get("key")
        rule = encryption_rule("aws:kms", key, form.flag("bucket-key"))
        calls.append(("PutBucketEncryption", {"ServerSideEncryptionConfiguration": rule}))
    return calls


async def _new(page: Page, form: Form, error: ServiceError | None, *, blocks: tuple[str, ...]) -> Reply:
    region = form.get("region")
    place = None if region == _HOME else {"LocationConstraint": region}
    given = {"Bucket": form.get("name").strip() or "my-bucket", "CreateBucketConfiguration": place}
    at = commands.At(page.api.base_url, region)
    tags = list(form.pairs("tag_key", "tag_value").items())
    return await page.render(
        "buckets/new.html",
        status=400 if error else 200,
        form=form,
        error=error,
        blocks=blocks,
        tags=tags,
        keys=await choices.keys(page),
        commands=commands.both(at, "s3", "CreateBucket", **given),
    )


# ------------------------------------------------------------------------------------------------- emptying, deleting


async def ask_delete(page: Page, bucket: BucketFacts) -> Reply:
    """What deleting takes away, and the form for it."""
    return await _deleting(page, bucket)


async def _deleting(page: Page, bucket: BucketFacts, error: ServiceError | None = None, problem: str = "") -> Reply:
    versions = await ask(page, "s3", "ListObjectVersions", Bucket=bucket.name, MaxKeys=1)
    filled = bool(versions.found.get("Versions") or versions.found.get("DeleteMarkers"))
    status = 400 if problem else error.status or 400 if error else 200
    return await page.render(
        "buckets/delete.html", status=status, bucket=bucket, filled=filled, error=error, problem=problem
    )


async def delete(page: Page, bucket: BucketFacts) -> Reply:
    """Delete a bucket whose name was typed."""
    form = await page.form()
    if form.get("confirm") != bucket.name:
        return await _deleting(page, bucket, problem=page.text("This is not the bucket's name."))
    try:
        await page.api("s3", "DeleteBucket", Bucket=bucket.name)
    except ServiceError as error:
        return await _deleting(page, bucket, error)
    return page.redirect(page.href("buckets"), done=page.text("Bucket %(name)s was deleted.", name=bucket.name))


async def ask_empty(page: Page, bucket: BucketFacts) -> Reply:
    """The form that empties a bucket."""
    return await _emptying(page, "empty.html", bucket)


async def _emptying(page: Page, template: str, bucket: BucketFacts, status: int = 200, **values: Any) -> Reply:
    told = commands.removing(page.api, bucket.name)
    given = {"problem": "", "refused": [], "deleted": 0, **values}
    return await page.render(f"buckets/{template}", status, bucket=bucket, commands=told, **given)


async def empty(page: Page, bucket: BucketFacts) -> Reply:
    """Delete everything in a bucket, versions too; some thousands a request, and the page asks for the next ones."""
    form = await page.form()
    if form.get("confirm") != bucket.name:
        problem = page.text("This is not the bucket's name.")
        return await _emptying(page, "empty.html", bucket, 400, problem=problem)
    deleted = digits(form.get("deleted")) or 0
    more, refused = True, list[dict[str, Any]]()
    for _ in range(_BATCHES):
        listed = await page.api("s3", "ListObjectVersions", Bucket=bucket.name, MaxKeys=DELETED_AT_ONCE)
        objects = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))
        ]
        if objects:
            done = await page.api("s3", "DeleteObjects", Bucket=bucket.name, Delete={"Objects": objects, "Quiet": True})
            refused = done.get("Errors", [])
            deleted += len(objects) - len(refused)
        more = bool(listed.get("IsTruncated"))
        if refused or not more:
            break
    if refused:
        return await _emptying(page, "empty.html", bucket, refused=refused, deleted=deleted)
    if more:
        return await _emptying(page, "emptying.html", bucket, deleted=deleted)
    text = page.plural("%(num)s version was deleted.", "%(num)s versions were deleted.", deleted)
    return page.redirect(page.href("buckets", bucket.name), done=text)
