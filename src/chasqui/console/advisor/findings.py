"""What the advisor finds: values without words, which pages and the command line put into theirs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from chasqui.console.commands import Place, cli
from chasqui.console.landscape import Landscape

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final = ("error", "warning", "note")
"""From the worst."""


class Step(msgspec.Struct, frozen=True):
    """A call that mends: an operation with AWS' names."""

    service: str
    operation: str
    params: Mapping[str, Any]


class Finding(msgspec.Struct, frozen=True):
    """Something to look at. `code` names the kind (`wording.py` has its words), `facts` the words' values, `page` the
    segments of the console's page where it is mended by hand, `steps` what the fix does, if it is one that can be
    applied without a choice; else `hints` are commands to fill in."""

    code: str
    severity: Severity
    arn: str
    name: str
    facts: Mapping[str, str | int] = {}
    page: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """By which it is found again: the kind and the resource, and what tells apart several of one resource."""
        return f"{self.code} {self.arn} {self.facts.get('which', '')}".strip()

    def commands(self, place: Place) -> list[str]:
        """What mends it, as lines for a shell."""
        if self.steps:
            return [cli(place, each.service, each.operation, **each.params) for each in self.steps]
        here = f"aws --endpoint-url {shlex.quote(place.base_url)} --region {shlex.quote(place.region)} "
        return [each.replace("aws ", here, 1) for each in self.hints]


Rule = Callable[[Landscape], Iterable[Finding]]
"""What looks for one kind of trouble, or some that belong together."""
