"""What a simulation stands on: the policies that are asked, with what answers call them, and who seems to ask.

A user's policies are its own and its groups'. An inline policy is called "user_bob_name" in answers, a managed one by
its name, one of the request "PolicyInputList.1".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from chasqui.access.identity.documents import GROUP, GroupDocument, decode
from chasqui.access.policy.compiled import compile_parsed
from chasqui.access.policy.decision import Grants
from chasqui.access.policy.document import Compiled, MalformedPolicy, PolicyType, compile_policy, parse_policy
from chasqui.access.policy.glob import compiled, tokens_of
from chasqui.base.arn import parse_arn
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal
from chasqui.services.iam import errors, managed
from chasqui.services.iam.entities import GROUPS, ROLES, USERS, Kind
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import InlinePolicyIdentifierType, PolicyIdentifier

IDENTITY: Final = "IAM Policy"
BOUNDARY: Final = "Permissions Boundary Policy"
RESOURCE: Final = "Resource Policy"

_KINDS: Final[dict[str, Kind[Any]]] = {kind.word: kind for kind in (USERS, GROUPS, ROLES)}

# No policy that is kept is longer (a role's inline ones together); longer ones are compiled for their request alone.
_STORED_LENGTH_MAX: Final = 10_240
_GIVEN_LENGTH_MAX: Final = 10 * 131_072


@lru_cache(maxsize=16)
def _compile_long(text: str, kind: PolicyType, source: str) -> Compiled:
    return compile_parsed(parse_policy(text, kind), source)


class Source(msgspec.Struct, frozen=True):
    """A policy that takes part. `arn` is a managed one's, `inline` an inline one's (kind of holder, holder, name)."""

    id: str
    type: str
    text: str
    arn: str = ""
    inline: tuple[str, str, str] = ("", "", "")

    @property
    def key(self) -> str:
        """Tells it from the others of a simulation."""
        return f"{self.type} {self.arn or self.id}"

    def compiled(self) -> Compiled:
        """Raises `InvalidInput` when it does not parse."""
        kind = PolicyType.RESOURCE if self.type == RESOURCE else PolicyType.IDENTITY
        try:
            compiles = compile_policy if len(self.text) <= _STORED_LENGTH_MAX else _compile_long
            return compiles(self.text, kind, self.key)
        except MalformedPolicy as error:
            raise errors.invalid_input(f"{self.id}: {error}") from error


class Sources(msgspec.Struct, frozen=True):
    """All policies of a simulation."""

    identity: Sequence[Source]
    boundary: Source | None = None
    resource: Source | None = None

    @property
    def grants(self) -> Grants:
        boundary = self.boundary.compiled() if self.boundary else None
        return Grants(identity=tuple(each.compiled() for each in self.identity), boundary=boundary, session=None)

    def by_key(self) -> dict[str, Source]:
        others = [each for each in (self.boundary, self.resource) if each is not None]
        return {each.key: each for each in (*self.identity, *others)}


class Subject(msgspec.Struct, frozen=True):
    """A user, group or role, as an ARN named it: what it is, its document, and as whom it calls."""

    word: str
    document: Any
    principal: Principal


def given(texts: Sequence[str] | None, parameter: str, type_: str = IDENTITY) -> list[Source]:
    """The policies of a request's parameter. Raises `InvalidInput` when they are more than a simulation should take."""
    if sum(map(len, texts or ())) > _GIVEN_LENGTH_MAX:
        raise errors.invalid_input(f"{parameter} is too long.")
    return [Source(f"{parameter}.{number}", type_, text) for number, text in enumerate(texts or (), 1)]


def nobody(account: str) -> Principal:
    """The caller when none was named: somebody of the account, of whom nothing is known."""
    return Principal(kind="role", account=account, arn="", id="")


def named_in(arn: str) -> tuple[str, str, str]:
    """Account, kind ("user", "group", "role") and name in an entity's ARN. Raises `InvalidInput`."""
    parsed = parse_arn(arn)
    word, _, rest = parsed.resource.partition("/") if parsed is not None else ("", "", "")
    name = rest.rpartition("/")[2]
    if parsed is None or parsed.service != "iam" or word not in _KINDS or not name:
        raise errors.invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    return parsed.account, word, name


async def subject(room: Room, account: str, arn: str) -> Subject:
    """The entity that an ARN names. Raises `InvalidInput` and `NoSuchEntity`."""
    owner, word, name = named_in(arn)
    kind = _KINDS[word]
    document = await kind.find(room.store, account, name)
    if owner != account or kind.arn(account, document.path, document.name) != arn:
        raise errors.no_such_entity(kind.missing.format(name))
    return Subject(word, document, _caller(account, word, arn, document))


def _caller(account: str, word: str, arn: str, document: Any) -> Principal:
    if word == "group":
        return nobody(account)
    facts: dict[str, Any] = {"account": account, "arn": arn, "id": document.id, "name": document.name}
    facts["tags"] = document.tags
    return Principal(kind="user", **facts) if word == "user" else Principal(kind="role", issuer=arn, **facts)


def stranger(arn: str) -> Principal:
    """A caller of whom there is only an ARN, another account's perhaps. Raises `InvalidInput`."""
    account, word, name = named_in(arn)
    if word == "group":
        return nobody(account)
    if word == "user":
        return Principal(kind="user", account=account, arn=arn, id="", name=name)
    return Principal(kind="role", account=account, arn=arn, id="", name=name, issuer=arn)


async def policies_of(room: Room, account: str, found: Subject) -> list[Source]:
    """An entity's identity policies; a user's groups' are among them."""
    sources = await _of_holder(room, account, found.word, found.document)
    for name in found.document.groups if found.word == "user" else ():
        resource = await room.store.resource(GROUP, account, name)
        if resource is not None:
            sources += await _of_holder(room, account, "group", decode(GroupDocument, resource))
    return sources


async def _of_holder(room: Room, account: str, word: str, document: Any) -> list[Source]:
    sources = [
        Source(f"{word}_{document.name}_{name}", IDENTITY, text, inline=(word, document.name, name))
        for name, text in document.inline.items()
    ]
    for arn in document.attached:
        text = await room.directory.managed_text(account, arn)
        if text is not None:
            sources.append(Source(managed.path_and_name(arn)[1], IDENTITY, text, arn=arn))
    return sources


async def boundary_of(room: Room, account: str, found: Subject) -> Source | None:
    """An entity's permissions boundary."""
    arn = None if found.word == "group" else found.document.boundary
    if arn is None:
        return None
    text = await room.directory.managed_text(account, arn)
    return Source(managed.path_and_name(arn)[1], BOUNDARY, text or _NOTHING, arn=arn)


# A boundary that has gone bounds everything.
_NOTHING: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


# ------------------------------------------------------------------------------------------------------ exclusions

Excludes = Callable[[Source], bool]


def exclusion(identifier: PolicyIdentifier) -> Excludes:
    """Which policies an entry of `PolicyExclusionList` leaves out. Raises `InvalidInput`."""
    if identifier.InlinePolicyIdentifier is not None:
        return _inline_exclusion(identifier.InlinePolicyIdentifier)
    if identifier.PolicyArn is not None:
        managed.account_of(identifier.PolicyArn)
        matches = _pattern(identifier.PolicyArn)
        return lambda source: bool(source.arn) and source.type == IDENTITY and matches(source.arn)
    wanted = identifier.PolicyType or ""
    return lambda source: _type_of(source) == wanted


def _inline_exclusion(identifier: InlinePolicyIdentifierType) -> Excludes:
    matches = _pattern(identifier.AttachmentName or "")

    def excludes(source: Source) -> bool:
        word, holder, name = source.inline
        return word == identifier.AttachmentType and name == identifier.PolicyName and matches(holder)

    return excludes


def _pattern(text: str) -> Callable[[str], bool]:
    if text.count("*") > 1:
        raise _invalid(text)
    return compiled(tokens_of(text))


def _invalid(text: str) -> ServiceError:
    return errors.invalid_input(f"{text} has more than one *.")


def _type_of(source: Source) -> str:
    if source.type == BOUNDARY:
        return "permission-boundary"
    if source.arn:
        return "aws-managed" if managed.account_of(source.arn) == managed.AWS else "user-managed"
    return "inline" if source.inline[0] else ""
