"""The Resource element: which ARNs IAM accepts in a policy, and what a statement's resources match. Also which names a
Principal element may hold. Source: IAM user guide, "IAM JSON policy elements: Resource" and "… Principal"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from chasqui.access.policy.glob import Matches, compiled, glob, joined, tokens_of, within_arn
from chasqui.access.policy.variables import Lookup, Piece, names_in, pieces_of, resolved
from chasqui.base.arn import is_account

_PARTITIONS = frozenset(
    ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*")
)
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip
_PRINCIPAL_ARN = re.compile(
    r"arn:[a-z-]+:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)/[^*?]+)\Z"
)
_UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?\Z")
_HEAD = re.compile(r"[*?$]")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)\Z")


def fault(resource: str) -> str | None:
    """What is wrong with an ARN's form, in AWS' words; None when nothing is, or when only `parses` can tell."""
    if resource == "*":
        return None
    head, colon, rest = resource.partition(":")
    if not colon:
        return f'Resource {resource} must be in ARN format or "*".'
    partition, *following = rest.split(":")
    if partition not in _PARTITIONS:
        shown = following[:3] + ["*"] * (3 - len(following)) + [":".join(following[3:]) or "*"]
        return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(shown)}".'
    if head != "arn":
        return f'Resource {resource} must be in ARN format or "*".'
    if not following:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    return _service_fault(resource, following)


def _service_fault(resource: str, parts: list[str]) -> str | None:
    service, region = parts[0], parts[1] if len(parts) > 1 else ""
    if service == "s3" and region not in ("", "*"):
        return f"Resource {resource} can not contain region information."
    if service != "iam":
        return None
    if region not in ("", "*"):
        return f"IAM resource {resource} cannot contain region information."
    path = ":".join(parts[3:])
    if path and not path.startswith(("*", "root", *_IAM_PATHS)) and "*" not in path.partition("/")[0]:
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    return None


def parses(resource: str) -> bool:
    """Whether IAM's older parser takes it: a service, and all six parts once one of them is empty."""
    parts = resource.split(":")
    return resource == "*" or (len(parts) > 2 and parts[2] != "" and (len(parts) >= 6 or "::" not in resource))


def is_principal(principal_type: str, value: str) -> bool:
    """Whether a name may stand in a Principal element under its type."""
    if principal_type == "Service":
        return _SERVICE.match(value) is not None
    if principal_type == "AWS":
        return value == "*" or is_account(value) or any(form.match(value) for form in (_PRINCIPAL_ARN, _UNIQUE_ID))
    return bool(value)


class Template(msgspec.Struct, frozen=True, eq=False):
    """An ARN with variables: pieces that each request fills in, and the text that stands before the first of them and
    before the first wildcard."""

    head: str
    pieces: tuple[Piece, ...]

    def matches(self, resource: str, look_up: Lookup) -> bool | None:
        """Whether it matches; None when the request lacks a variable."""
        tokens = resolved(self.pieces, look_up)
        return None if tokens is None else compiled(within_arn(joined(tokens)))(resource)


class Target(msgspec.Struct, frozen=True, eq=False):
    """What a statement is about, compiled: exact ARNs, patterns, and patterns whose variables each request fills in."""

    everything: bool
    exact: frozenset[str]
    patterns: tuple[Matches, ...]
    templates: tuple[Template, ...]
    negated: bool
    deny: bool

    def covers(self, resource: str, look_up: Lookup) -> bool:
        """Whether the statement is about a resource. A NotResource with a variable that the request cannot fill in
        fails safe: it excepts nothing from a Deny, and makes an Allow void."""
        if self.everything or resource in self.exact:
            return not self.negated
        for matches in self.patterns:
            if matches(resource):
                return not self.negated
        if not self.templates:
            return self.negated
        return self._excepts_not(resource, look_up) if self.negated else self._fills_to(resource, look_up)

    def _fills_to(self, resource: str, look_up: Lookup) -> bool:
        return any(each.matches(resource, look_up) for each in self.templates if resource.startswith(each.head))

    def _excepts_not(self, resource: str, look_up: Lookup) -> bool:
        found = [each.matches(resource, look_up) for each in self.templates]
        return True not in found and (self.deny or None not in found)

    @property
    def listed(self) -> bool:
        """Whether it covers what `exact` and `patterns` say, and nothing else."""
        return not (self.negated or self.everything or self.templates)

    @property
    def names(self) -> list[str]:
        """The keys of its variables, as they were written."""
        return [name for each in self.templates for name in names_in(each.pieces)]


def target(resources: Sequence[str] | None, negated: bool, deny: bool, variables: bool) -> Target:
    """Compile a Resource or NotResource element; None, the element's absence, is everything."""
    written = ("*",) if resources is None else resources
    split = [(text, _pieces(text) if variables else (text,)) for text in written]
    plain = [text for text, pieces in split if pieces == (text,)]
    return Target(
        everything="*" in plain,
        exact=frozenset(text for text in plain if "*" not in text and "?" not in text),
        patterns=tuple(
            compiled(within_arn(tokens_of(text))) for text in plain if text != "*" and set(text) & set("*?")
        ),
        templates=tuple(Template(_HEAD.split(text)[0], pieces) for text, pieces in split if pieces != (text,)),
        negated=negated,
        deny=deny,
    )


def _pieces(text: str) -> tuple[Piece, ...]:
    """Variables count behind the fifth colon only."""
    parts = text.split(":", 5)
    if len(parts) < 6:
        return (text,)
    tail = pieces_of(parts[5])
    if all(isinstance(piece, str) for piece in tail):
        return (text,)
    return (text[: -len(parts[5])], *tail)


def actions(patterns: Sequence[str], negated: bool) -> Callable[[str], bool]:
    """Whether a statement is about an action, given in lower case."""
    lowered = [pattern.lower() for pattern in patterns]
    exact = frozenset(lowered)
    wild = tuple(glob(pattern) for pattern in lowered if set(pattern) & set("*?"))
    return lambda action: (action in exact or any(matches(action) for matches in wild)) != negated
