"""Emptying everything. The counters stay, so that nothing is ever numbered twice."""

from __future__ import annotations

from functools import partial

from chasqui.store.sqlite.engine import Engine
from chasqui.store.sqlite.resources import Resources
from chasqui.store.sqlite.sweeper import Sweeper

_TABLES = (
    "resource", "queue", "hidden", "message", "grp", "fifo", "dedup", "attempt", "log", "chunk", "blob", "job",
    "shared", "sharing",
)  # fmt: skip


def reset(engine: Engine, resources: Resources, sweeper: Sweeper) -> None:
    """A command."""
    execute = engine.cursor.execute
    changed = execute("select type, owner, name from resource").fetchall()
    queues = [row[0] for row in execute("select id from queue").fetchall()]
    execute("insert or ignore into blob_garbage select file from blob where file is not null")
    for table in _TABLES:
        execute(f"delete from {table}")
    for queue in queues:
        engine.states.forget(queue)
    resources.notify(changed)
    for queue in engine.parking.queues():
        engine.after_commit.append(partial(engine.fail_waiting, queue))
    sweeper.soon()
