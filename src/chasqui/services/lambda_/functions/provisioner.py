"""Keeps the environments that provisioned concurrency asks for: once a node listens, and whenever the configurations or
the aliases that they stand on change.

What is asked for is stored; what is there is known to the runner of each node, and told as this node sees it. Every
node keeps all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.services.lambda_.documents import ALIAS, PROVISIONED
from chasqui.services.lambda_.functions.documents import ProvisionedDocument, read
from chasqui.services.lambda_.functions.names import is_version
from chasqui.services.lambda_.running.contract import CannotRun, Deployment, Runner

if TYPE_CHECKING:
    from chasqui.services.lambda_.functions.directory import Directory
    from chasqui.services.lambda_.means import Means

Place = tuple[str, str]
"""(owner, "name:qualifier")."""

_PAGE: Final = 500


class Kept(msgspec.Struct, frozen=True):
    """How it stands with a configuration on this node. `requested` is what was being kept when this was written."""

    status: Literal["IN_PROGRESS", "READY", "FAILED"] = "IN_PROGRESS"
    requested: int = 0
    available: int = 0
    reason: str = ""


class Provisioner:
    """Has the runner keep environments."""

    def __init__(self, means: Means, functions: Directory, runner: Callable[[], Runner]) -> None:
        """`runner` is asked for when there is something to keep."""
        self._means = means
        self._functions = functions
        self._runner = runner
        self._kept: dict[Place, Kept] = {}
        self._held: dict[Place, Deployment] = {}
        """What the runner was told to keep, to be told when it need not any more."""
        self._working: dict[Place, bool] = {}
        """Places that are worked at, and whether they have changed meanwhile."""
        means.store.watch_resources(PROVISIONED, self.changed)
        means.store.watch_resources(ALIAS, self._alias_changed)

    def kept(self, place: Place, requested: int) -> Kept:
        """How it stands with so many environments."""
        found = self._kept.get(place)
        return found if found is not None and found.requested == requested else Kept()

    async def begin(self) -> None:
        """Keep what is configured already."""
        after = ("", "")
        while page := await self._means.store.resources(PROVISIONED, after=after, limit=_PAGE):
            for each in page:
                self.changed(each.owner, each.name)
            after = (page[-1].owner, page[-1].name)

    def _alias_changed(self, owner: str, name: str) -> None:
        if (owner, name) in self._held:
            self.changed(owner, name)

    def changed(self, owner: str, name: str) -> None:
        """See to a configuration that is new, another, or gone."""
        place = owner, name
        if place in self._working:
            self._working[place] = True
            return
        self._working[place] = False
        self._means.background.start(f"provision {owner}/{name}", self._work(place))

    async def _work(self, place: Place) -> None:
        """Until what is kept is what is configured."""
        try:
            await self._means.listening.wait()
            while True:
                self._working[place] = False
                await self._keep(place)
                if not self._working[place]:
                    return
        finally:
            del self._working[place]

    async def _keep(self, place: Place) -> None:
        owner, name = place
        function, _, qualifier = name.partition(":")
        found = await self._means.store.resource(PROVISIONED, owner, name)
        deployment = await self._deployment(owner, function, qualifier) if found is not None else None
        old = self._held.pop(place, None)
        if old is not None and (deployment is None or old.id != deployment.id):
            await self._runner().provision(old, 0)
        if found is None or deployment is None:
            self._kept.pop(place, None)
            return
        requested = read(ProvisionedDocument, found).requested
        self._held[place] = deployment
        try:
            available = await self._runner().provision(deployment, requested)
        except CannotRun as error:
            self._kept[place] = Kept("FAILED", requested, 0, str(error))
            return
        if available >= requested:
            self._kept[place] = Kept("READY", requested, available)
        else:
            reason = f"This node has room for {available} of {requested} environments."
            self._kept[place] = Kept("FAILED", requested, available, reason)

    async def _deployment(self, owner: str, function: str, qualifier: str) -> Deployment | None:
        """What an alias or a version runs: the alias' own version, whatever its weights."""
        version = qualifier
        if not is_version(qualifier):
            alias = await self._functions.alias(owner, function, qualifier)
            if alias is None:
                return None
            version = alias.version
        account, _, region = owner.partition("/")
        try:
            target = await self._functions.target(account, region, function, version)
        except ChasquiError:
            # Its variables' key is out of reach: nothing of it can run.
            return None
        if target is None:
            return None
        return msgspec.structs.replace(target.deployment, initialization="provisioned-concurrency")
