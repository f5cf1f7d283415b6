"""What lifecycle rules say of an object: whether they mean it, and when it goes. Pure.

Source: S3 user guide, "Lifecycle configuration elements", "Expiring objects", "Understanding when objects expire": a
time in days is rounded up to the next midnight UTC; of several rules the earliest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from chasqui.services.s3.buckets.bucket import Bucket
    from chasqui.services.s3.objects.document import ObjectDocument
    from chasqui.services.s3.types import LifecycleRule

DAY_MS: Final = 86_400_000


class Due(NamedTuple):
    """When something goes, and by which rule's id."""

    at_ms: int
    rule: str


def midnight_after(at_ms: int) -> int:
    """The next midnight UTC."""
    return (at_ms // DAY_MS + 1) * DAY_MS


def last_midnight(at_ms: int) -> int:
    """The midnight UTC at or before a time."""
    return at_ms // DAY_MS * DAY_MS


def after_days(at_ms: int, days: int) -> int:
    """The midnight that ends so many days after a time."""
    return midnight_after(at_ms + days * DAY_MS)


def enabled(rules: Iterable[LifecycleRule]) -> list[LifecycleRule]:
    """The rules that count."""
    return [rule for rule in rules if rule.Status == "Enabled"]


def prefix_of(rule: LifecycleRule) -> str:
    """What the keys begin with that a rule is about."""
    chosen = rule.Filter
    if chosen is None:
        return rule.Prefix or ""
    return (chosen.And.Prefix if chosen.And is not None else chosen.Prefix) or ""


def common_prefix(rules: Sequence[LifecycleRule]) -> str:
    """What all keys begin with that any of the rules is about."""
    prefixes = [prefix_of(rule) for rule in rules]
    first, last = min(prefixes, default=""), max(prefixes, default="")
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first if same is None else first[:same]


def means(rule: LifecycleRule, key: str, size: int, tags: Mapping[str, str]) -> bool:
    """Whether a rule's filter chooses an object."""
    if not key.startswith(prefix_of(rule)):
        return False
    chosen = rule.Filter
    if chosen is None:
        return True
    wanted = chosen.And.Tags or [] if chosen.And is not None else [chosen.Tag] if chosen.Tag is not None else []
    sizes = chosen.And if chosen.And is not None else chosen
    if sizes.ObjectSizeGreaterThan is not None and size <= sizes.ObjectSizeGreaterThan:
        return False
    if sizes.ObjectSizeLessThan is not None and size >= sizes.ObjectSizeLessThan:
        return False
    return all(tags.get(tag.Key or "") == tag.Value for tag in wanted)


def expiry(rules: Iterable[LifecycleRule], key: str, document: ObjectDocument) -> Due | None:
    """When a current version goes; None when it does not."""
    found: list[Due] = []
    for rule in enabled(rules):
        expiration = rule.Expiration
        if expiration is None or not means(rule, key, document.size, document.tags):
            continue
        if expiration.Days is not None:
            found.append(Due(after_days(document.modified_ms, expiration.Days), rule.ID or ""))
        elif expiration.Date is not None:
            found.append(Due(int(expiration.Date * 1000), rule.ID or ""))
    return min(found, default=None)


def expiration_header(bucket: Bucket, key: str, document: ObjectDocument) -> str | None:
    """What x-amz-expiration says of a current version; None where no rule expires it."""
    if not bucket.document.lifecycle or document.marker:
        return None
    due = expiry(bucket.document.lifecycle, key, document)
    if due is None:
        return None
    return f'expiry-date="{formatdate(due.at_ms / 1000, usegmt=True)}", rule-id="{due.rule}"'


def noncurrent_goes(
    rules: Iterable[LifecycleRule], key: str, document: ObjectDocument, noncurrent_ms: int, newer: int, now_ms: int
) -> bool:
    """Whether an older version goes: since `noncurrent_ms` it is not the current one, and `newer` older versions are
    newer than it."""
    for rule in enabled(rules):
        expiration = rule.NoncurrentVersionExpiration
        if expiration is None or expiration.NoncurrentDays is None:
            continue
        if newer < (expiration.NewerNoncurrentVersions or 0):
            continue
        due = after_days(noncurrent_ms, expiration.NoncurrentDays)
        if due <= now_ms and means(rule, key, document.size, document.tags):
            return True
    return False


def lone_marker_goes(rules: Iterable[LifecycleRule], key: str, marker: ObjectDocument, now_ms: int) -> bool:
    """Whether a delete marker goes that is all that is left of its key: rules say so, or its own time is up."""
    for rule in enabled(rules):
        expiration = rule.Expiration
        if expiration is None or not means(rule, key, 0, {}):
            continue
        if expiration.ExpiredObjectDeleteMarker:
            return True
        if expiration.Days is not None and after_days(marker.modified_ms, expiration.Days) <= now_ms:
            return True
    return False


def upload_due(rules: Iterable[LifecycleRule], key: str, initiated_ms: int) -> Due | None:
    """When an incomplete multipart upload is aborted; None when it is not."""
    found = [
        Due(after_days(initiated_ms, abort.DaysAfterInitiation), rule.ID or "")
        for rule in enabled(rules)
        if (abort := rule.AbortIncompleteMultipartUpload) is not None
        and abort.DaysAfterInitiation is not None
        and key.startswith(prefix_of(rule))
    ]
    return min(found, default=None)
