"""The walk-throughs."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.tour import Step, Tour

TOURS: Final = (
    Tour(
        "first-queue",
        N_("Create a queue, and send and receive a message"),
        N_("The queue MaQueueTest: a message is sent, received, looked at and deleted; then the queue is."),
        5,
        "O3, Q1, Q2, Q5",
        (
            Step(
                "queues", 'a[href$="/queues/new"]', N_("A queue keeps messages until somebody takes them. Create one.")
            ),
        ),
    ),
)
