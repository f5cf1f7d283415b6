"""A service whose protocol is JSON and whose answer is an event stream."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Service, Table
from tests.unit.server.stub_lambda import tail

TABLE = Table({"StartLiveTail": tail}, {}, {"StartLiveTail": Action(name="logs:StartLiveTail", level="read")})


def stub_logs() -> Service:
    """The service."""
    return Service(name="logs", module="tests.unit.server.stub_logs", room=None, own_words=True)
