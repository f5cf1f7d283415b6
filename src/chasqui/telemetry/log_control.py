"""`/_chasqui/logs`: what services have written into log groups, for who has no API of CloudWatch Logs' at hand."""

from __future__ import annotations

from collections.abc import Mapping

from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.base.times import iso_time
from chasqui.telemetry.log_groups import GROUP, LogGroups
from chasqui.telemetry.log_reading import LogReading

_EVENTS_MAX = 10_000
_NAMES_MAX = 1000


def log_endpoints(groups: LogGroups) -> Mapping[tuple[str, str], Endpoint]:
    """(method, path) to endpoint: the groups of an account and region, a group's streams, a stream's newest events."""
    reading = LogReading(groups)

    async def logs(request: ControlRequest) -> Answer:
        owner = f"{request.parameter('account', '000000000000')}/{request.parameter('region', 'us-east-1')}"
        group, stream = request.parameter("group"), request.parameter("stream")
        if not group:
            prefix, after = request.parameter("prefix"), request.parameter("after")
            names = await reading.groups(owner, GROUP, prefix=prefix, after=after, limit=_NAMES_MAX)
            return Answer({"groups": names})
        streams = [stream] if stream else await reading.streams(owner, group, limit=_NAMES_MAX)
        limit = request.number("limit", 100, _EVENTS_MAX)
        found = [(name, event) for name in streams for event in await reading.tail(owner, group, name, limit)]
        found.sort(key=lambda each: each[1].at_ms)
        events = [
            {"stream": name, "time": iso_time(event.at_ms), "message": event.message} for name, event in found[-limit:]
        ]
        return Answer({"group": group, "streams": streams, "events": events})

    return {("GET", "/_chasqui/logs"): Endpoint(logs, "chasqui:ReadLogs")}
