"""The section's routes: three tabs of a queue's pages."""

from __future__ import annotations

from typing import Final

from chasqui.console.messages import monitoring, peeking, receiving, redriving, sending
from chasqui.console.routes import Route

_QUEUE: Final = "queues/{name}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_QUEUE}/messages", sending.index),
    Route("POST", f"{_QUEUE}/messages/send", sending.send),
    Route("POST", f"{_QUEUE}/messages/command", sending.show_command),
    Route("POST", f"{_QUEUE}/messages/format", sending.set_out),
    Route("GET", f"{_QUEUE}/messages/edit", sending.edit_again),
    Route("POST", f"{_QUEUE}/messages/edit", sending.edit_again),
    Route("POST", f"{_QUEUE}/messages/again", sending.send_again),
    Route("POST", f"{_QUEUE}/messages/poll", receiving.poll),
    Route("POST", f"{_QUEUE}/messages/delete", receiving.delete),
    Route("POST", f"{_QUEUE}/messages/hide", receiving.hide),
    Route("POST", f"{_QUEUE}/messages/release", receiving.let_go),
    Route("GET", f"{_QUEUE}/messages/peek", peeking.peek),
    Route("GET", f"{_QUEUE}/messages/peek/live", peeking.live),
    Route("GET", f"{_QUEUE}/messages/groups", peeking.groups),
    Route("GET", f"{_QUEUE}/messages/one", peeking.one),
    Route("GET", f"{_QUEUE}/messages/body", peeking.download),
    Route("POST", f"{_QUEUE}/messages/body", peeking.download),
    Route("GET", f"{_QUEUE}/messages/all", peeking.download_all),
    Route("GET", f"{_QUEUE}/monitoring", monitoring.index),
    Route("GET", f"{_QUEUE}/monitoring/live", monitoring.live),
    Route("GET", f"{_QUEUE}/redrive", redriving.index),
    Route("GET", f"{_QUEUE}/redrive/live", redriving.live),
    Route("POST", f"{_QUEUE}/redrive/start", redriving.start),
    Route("POST", f"{_QUEUE}/redrive/cancel", redriving.cancel),
)
