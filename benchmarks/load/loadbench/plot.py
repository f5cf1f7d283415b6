"""The comparison as a picture for the README: a panel per workload, a bar per server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

from loadbench.report import CHASQUI, YARDSTICK, Run, number
from loadbench.servers import LOAD
from loadbench.workloads import WORKLOADS

mpl.use("Agg")  # before pyplot: there may be no screen
import matplotlib.pyplot as plt

COLOURS = {CHASQUI: "#c2410c", YARDSTICK: "#57534e"}
LABELS = {CHASQUI: "chasqui (durable)", YARDSTICK: "bare yardstick (durable)"}
MEASURED, PUBLISHED = "#0369a1", "#bae6fd"
PUBLISHED_MARK = " *"


def published() -> dict[str, dict[str, float]]:
    """The peers' figures that were measured elsewhere, by workload."""
    figures: dict[str, dict[str, float]] = json.loads((LOAD / "peers.json").read_text("utf-8"))["figures"]
    return figures


def bars(run: Run, workload: str) -> list[tuple[str, float, str]]:
    """Label, value and colour of a panel's bars, best first.

    A peer that took part in this run stands with its own figure, never with the published one.
    """
    found = []
    for name in run.contestants():
        value = run.median(workload, name)
        if value is not None:
            label = LABELS.get(name, name)
            if name == YARDSTICK and WORKLOADS[workload].on_yardstick != workload:
                label = "bare yardstick (plain sends)"
            found.append((label, value, COLOURS.get(name, MEASURED)))
    present = {name.lower() for name in run.contestants()}
    for name, value in published().get(workload, {}).items():
        if name.lower() not in present:
            found.append((name + PUBLISHED_MARK, value, PUBLISHED))
    return sorted(found, key=lambda bar: bar[1], reverse=not WORKLOADS[workload].lower_is_better)


def panel(axes: Any, run: Run, workload: str) -> None:
    shown = bars(run, workload)
    labels, values, colours = zip(*shown, strict=True)
    places = range(len(shown))
    axes.barh(places, [max(value, 0) for value in values], color=colours, height=0.72)
    axes.set_yticks(places, labels, fontsize=8)
    # All panels have room for as many bars, so that all bars are as thick; the first is at the top.
    axes.set_ylim(max(len(shown), len(published()["send16"]) + 2) - 0.5, -0.5)
    reach = max(*values, 1e-3) if len(values) > 1 else max(values[0], 1e-3)
    axes.set_xlim(0, reach * 1.22)
    for place, value in zip(places, values, strict=True):
        axes.text(max(value, 0) + reach * 0.015, place, number(value), va="center", fontsize=8)
    for tick, (label, _, _) in zip(axes.get_yticklabels(), shown, strict=True):
        tick.set_fontweight("bold" if label.startswith(CHASQUI) else "normal")
    unit = "ms, less is better" if WORKLOADS[workload].lower_is_better else WORKLOADS[workload].unit
    axes.set_title(f"{WORKLOADS[workload].title}\n{unit}", fontsize=9, loc="left")
    axes.set_xticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def footnote(machine: dict[str, Any], rounds: int) -> str:
    return (
        f"Medians of {rounds} interleaved rounds, {machine['cores']} cores ({machine['cpu']}), server and load on the "
        f"same cores, 256-byte bodies, fdatasync {machine['fdatasync_p50_ms']:g} ms. Chasqui and the yardstick answer "
        "after the disk has it.\n"
        f"Lines marked{PUBLISHED_MARK}: servers that hold messages in memory and lose them when killed, measured "
        "earlier in single runs on a machine of this kind with the Go referee, not in this run."
    )


def draw(run: Run, machine: dict[str, Any], rounds: int, path: Path) -> None:
    workloads = [name for name in WORKLOADS if name in run.figures]
    columns = 2 if len(workloads) > 1 else 1
    rows = -(-len(workloads) // columns)
    # The same input gives the same file: no date, no random ids.
    mpl.rcParams["svg.hashsalt"] = "chasqui"
    figure, grid = plt.subplots(rows, columns, figsize=(5.6 * columns, 2.45 * rows + 0.8), squeeze=False)
    for axes in grid.flat[len(workloads) :]:
        axes.set_visible(False)
    for axes, workload in zip(grid.flat, workloads, strict=False):
        panel(axes, run, workload)
    figure.text(0.01, 0.005, footnote(machine, rounds), fontsize=7, va="bottom", wrap=True)
    figure.tight_layout(rect=(0, 0.6 / (2.45 * rows + 0.8), 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
