"""S3 as the application mounts it. Nothing here may import what the service is made of: that comes when it is called,
or when there are buckets to work for."""

from __future__ import annotations

from functools import partial

from chasqui.base.call import Call
from chasqui.base.fronts import Front
from chasqui.base.service import Service
from chasqui.fabric.objects import ReadObject, StoredObject
from chasqui.services.s3.browsers import cors, forms
from chasqui.services.s3.documents import ENDED, GARBAGE
from chasqui.services.s3.room import Room

_FORM_BYTES_MAX = 6 * 1024**3
"""The largest file of a form is smaller: `S3Quotas.put_bytes_max` decides."""


def s3_service(room: Room) -> Service:
    """S3 on these dependencies."""
    room.store.watch_resources(GARBAGE, lambda _owner, _name: room.collector.look())
    room.store.watch_resources(ENDED, lambda _owner, _name: room.sweeper.look())

    async def start() -> None:
        if await room.store.resources(GARBAGE, limit=1):
            room.collector.look()
        if await room.store.resources(ENDED, limit=1):
            room.sweeper.look()

    form = partial(forms.answer_form, room)
    return Service(
        name="s3",
        module="chasqui.services.s3.table",
        room=room,
        own_words=True,
        public=True,
        personal=True,
        start=start,
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
        close=room.background.close,
    )


def s3_reader(room: Room) -> ReadObject:
    """How other services read objects."""

    async def read(call: Call, bucket: str, key: str, version_id: str | None) -> StoredObject:
        from chasqui.services.s3.objects.reader import read_object  # noqa: PLC0415  when it is called, as above

        return await read_object(room, call, bucket, key, version_id)

    return read
