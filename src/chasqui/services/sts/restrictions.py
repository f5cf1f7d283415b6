"""What a request for a session adds to it: session policies, which only take away, and session tags, some of which
last through a chain of roles. Checked here, and measured: what does not fit a session token is refused.

Source: IAM user guide, "Session policies", "Passing session tags in AWS STS"; "IAM and AWS STS quotas".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from chasqui.access.identity.directory import Directory
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.services.sts import errors

POLICY_LENGTH_MAX: Final = 2048
POLICY_ARNS_MAX: Final = 10
TAGS_MAX: Final = 50
# AWS packs in a format of its own; what compresses to this, and fits a request's headers uncompressed, is alike.
_PACKED_BYTES_MAX: Final = 2048
_PLAIN_BYTES_MAX: Final = 24_576


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """Session policies, and what they and the tags take of the space that there is (0: there are none)."""

    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    packed_percent: int = 0


async def restrictions_of(directory: Directory, account: str, request: Any, tags: Mapping[str, str]) -> Restrictions:
    """Those of a request with `Policy` and `PolicyArns`, for a session with these tags, handed down ones included.
    Raises `MalformedPolicyDocument`, `PackedPolicyTooLarge`, `ValidationError`."""
    policies = (_checked_policy(request.Policy),) if request.Policy is not None else ()
    arns = tuple(each.arn for each in request.PolicyArns or ())
    if len(arns) > POLICY_ARNS_MAX:
        raise errors.too_many_policies(POLICY_ARNS_MAX)
    for arn in arns:
        if arn is None or await directory.managed_text(account, arn) is None:
            raise errors.invalid_arn(str(arn))
    if len(tags) > TAGS_MAX:
        raise errors.too_many_tags(TAGS_MAX)
    percent = packed_percent(policies, arns, tags)
    if percent > 100:
        raise errors.packed_policy_too_large(percent)
    return Restrictions(policies=policies, policy_arns=arns, packed_percent=percent)


def _checked_policy(text: str) -> str:
    if len(text) > POLICY_LENGTH_MAX:
        raise errors.policy_too_long(POLICY_LENGTH_MAX)
    try:
        parse_policy(text, PolicyType.IDENTITY)
    except MalformedPolicy as error:
        raise errors.malformed_policy(str(error)) from error
    return text


def packed_percent(policies: tuple[str, ...], arns: tuple[str, ...], tags: Mapping[str, str]) -> int:
    """How much of a session token's space policies and tags take; 0 when there are none."""
    if not (policies or arns or tags):
        return 0
    plain = msgspec.msgpack.encode((policies, arns, dict(tags)))
    taken = max(len(zlib.compress(plain, 9)) / _PACKED_BYTES_MAX, len(plain) / _PLAIN_BYTES_MAX)
    return max(1, round(100 * taken))


def tags_of(request: Any) -> dict[str, str]:
    """A request's `Tags` (key and value). Raises `InvalidParameterValue`, `ValidationError`."""
    tags = {each.Key: each.Value for each in request.Tags or ()}
    check_tags([each.Key for each in request.Tags or ()])
    return tags


def check_tags(keys: list[str]) -> None:
    """See that these may be the keys of session tags. Raises as `tags_of`."""
    if len({key.lower() for key in keys}) != len(keys):
        raise errors.duplicate_tags()
    if any(key.lower().startswith("aws:") for key in keys):
        raise errors.reserved_tag()


def check_transitive(tags: Mapping[str, str], transitive: Iterable[str]) -> tuple[str, ...]:
    """The keys of tags that are to last, as the tags spell them. Raises `InvalidParameterValue` when one is no tag."""
    spelt = {key.lower(): key for key in tags}
    try:
        return tuple(dict.fromkeys(spelt[key.lower()] for key in transitive))
    except KeyError:
        raise errors.transitive_tag_not_passed() from None


def inherit_tags(
    inherited: Mapping[str, str], inherited_keys: Iterable[str], tags: dict[str, str], transitive: tuple[str, ...]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """(tags, transitive keys) of a session that is made by a session: transitive tags go along, and cannot be passed
    anew. Raises `InvalidParameterValue`."""
    lasting = {key: inherited[key] for key in inherited_keys if key in inherited}
    if {key.lower() for key in lasting} & {key.lower() for key in tags}:
        raise errors.transitive_tag_conflict()
    return {**lasting, **tags}, (*lasting, *transitive)
