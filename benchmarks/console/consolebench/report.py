"""What was measured, as a Markdown table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loadbench.report import number


@dataclass(frozen=True)
class Figure:
    """One line: a value, and the limit that it must keep (None for none)."""

    name: str
    title: str
    value: float
    unit: str
    limit: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> bool | None:
        """Whether the limit was kept; None where there is none."""
        return None if self.limit is None else self.value < self.limit


def table(figures: Iterable[Figure]) -> str:
    """The lines as Markdown."""
    rows = ["| what | value | limit | kept |", "|---|---:|---:|---|"]
    for each in figures:
        limit = "" if each.limit is None else f"< {number(each.limit)} {each.unit}"
        kept = {True: "yes", False: "**no**", None: ""}[each.kept]
        rows.append(f"| {each.title} | {number(each.value)} {each.unit} | {limit} | {kept} |")
    return "\n".join(rows)


def write(results: Path, facts: dict[str, Any], figures: Sequence[Figure]) -> Path:
    """Keep a run's document, named by its time."""
    results.mkdir(parents=True, exist_ok=True)
    stamp = str(facts["when"]).replace(":", "").replace("+0000", "Z")
    path = results / f"console-{stamp}.json"
    content = {"machine": facts, "figures": [{**asdict(each), "kept": each.kept} for each in figures]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
