"""The tab "Permissions": public access, the bucket policy, ownership, and CORS."""

from __future__ import annotations

import json
from typing import Any, Final

from chasqui.access.policy.document import PolicyType
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.bodies import pretty
from chasqui.console.buckets.facts import TABS, BucketFacts
from chasqui.console.buckets.listing import BLOCKS
from chasqui.console.looks import ask
from chasqui.console.page import Page
from chasqui.console.policies import problems, wrong
from chasqui.console.policy_checks import BUCKET_ACTIONS, Subject, checked

_CORS_BYTES_MAX: Final = 64 * 1024
_CORS_EXAMPLE: Final = (
    {
        "AllowedOrigins": ["https://example.com"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "MaxAgeSeconds": 3000,
    },
)


async def show(page: Page, bucket: BucketFacts) -> Reply:
    """The tab."""
    return await _show(page, bucket)


async def _show(
    page: Page,
    bucket: BucketFacts,
    error: ServiceError | None = None,
    where: str = "",
    typed: str = "",
) -> Reply:
    """The tab; where a form was refused (`where`), with what was typed in it."""
    block = await ask(page, "s3", "GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", Bucket=bucket.name)
    policy = await ask(page, "s3", "GetBucketPolicy", "NoSuchBucketPolicy", Bucket=bucket.name)
    status = await ask(page, "s3", "GetBucketPolicyStatus", "NoSuchBucketPolicy", Bucket=bucket.name)
    ownership = await ask(
        page, "s3", "GetBucketOwnershipControls", "OwnershipControlsNotFoundError", Bucket=bucket.name
    )
    cors = await ask(page, "s3", "GetBucketCors", "NoSuchCORSConfiguration", Bucket=bucket.name)
    rules = cors.found.get("CORSRules")
    text = typed if where == "policy" else pretty(policy.found.get("Policy", ""))
    owned = ownership.found.get("OwnershipControls", {}).get("Rules", [{}])[0].get("ObjectOwnership", "")
    settings = block.found.get("PublicAccessBlockConfiguration", {})
    return await page.render(
        "buckets/permissions.html",
        status=400 if error else 200,
        bucket=bucket,
        tab="permissions",
        tabs=TABS,
        error=error,
        where=where,
        block=block,
        blocks=[each for each in BLOCKS if settings.get(each)],
        settings={each: bool(settings.get(each)) for each in BLOCKS},
        cors_example=_CORS_EXAMPLE,
        cors_example_text=json.dumps(_CORS_EXAMPLE),
        policy=policy,
        policy_text=text,
        problems=problems(text, PolicyType.RESOURCE, page.text, bucket.arn) if text else None,
        check=await checked(page, Subject("s3", bucket.arn, policy.found.get("Policy", ""), BUCKET_ACTIONS)),
        public=bool(status.found.get("PolicyStatus", {}).get("IsPublic")),
        ownership=ownership,
        owned=owned,
        cors=cors,
        cors_text=typed if where == "cors" else json.dumps(rules, indent=2, ensure_ascii=False) if rules else "",
        examples=[(page.text("This account may read the objects"), _example(page, bucket))],
    )


def _example(page: Page, bucket: BucketFacts) -> str:
    """A policy to begin with."""
    statement = {
        "Sid": "ReadByThisAccount",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{page.api.account}:root"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket.arn}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


async def set_block(page: Page, bucket: BucketFacts) -> Reply:
    """Set what public access is blocked."""
    form = await page.form()
    settings = {each: form.flag(each) for each in BLOCKS}
    return await _done(
        page,
        bucket,
        "block",
        "PutPublicAccessBlock",
        page.text("The public access settings were saved."),
        PublicAccessBlockConfiguration=settings,
    )


async def set_policy(page: Page, bucket: BucketFacts) -> Reply:
    """Set or delete the bucket policy."""
    form = await page.form()
    text = form.get("policy")
    if form.get("do") == "delete" or not text.strip():
        done = page.text("The bucket policy was deleted.")
        return await _done(page, bucket, "policy", "DeleteBucketPolicy", done)
    if wrong(problems(text, PolicyType.RESOURCE, page.text, bucket.arn)):
        error = ServiceError(
            "MalformedPolicy", page.text("The policy has mistakes; each is told below it."), status=400
        )
        return await _show(page, bucket, error, "policy", text)
    done = page.text("The bucket policy was saved.")
    return await _done(page, bucket, "policy", "PutBucketPolicy", done, text, Policy=text)


async def set_ownership(page: Page, bucket: BucketFacts) -> Reply:
    """Set whom objects belong to."""
    rules = {"Rules": [{"ObjectOwnership": (await page.form()).get("ownership")}]}
    done = page.text("The object ownership was saved.")
    return await _done(page, bucket, "ownership", "PutBucketOwnershipControls", done, OwnershipControls=rules)


async def set_cors(page: Page, bucket: BucketFacts) -> Reply:
    """Set or delete the CORS rules, which are written as AWS' console has them: a JSON list."""
    text = (await page.form()).get("cors")
    if not text.strip():
        return await _done(page, bucket, "cors", "DeleteBucketCors", page.text("The CORS rules were deleted."))
    try:
        rules = _rules(page, text)
    except ServiceError as error:
        return await _show(page, bucket, error, "cors", text)
    done = page.text("The CORS rules were saved.")
    return await _done(page, bucket, "cors", "PutBucketCors", done, text, CORSConfiguration={"CORSRules": rules})


def _rules(page: Page, text: str) -> list[Any]:
    """The rules of a JSON list. Raises `ServiceError` that says where it is none."""
    try:
        rules = json.loads(text) if len(text) <= _CORS_BYTES_MAX else None
        json.dumps(rules, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        problem = page.text(
            "This is not JSON: line %(line)s, column %(column)s.", line=error.lineno, column=error.colno
        )
        raise ServiceError("InvalidRequest", problem, status=400) from error
    except (ValueError, RecursionError):  # a number too long to be read, half a character, too deep
        rules = None
    if not isinstance(rules, list):
        raise ServiceError("InvalidRequest", page.text("CORS rules are a JSON list of objects."), status=400)
    return rules


async def _done(
    page: Page, bucket: BucketFacts, where: str, operation: str, done: str, typed: str = "", **params: Any
) -> Reply:
    try:
        await page.api("s3", operation, Bucket=bucket.name, **params)
    except ServiceError as error:
        return await _show(page, bucket, error, where, typed)
    return page.redirect(page.href("buckets", bucket.name, "permissions"), done=done)
