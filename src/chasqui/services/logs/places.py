"""Which log group or stream a request means: names, ARNs with and without their ":*", and their documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

from chasqui.base.arn import parse_arn, partition_of
from chasqui.base.call import Call, owner_of
from chasqui.services.logs import errors
from chasqui.services.logs.service import Room
from chasqui.store.port import Resource
from chasqui.telemetry.log_groups import GROUP, STREAM, stream_name

Place = tuple[str, str]
"""A group's owner ("account/region") and name."""

_PAGE = 1000


def group_arn(owner: str, group: str) -> str:
    """A log group's ARN, without ":*"."""
    account, _, region = owner.partition("/")
    return f"arn:{partition_of(region)}:logs:{region}:{account}:log-group:{group}"


def stream_arn(owner: str, group: str, stream: str) -> str:
    """A log stream's ARN."""
    return f"{group_arn(owner, group)}:log-stream:{stream}"


def place_of_arn(text: str) -> Place | None:
    """The group of an ARN, which may end with ":*"; None where it is none."""
    arn = parse_arn(text)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    name = arn.resource.removeprefix("log-group:").removesuffix(":*")
    return None if ":" in name or not name else (f"{arn.account}/{arn.region}", name)


def place_of(call: Call, name: str | None, identifier: str | None) -> Place:
    """The group that a request names by one of the two. Raises `InvalidParameterException`."""
    if (name is None) == (identifier is None):
        raise errors.invalid("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    if name is not None:
        return owner_of(call), name
    assert identifier is not None
    if not identifier.startswith("arn:"):
        return owner_of(call), identifier
    place = None if identifier.endswith("*") else place_of_arn(identifier)
    if place is None:
        raise errors.invalid("The specified logGroupIdentifier is invalid.")
    return place


async def group_at(room: Room, place: Place) -> Resource:
    """The group. Raises `ResourceNotFoundException`."""
    found = await room.store.resource(GROUP, *place)
    if found is None:
        raise errors.no_group()
    return found


async def stream_at(room: Room, place: Place, stream: str) -> Resource:
    """A stream of a group that is there. Raises `ResourceNotFoundException`."""
    found = await room.store.resource(STREAM, place[0], stream_name(place[1], stream))
    if found is None:
        raise errors.no_stream()
    return found


async def streams_of(room: Room, place: Place, prefix: str = "", after: str = "") -> AsyncIterator[Resource]:
    """The streams of a group by name, those after `after`."""
    owner, group = place
    prefix = stream_name(group, prefix)
    last = stream_name(group, after) if after else ""
    while True:
        page = await room.store.resources(STREAM, owner, prefix=prefix, after=(owner, last), limit=_PAGE)
        for each in page:
            yield each
        if len(page) < _PAGE:
            return
        last = page[-1].name
