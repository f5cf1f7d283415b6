"""SNS as the application mounts it. Nothing here may import what the operations are made of: that comes when it is
called, or when there are topics to work for."""

from __future__ import annotations

import asyncio
import importlib
from typing import Final

from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.base.sections import DeliveryLimits
from chasqui.base.service import Service
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.outbox import Outbox
from chasqui.services.sns.documents import CERTIFICATES, DELETING, TOPIC
from chasqui.services.sns.outside.direct import Direct
from chasqui.services.sns.publishing.announcing import announcer
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_control import control_handlers

_WORK: Final = "chasqui.services.sns.outside.work"


class _Duty:
    """What goes on without being called, once there is a topic."""

    def __init__(self, room: Room, outbox: Outbox, http: HttpClient, limits: DeliveryLimits) -> None:
        self._room = room
        self._outbox = outbox
        self._http = http
        self._limits = limits
        self._begun = False

    async def start(self) -> None:
        self._room.store.watch_resources(TOPIC, self._changed)
        await _go_on_deleting(self._room)
        if await self._room.store.resources(TOPIC, limit=1):
            self._begin()

    def _changed(self, _owner: str, _name: str) -> None:
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        self._room.background.start("work", self._work())

    async def _work(self) -> None:
        module = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, _WORK)
        await module.begin(self._room, self._outbox, self._http, self._limits)


async def _go_on_deleting(room: Room) -> None:
    """Go on with topics that were being deleted when the server ended."""
    if await room.store.resources(DELETING, limit=1):
        # Only then is any of the operations' code needed at the start.
        from chasqui.services.sns.topics.deletion import resume  # noqa: PLC0415

        await resume(room)


def sns_service(room: Room, outbox: Outbox, http: HttpClient, limits: DeliveryLimits) -> Service:
    """SNS on these dependencies. The outbox is its own, and so is `http`, by which it reaches endpoints."""
    direct, duty = Direct(room, outbox, lambda _channel, _attempted: None), _Duty(room, outbox, http, limits)
    room.announce = announcer(room)

    async def start() -> None:
        await direct.start()
        await duty.start()

    async def close() -> None:
        await outbox.close_all()
        await room.background.close()
        await room.channels.close()
        http.close()
        if "signer" in vars(room):
            room.signer.close()
        if "matching" in vars(room):
            room.matching.close()

    async def certificate(request: ControlRequest) -> Answer:
        return await room.signer.answer(request.path)

    async def trace(request: ControlRequest) -> Answer:
        from chasqui.services.sns.traces.trace import answer  # noqa: PLC0415  see above

        return await answer(room, request)

    async def traces(request: ControlRequest) -> Answer:
        from chasqui.services.sns.traces.recent import answer  # noqa: PLC0415  see above

        return await answer(room, request)

    return Service(
        name="sns",
        module="chasqui.services.sns.table",
        room=room,
        own_words=True,
        public=True,
        start=start,
        close=close,
        control={
            ("GET", CERTIFICATES): Endpoint(certificate, None),
            ("GET", "/_chasqui/trace"): Endpoint(trace, "chasqui:Trace"),
            ("GET", "/_chasqui/traces"): Endpoint(traces, "chasqui:Trace"),
            **control_handlers(room),
            **room.channels.control,
        },
    )
