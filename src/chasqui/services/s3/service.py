"""S3 as the application mounts it. Nothing here may import what the service is made of: that comes when it is called,
or when there are buckets to work for."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from functools import partial
from typing import Final

from chasqui.base.call import Call
from chasqui.base.fronts import Front
from chasqui.base.service import Service
from chasqui.delivery.outbox import Outbox
from chasqui.fabric.objects import ReadObject, StoredObject
from chasqui.services.s3.browsers import cors, forms
from chasqui.services.s3.documents import ENDED, GARBAGE, LEFT, LIFECYCLE
from chasqui.services.s3.notifications.duty import Duty
from chasqui.services.s3.room import Room

_DUTIES: Final = (
    (GARBAGE, "chasqui.services.s3.objects.garbage"),
    (ENDED, "chasqui.services.s3.multipart.ending"),
    (LEFT, "chasqui.services.s3.buckets.leftovers"),
    (LIFECYCLE, "chasqui.services.s3.lifecycle.expiring"),
)
"""What goes on without being called: by the type of its rows, the module whose `begin(room)` gives a function to be
called whenever there may be work."""

_FORM_BYTES_MAX: Final = 6 * 1024**3
"""The largest file of a form is smaller: `S3Quotas.put_bytes_max` decides."""


class _Duty:
    """Work that begins when there is a row for it."""

    def __init__(self, room: Room, type_: str, module: str) -> None:
        self._room = room
        self._type = type_
        self._module = module
        self._loading = False
        self._stir: Callable[[], object] | None = None

    async def start(self) -> None:
        self._room.store.watch_resources(self._type, self._changed)
        if await self._room.store.resources(self._type, limit=1):
            self._begin()

    def _changed(self, _owner: str, _name: str) -> None:
        if self._stir is not None:
            self._stir()
        elif not self._loading:
            self._begin()

    def _begin(self) -> None:
        self._loading = True
        self._room.background.start(self._type, self._load())

    async def _load(self) -> None:
        module = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, self._module)
        self._stir = module.begin(self._room)
        self._stir()


def s3_service(room: Room, outbox: Outbox) -> Service:
    """S3 on these dependencies. `outbox` brings on the events that cannot be written at once."""
    duties: list[Duty | _Duty] = [Duty(room, outbox)]
    duties += [_Duty(room, type_, module) for type_, module in _DUTIES]

    async def start() -> None:
        for duty in duties:
            await duty.start()

    return Service(
        name="s3",
        module="chasqui.services.s3.table",
        room=room,
        own_words=True,
        public=True,
        personal=True,
        fronts=(
            Front(cors.takes_preflight, partial(cors.answer_preflight, room), answers_pages=True, service="s3"),
            Front(
                forms.takes_form,
                partial(forms.answer_form, room),
                streams=True,
                body_bytes_max=_FORM_BYTES_MAX,
                service="s3",
            ),
        ),
        cors=partial(cors.answer_fields, room),
        start=start,
        close=room.background.close,
    )


def s3_reader(room: Room) -> ReadObject:
    """How other services read objects."""

    async def read(call: Call, bucket: str, key: str, version_id: str | None) -> StoredObject:
        from chasqui.services.s3.objects.reader import read_object  # noqa: PLC0415  when it is called, as above

        return await read_object(room, call, bucket, key, version_id)

    return read
