"""S3 as the application mounts it. Nothing here may import what the service is made of: that comes when it is called,
or when there are buckets to work for."""

from __future__ import annotations

from functools import partial

from chasqui.base.fronts import Front
from chasqui.base.service import Service
from chasqui.services.s3.browsers import cors
from chasqui.services.s3.room import Room


def s3_service(room: Room) -> Service:
    """S3 on these dependencies."""
    return Service(
        name="s3",
        module="chasqui.services.s3.table",
        room=room,
        own_words=True,
        public=True,
        personal=True,
        fronts=(Front(cors.takes_preflight, partial(cors.answer_preflight, room), answers_pages=True),),
        cors=partial(cors.answer_fields, room),
        close=room.background.close,
    )
