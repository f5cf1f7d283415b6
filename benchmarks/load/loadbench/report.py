"""From figures to conclusions: medians, ratios, verdicts, the printed tables and the JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from loadbench.referee import AGREEMENT, difference
from loadbench.workloads import POSTGRES_AIM, WORKLOADS, Workload
from loadbench.wrk import Figure

YARDSTICK, CHASQUI, POSTGRES = "yardstick", "chasqui", "postgresql"


@dataclass
class Run:
    """All figures of a run: by workload, then by contestant, in the order of the rounds."""

    figures: dict[str, dict[str, list[Figure]]] = field(default_factory=dict)
    referee: dict[str, dict[str, list[Figure]]] = field(default_factory=dict)

    def add(self, workload: str, contestant: str, figure: Figure) -> None:
        self.figures.setdefault(workload, {}).setdefault(contestant, []).append(figure)

    def add_referee(self, workload: str, contestant: str, figure: Figure) -> None:
        self.referee.setdefault(workload, {}).setdefault(contestant, []).append(figure)

    def contestants(self) -> list[str]:
        return list(dict.fromkeys(name for by_name in self.figures.values() for name in by_name))

    def median(self, workload: str, contestant: str) -> float | None:
        figures = self.figures.get(workload, {}).get(contestant)
        return median(figure.value for figure in figures) if figures else None


@dataclass(frozen=True)
class Check:
    """One scale workload's outcome: a value, and the limit that it must keep."""

    name: str
    title: str
    value: float
    unit: str
    limit: float
    at_least: bool = False
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value < self.limit


def ratio(run: Run, workload: str, contestant: str = CHASQUI) -> float | None:
    """A contestant's median over the yardstick's; None where either was not measured."""
    ours, bare = run.median(workload, contestant), run.median(workload, YARDSTICK)
    return ours / bare if ours is not None and bare else None


def verdict(run: Run, workload: Workload) -> bool | None:
    """Whether Chasqui reached the workload's aim; None where that was not measured."""
    if workload.lower_is_better:
        ours = run.median(workload.name, CHASQUI)
        return ours <= workload.aim if ours is not None else None
    if workload.absolute:
        ours = run.median(workload.name, CHASQUI)
        return ours >= workload.aim if ours is not None else None
    reached = ratio(run, workload.name)
    return reached >= workload.aim if reached is not None else None


def number(value: float) -> str:
    """Three digits that count, thousands apart: 20 800, 5.31, 0.114."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}".replace(",", " ")
    return f"{value:.3g}"


def mark(passed: bool | None) -> str:
    return {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[passed]


def cell(figures: Sequence[Figure] | None) -> str:
    """A median with its range; a red count of errors where there were any."""
    if not figures:
        return ""
    values = [figure.value for figure in figures]
    text = number(median(values))
    if len(values) > 1:
        text += f" [dim]({number(min(values))}–{number(max(values))})[/]"
    errors = sum(figure.errors for figure in figures)
    return text + (f" [red]{errors} errors[/]" if errors else "")


def table(run: Run) -> Table:
    contestants = run.contestants()
    out = Table(title="Messages, objects or calls a second, medians (and ranges); times in ms")
    out.add_column("workload")
    for name in contestants:
        out.add_column(name, justify="right")
    for heading in ("of the yardstick", "aim", "reached", "p99 ms", "CPU µs each"):
        out.add_column(heading, justify="right")
    postgres = POSTGRES in contestants
    if postgres:
        out.add_column(f"on PostgreSQL, of it (≥ {POSTGRES_AIM:g})", justify="right")
    for workload in (WORKLOADS[name] for name in run.figures):
        by_name = run.figures[workload.name]
        reached = ratio(run, workload.name)
        ours = by_name.get(CHASQUI, [])
        out.add_row(
            workload.title,
            *(cell(by_name.get(name)) for name in contestants),
            f"{reached:.2f}" if reached is not None else "",
            f"≤ {workload.aim:g} ms" if workload.lower_is_better else f"≥ {number(workload.aim)}",
            mark(verdict(run, workload)),
            number(median(figure.p99_ms for figure in ours)) if ours and ours[0].p99_ms else "",
            cpu_cell(ours),
            *([postgres_cell(run, workload.name)] if postgres else []),
        )
    return out


def cpu_cell(figures: Sequence[Figure]) -> str:
    """The server's processor time for each item, where it was taken."""
    taken = [figure.detail["cpu_us_per_item"] for figure in figures if "cpu_us_per_item" in figure.detail]
    return number(median(taken)) if taken else ""


def postgres_cell(run: Run, workload: str) -> str:
    """What share of the yardstick's rate a node on PostgreSQL reached, and whether that was the aim."""
    reached = ratio(run, workload, POSTGRES)
    return f"{reached:.2f} {mark(reached >= POSTGRES_AIM)}" if reached is not None else ""


def referee_table(run: Run) -> Table:
    out = Table(title="wrk and the Go referee, medians of the same run")
    for heading in ("workload", "server", "wrk", "referee", "difference", f"within {AGREEMENT:.0%}"):
        out.add_column(heading, justify="left" if heading in ("workload", "server") else "right")
    for row in agreement(run):
        apart = row["difference"]
        # A wake-up of tens of microseconds differs by more than 15 % between any two clients.
        judged = mark(abs(apart) <= AGREEMENT) if WORKLOADS[row["workload"]].unit != "ms" else ""
        out.add_row(
            row["workload"],
            row["server"],
            number(row["wrk"]),
            number(row["referee"]),
            f"{apart:+.1%}",
            judged,
        )
    return out


def agreement(run: Run) -> list[dict[str, Any]]:
    """A row per workload and server that both measured.

    The difference is the median of the rounds' own differences, each between two runs that followed one another: what
    else the machine does changes from minute to minute, and more than 15 %.
    """
    rows = []
    for workload, by_name in run.referee.items():
        for name, theirs in by_name.items():
            ours = run.figures[workload][name]
            apart = [difference(our.value, their.value) for our, their in zip(ours, theirs, strict=False)]
            rows.append(
                {
                    "workload": workload,
                    "server": name,
                    "wrk": median(figure.value for figure in ours),
                    "referee": median(figure.value for figure in theirs),
                    "difference": median(apart),
                }
            )
    return rows


def checks_table(checks: Sequence[Check], backlog: int) -> Table:
    out = Table(title=f"Checks; those of scale on backlogs of {number(backlog)} messages")
    for heading in ("workload", "value", "limit", "kept"):
        out.add_column(heading, justify="left" if heading == "workload" else "right")
    for check in checks:
        sign = "≥" if check.at_least else "<"
        value, limit = (f"{number(n)} {check.unit}".strip() for n in (check.value, check.limit))
        out.add_row(check.title, value, f"{sign} {limit}", mark(check.passed))
    return out


def document(machine: dict[str, Any], settings: dict[str, Any], run: Run, checks: Sequence[Check]) -> dict[str, Any]:
    """Everything that was measured, as one JSON document."""
    return {
        "machine": machine,
        "settings": settings,
        "workloads": {
            name: {
                "title": WORKLOADS[name].title,
                "unit": WORKLOADS[name].unit,
                "aim": WORKLOADS[name].aim,
                "median": {who: run.median(name, who) for who in by_name},
                "of_the_yardstick": ratio(run, name),
                "of_the_yardstick_on_postgresql": ratio(run, name, POSTGRES),
                "reached": verdict(run, WORKLOADS[name]),
                "rounds": {who: [asdict(figure) for figure in figures] for who, figures in by_name.items()},
            }
            for name, by_name in run.figures.items()
        },
        "referee": agreement(run),
        "scale": [{**asdict(check), "passed": check.passed} for check in checks],
    }


def write(results: Path, content: dict[str, Any]) -> Path:
    """Keep a run's document, named by its time; the newest is also latest.json."""
    results.mkdir(parents=True, exist_ok=True)
    stamp = str(content["machine"]["when"]).replace(":", "").replace("+0000", "Z")
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path = results / f"load-{stamp}.json"
    for target in (path, results / "latest.json"):
        target.write_text(text, encoding="utf-8")
    return path
