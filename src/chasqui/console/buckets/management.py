"""The tab "Management": lifecycle rules, and uploads in parts that were never completed."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.buckets.facts import TABS, BucketFacts
from chasqui.console.forms import Form
from chasqui.console.looks import ask, tell_cut
from chasqui.console.page import Page

_UPLOADS: Final = 100
_EXAMPLE: Final = ({"ID": "NAME", "Status": "Enabled", "Filter": {"Prefix": "PREFIX"}, "Expiration": {"Days": 30}},)
_NONE: Final = "NoSuchLifecycleConfiguration"


async def show(page: Page, bucket: BucketFacts) -> Reply:
    """The tab."""
    return await _show(page, bucket, Form({}))


async def _show(page: Page, bucket: BucketFacts, form: Form, error: ServiceError | None = None) -> Reply:
    lifecycle = await ask(page, "s3", "GetBucketLifecycleConfiguration", _NONE, Bucket=bucket.name)
    uploads = await ask(page, "s3", "ListMultipartUploads", Bucket=bucket.name, MaxUploads=_UPLOADS)
    if uploads.found.get("IsTruncated"):
        tell_cut(page, _UPLOADS)
    return await page.render(
        "buckets/management.html",
        status=400 if error else 200,
        bucket=bucket,
        tab="management",
        tabs=TABS,
        form=form,
        error=error,
        lifecycle=lifecycle,
        rules=[told(each) for each in lifecycle.found.get("Rules", ())],
        uploads=uploads,
        example=_EXAMPLE,
    )


def told(rule: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule as the page shows it; days are None where nothing of the kind happens."""
    chosen = rule.get("Filter", {})
    both = chosen.get("And", chosen)
    expiration = rule.get("Expiration", {})
    older = rule.get("NoncurrentVersionExpiration", {})
    tag = chosen.get("Tag")
    return {
        "id": rule.get("ID", ""),
        "enabled": rule.get("Status") == "Enabled",
        "prefix": both.get("Prefix") or rule.get("Prefix") or "",
        "tags": [f"{each['Key']}={each['Value']}" for each in both.get("Tags", [tag] if tag else [])],
        "larger": both.get("ObjectSizeGreaterThan"),
        "smaller": both.get("ObjectSizeLessThan"),
        "days": expiration.get("Days"),
        "date": expiration.get("Date"),
        "markers": bool(expiration.get("ExpiredObjectDeleteMarker")),
        "older_days": older.get("NoncurrentDays"),
        "kept": older.get("NewerNoncurrentVersions"),
        "uploads_days": rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
    }


def rule_of(form: Form) -> dict[str, Any]:
    """The form as a lifecycle rule. Raises `ValueError` for days that are no number."""
    rule: dict[str, Any] = {"Status": "Enabled", "Filter": {"Prefix": form.raw("prefix")}}
    if form.get("id").strip():
        rule["ID"] = form.get("id").strip()
    if form.get("days").strip():
        rule["Expiration"] = {"Days": int(form.get("days"))}
    elif form.flag("markers"):
        rule["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if form.get("older-days").strip():
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(form.get("older-days"))}
    if form.get("uploads-days").strip():
        rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(form.get("uploads-days"))}
    return rule


async def add_rule(page: Page, bucket: BucketFacts) -> Reply:
    """One lifecycle rule more."""
    form = await page.form()
    try:
        standing = await _rules(page, bucket)
        await _put(page, bucket, [*standing, rule_of(form)])
    except ValueError:
        error = ServiceError("InvalidArgument", page.text("Days are whole numbers."), status=400)
        return await _show(page, bucket, form, error)
    except ServiceError as error:
        return await _show(page, bucket, form, error)
    done = page.text("The lifecycle rule was created.")
    return page.redirect(page.href("buckets", bucket.name, "management"), done=done)


async def change_rule(page: Page, bucket: BucketFacts) -> Reply:
    """Delete a lifecycle rule, or switch it on or off."""
    form = await page.form()
    wanted, do = form.raw("id"), form.get("do")
    rules = await _rules(page, bucket)
    if do == "delete":
        rules, done = [each for each in rules if each.get("ID") != wanted], page.text("The lifecycle rule was deleted.")
    else:
        status = "Enabled" if do == "enable" else "Disabled"
        rules = [{**each, "Status": status} if each.get("ID") == wanted else each for each in rules]
        done = page.text("The lifecycle rule was changed.")
    await _put(page, bucket, rules)
    return page.redirect(page.href("buckets", bucket.name, "management"), done=done)


async def _rules(page: Page, bucket: BucketFacts) -> list[dict[str, Any]]:
    try:
        found = await page.api("s3", "GetBucketLifecycleConfiguration", Bucket=bucket.name)
    except ServiceError as error:
        if error.code != _NONE:
            raise
        return []
    return list(found.get("Rules", ()))


async def _put(page: Page, bucket: BucketFacts, rules: list[dict[str, Any]]) -> None:
    if not rules:
        await page.api("s3", "DeleteBucketLifecycle", Bucket=bucket.name)
        return
    await page.api("s3", "PutBucketLifecycleConfiguration", Bucket=bucket.name, LifecycleConfiguration={"Rules": rules})


async def abort_upload(page: Page, bucket: BucketFacts) -> Reply:
    """Throw away the parts of an upload that will not be completed."""
    form = await page.form()
    await page.api("s3", "AbortMultipartUpload", Bucket=bucket.name, Key=form.raw("key"), UploadId=form.get("upload"))
    return page.redirect(page.href("buckets", bucket.name, "management"), done=page.text("The upload was aborted."))
