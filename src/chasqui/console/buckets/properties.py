"""The tab "Properties": what the bucket is, versioning, encryption, tags, and its event notifications."""

from __future__ import annotations

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices, commands
from chasqui.console.buckets.events import configured
from chasqui.console.buckets.facts import TABS, BucketFacts, encryption_rule, tag_set
from chasqui.console.looks import ask
from chasqui.console.page import Page


async def show(page: Page, bucket: BucketFacts) -> Reply:
    """The tab."""
    return await _show(page, bucket)


async def _show(page: Page, bucket: BucketFacts, error: ServiceError | None = None) -> Reply:
    versioning = await ask(page, "s3", "GetBucketVersioning", Bucket=bucket.name)
    encryption = await ask(page, "s3", "GetBucketEncryption", Bucket=bucket.name)
    tags = await ask(page, "s3", "GetBucketTagging", "NoSuchTagSet", Bucket=bucket.name)
    rules, refused, standing_rules = await configured(page, bucket)
    found = await ask(page, "s3", "ListBuckets", Prefix=bucket.name, MaxBuckets=1)
    made = [each["CreationDate"] for each in found.found.get("Buckets", ()) if each["Name"] == bucket.name]
    standing = encryption.found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])[0]
    return await page.render(
        "buckets/properties.html",
        status=400 if error else 200,
        bucket=bucket,
        tab="properties",
        tabs=TABS,
        error=error,
        created=made[0] if made else None,
        versioning=versioning,
        encryption=encryption,
        default=standing.get("ApplyServerSideEncryptionByDefault", {}),
        bucket_key=bool(standing.get("BucketKeyEnabled")),
        keys=await choices.keys(page),
        tags=[(each["Key"], each["Value"]) for each in tags.found.get("TagSet", ())],
        tags_refused=tags.refused,
        rules=rules,
        rules_refused=refused,
        tag_set=tag_set,
        encryption_rule=encryption_rule,
        command=commands.both(
            page.api,
            "s3",
            "PutBucketNotificationConfiguration",
            Bucket=bucket.name,
            NotificationConfiguration=standing_rules,
        ),
    )


async def set_versioning(page: Page, bucket: BucketFacts) -> Reply:
    """Enable or suspend versioning."""
    wanted = (await page.form()).get("status")
    try:
        await page.api(
            "s3", "PutBucketVersioning", Bucket=bucket.name, VersioningConfiguration={"Status": wanted or None}
        )
    except ServiceError as error:
        return await _show(page, bucket, error)
    enabled = wanted == "Enabled"
    done = page.text("Versioning is enabled.") if enabled else page.text("Versioning is suspended.")
    return page.redirect(page.href("buckets", bucket.name, "properties"), done=done)


async def set_encryption(page: Page, bucket: BucketFacts) -> Reply:
    """Set how objects are encrypted that do not say it themselves."""
    form = await page.form()
    key = form.get("key-arn").strip() or form.get("key")
    rule = encryption_rule(form.get("encryption"), key, form.flag("bucket-key"))
    try:
        await page.api("s3", "PutBucketEncryption", Bucket=bucket.name, ServerSideEncryptionConfiguration=rule)
    except ServiceError as error:
        return await _show(page, bucket, error)
    done = page.text("The default encryption was saved.")
    return page.redirect(page.href("buckets", bucket.name, "properties"), done=done)


async def set_tags(page: Page, bucket: BucketFacts) -> Reply:
    """Set the bucket's tags."""
    pairs = (await page.form()).pairs("tag_key", "tag_value")
    try:
        if pairs:
            await page.api("s3", "PutBucketTagging", Bucket=bucket.name, Tagging={"TagSet": tag_set(pairs)})
        else:
            await page.api("s3", "DeleteBucketTagging", Bucket=bucket.name)
    except ServiceError as error:
        return await _show(page, bucket, error)
    return page.redirect(page.href("buckets", bucket.name, "properties"), done=page.text("The tags were saved."))
