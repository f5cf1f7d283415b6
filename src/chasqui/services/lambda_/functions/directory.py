"""The functions at hand, and what of them an invocation needs.

A function is read when it is first asked for and kept until a watcher tells of a change of it, of one of its versions
or of its aliases; then it is read anew. So what is at hand is never staler than an answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chasqui.base.bounded import keep
from chasqui.crypto.kms.documents import WATCHED
from chasqui.services.lambda_.documents import (
    ALIAS,
    FUNCTION,
    FUNCTION_URL,
    FUNCTION_VERSION,
    LATEST,
    PROVISIONED,
    USAGE,
)
from chasqui.services.lambda_.functions import documents, environment, usage
from chasqui.services.lambda_.functions.deploying import deployment
from chasqui.services.lambda_.functions.names import function_arn, is_version
from chasqui.services.lambda_.running.contract import Deployment
from chasqui.store.port import QueueGone, Transaction

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means

Place = tuple[str, str]
"""(owner, name) of a function."""

Retire = Callable[[str, frozenset[str]], None]

_FUNCTIONS_MAX: Final = 4096
_QUALIFIERS_MAX: Final = 1000
_PAGE: Final = 500


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What an ARN or name with a qualifier leads to, at this moment (an alias with weights may lead elsewhere the next
    time). `arn` is the function's without a qualifier, `invoked_arn` with the one that was asked for, `qualifier` that
    ("" for none). `reserved` is the function's reserved concurrency, `provisioned` the qualifier's. `queue` is the
    store's queue of the function's asynchronous events (0: none yet, see `Directory.event_queue`). `state` and
    `state_reason` are the version's ("Active", "Failed", …)."""

    deployment: Deployment
    arn: str
    invoked_arn: str
    qualifier: str
    account: str
    region: str
    name: str
    reserved: int | None = None
    provisioned: int = 0
    queue: int = 0
    state: str = "Active"
    state_reason: str = ""
    dead_letter: str = ""
    """The version's DeadLetterConfig."""


class EventInvoke(msgspec.Struct, frozen=True):
    """What is configured for asynchronous events of a qualifier (PutFunctionEventInvokeConfig), and the function's
    DeadLetterConfig."""

    retries_max: int = 2
    age_max_s: int = 21_600
    on_success: str = ""
    on_failure: str = ""
    dead_letter: str = ""


class Url(msgspec.Struct, frozen=True):
    """Where a function's URL leads: to a function's qualifier ("" for none). `auth` is "NONE" or "AWS_IAM",
    `invoke_mode` "BUFFERED" or "RESPONSE_STREAM"; `cors` as CreateFunctionUrlConfig has it, None without."""

    account: str
    region: str
    name: str
    qualifier: str
    auth: str
    invoke_mode: str
    cors: dict[str, Any] | None


class _Function:
    """A function at hand: its document, and the qualifiers that were asked for with where they lead."""

    __slots__ = ("document", "ways")

    def __init__(self, document: documents.FunctionDocument) -> None:
        self.document = document
        self.ways: dict[str, list[tuple[float, Target]]] = {}
        """By qualifier: shares that add up to 1, with their targets."""


class Directory:
    """Finds functions."""

    def __init__(self, means: Means, chance: Callable[[], float] = random.random) -> None:
        """`chance` gives numbers from 0 up to 1: which way an alias with weights leads."""
        self._means = means
        self._chance = chance
        self._known: dict[Place, _Function] = {}
        self._urls: dict[str, documents.FunctionUrlDocument] = {}
        self._reserved: dict[str, int] = {}
        self._changes = 0
        self.retire: Retire | None = None
        """Told which deployments of a function there are, whenever its versions change; the runner's, once there is
        one."""
        store = means.store
        store.watch_resources(FUNCTION, self._changed)
        for type_ in (FUNCTION_VERSION, ALIAS, PROVISIONED):
            store.watch_resources(type_, self._part_changed)
        store.watch_resources(FUNCTION_VERSION, self._version_changed)
        store.watch_resources(FUNCTION_URL, self._url_changed)
        store.watch_resources(USAGE, self._usage_changed)
        for type_ in WATCHED:
            store.watch_resources(type_, self._key_changed)

    # ------------------------------------------------------------------------------------------- what changes

    def _changed(self, owner: str, name: str) -> None:
        self._changes += 1
        self._known.pop((owner, name), None)

    def _part_changed(self, owner: str, name: str) -> None:
        self._changed(owner, name.partition(":")[0])

    def _url_changed(self, _owner: str, id_: str) -> None:
        self._changes += 1
        self._urls.pop(id_, None)

    def _usage_changed(self, owner: str, _name: str) -> None:
        self._changes += 1
        self._reserved.pop(owner, None)

    def _key_changed(self, _owner: str, _name: str) -> None:
        """Variables that a key seals may not be readable any more."""
        self._changes += 1
        self._known.clear()

    def _version_changed(self, owner: str, name: str) -> None:
        if self.retire is not None:
            function = name.partition(":")[0]
            self._means.background.start(f"retire {owner}/{function}", self._retire_old(self.retire, owner, function))

    async def _retire_old(self, retire: Retire, owner: str, name: str) -> None:
        """Tell the runner which deployments there are."""
        while True:
            changes = self._changes
            builds = {document.build for _, document in await self.versions(owner, name)}
            if changes == self._changes:
                retire(f"{owner}/{name}", frozenset(builds))
                return

    # ------------------------------------------------------------------------------------------- who is found

    async def target(self, account: str, region: str, name: str, qualifier: str = "") -> Target | None:
        """What is invoked under a function's name and qualifier (a version, an alias, "$LATEST" or "" for that); None
        when there is no such. Cached; quick when warm."""
        place = (f"{account}/{region}", name)
        function = await self._function(place)
        if function is None:
            return None
        ways = function.ways.get(qualifier)
        if ways is None:
            ways = await self._ways(place, function.document, qualifier)
            if ways is None:
                return None
            keep(function.ways, qualifier, ways, _QUALIFIERS_MAX)
        if len(ways) == 1:
            return ways[0][1]
        chance = self._chance()
        for share, target in ways:
            if chance < share:
                return target
            chance -= share
        return ways[-1][1]

    async def _function(self, place: Place) -> _Function | None:
        known = self._known.get(place)
        if known is not None and self._means.store.fresh():
            return known
        changes = self._changes
        found = await self._means.store.resource(FUNCTION, *place)
        if found is None:
            return None
        function = _Function(documents.read(documents.FunctionDocument, found))
        if changes == self._changes:
            keep(self._known, place, function, _FUNCTIONS_MAX)
        return function

    async def _ways(
        self, place: Place, function: documents.FunctionDocument, qualifier: str
    ) -> list[tuple[float, Target]] | None:
        if qualifier in ("", LATEST) or is_version(qualifier):
            target = await self._leads(place, function, qualifier, qualifier or LATEST)
            return None if target is None else [(1.0, target)]
        alias = await self.alias(*place, qualifier)
        if alias is None:
            return None
        shares = {alias.version: 1.0 - sum(alias.weights.values()), **alias.weights}
        ways = []
        for version, share in shares.items():
            target = await self._leads(place, function, qualifier, version)
            if target is not None:
                ways.append((share, target))
        return ways or None

    async def _leads(
        self, place: Place, function: documents.FunctionDocument, qualifier: str, version: str
    ) -> Target | None:
        owner, name = place
        document = await self.version(owner, name, version)
        if document is None:
            return None
        provisioned = await self._means.store.resource(PROVISIONED, owner, f"{name}:{qualifier}")
        variables = await environment.opened(self._means, owner, name, document.environment)
        account, _, region = owner.partition("/")
        return Target(
            deployment=deployment(owner, name, version, document, variables),
            arn=function_arn(owner, name),
            invoked_arn=function_arn(owner, name, qualifier),
            qualifier=qualifier,
            account=account,
            region=region,
            name=name,
            reserved=function.reserved,
            provisioned=documents.read(documents.ProvisionedDocument, provisioned).requested if provisioned else 0,
            queue=function.queue,
            state=document.state,
            state_reason=document.state_reason,
            dead_letter=document.dead_letter or "",
        )

    # ------------------------------------------------------------------------------------------- documents

    async def version(self, owner: str, name: str, version: str) -> documents.VersionDocument | None:
        """A version as it is stored."""
        found = await self._means.store.resource(FUNCTION_VERSION, owner, f"{name}:{version}")
        return documents.read(documents.VersionDocument, found) if found is not None else None

    async def versions(self, owner: str, name: str) -> list[tuple[str, documents.VersionDocument]]:
        """A function's versions: $LATEST first, then by number."""
        found: list[tuple[str, documents.VersionDocument]] = []
        after = ("", "")
        prefix = f"{name}:"
        while page := await self._means.store.resources(
            FUNCTION_VERSION, owner, prefix=prefix, after=after, limit=_PAGE
        ):
            found += [(each.name[len(prefix) :], documents.read(documents.VersionDocument, each)) for each in page]
            after = (page[-1].owner, page[-1].name)
        return sorted(found, key=lambda each: 0 if each[0] == LATEST else int(each[0]))

    async def alias(self, owner: str, name: str, alias: str) -> documents.AliasDocument | None:
        """An alias as it is stored."""
        found = await self._means.store.resource(ALIAS, owner, f"{name}:{alias}")
        return documents.read(documents.AliasDocument, found) if found is not None else None

    # ------------------------------------------------------------------------------------------- what is configured

    async def event_invoke(self, target: Target) -> EventInvoke:
        """What is configured for the target's asynchronous events."""
        function = await self._function((f"{target.account}/{target.region}", target.name))
        configured = function.document.event_invokes.get(target.qualifier or LATEST) if function is not None else None
        if configured is None:
            return EventInvoke(dead_letter=target.dead_letter)
        default = EventInvoke()
        return EventInvoke(
            default.retries_max if configured.retries_max is None else configured.retries_max,
            configured.age_max_s or default.age_max_s,
            configured.on_success,
            configured.on_failure,
            target.dead_letter,
        )

    async def event_queue(self, target: Target) -> int:
        """The queue of the function's asynchronous events; made if there is none. Raises `QueueGone` when the function
        is no more."""
        if target.queue:
            return target.queue
        owner, name = f"{target.account}/{target.region}", target.name

        async def make(tx: Transaction) -> int:
            found = await tx.get(FUNCTION, owner, name)
            if found is None:
                raise QueueGone(f"there is no function {name} any more")
            document = documents.read(documents.FunctionDocument, found)
            if not document.queue:
                document.queue = await tx.create_queue(ordered=False)
                await tx.replace(documents.changed(found, document))
            return document.queue

        return await self._means.store.transaction(make)

    async def url(self, id_: str) -> Url | None:
        """Where the URL with an id leads."""
        whose = self._urls.get(id_)
        if whose is None or not self._means.store.fresh():
            changes = self._changes
            found = await self._means.store.resource(FUNCTION_URL, "", id_)
            if found is None:
                return None
            whose = documents.read(documents.FunctionUrlDocument, found)
            if changes == self._changes:
                keep(self._urls, id_, whose, _FUNCTIONS_MAX)
        function = await self._function((whose.owner, whose.name))
        configured = function.document.urls.get(whose.qualifier) if function is not None else None
        if configured is None:
            return None
        account, _, region = whose.owner.partition("/")
        return Url(
            account, region, whose.name, whose.qualifier, configured.auth, configured.invoke_mode, configured.cors
        )

    async def reserved(self, account: str, region: str) -> int:
        """The reserved concurrency of all functions of an account and region."""
        owner = f"{account}/{region}"
        known = self._reserved.get(owner)
        if known is None or not self._means.store.fresh():
            changes = self._changes
            known = (await usage.usage_of(self._means.store, owner)).reserved
            if changes == self._changes:
                keep(self._reserved, owner, known, _FUNCTIONS_MAX)
        return known
