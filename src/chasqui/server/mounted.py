"""The mounted services: their operations by name, and the catalogue that requests are routed with.

What is hot is there when the server starts. Everything else (other services' tables and types, the models that routing
reads) is loaded on a thread when a request first needs it, so that it costs neither memory nor the start of servers
that never use it.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from chasqui.access.admission import Door
from chasqui.access.sigv4.refusals import Family
from chasqui.base.service import Operation, Service
from chasqui.wire import routing
from chasqui.wire.forms import FormDecoder
from chasqui.wire.json import StructDecoder
from chasqui.wire.model import Service as Model
from chasqui.wire.model import load_service

_JSON_1_0 = ((b"content-type", b"application/x-amz-json-1.0"),)
_JSON_1_1 = ((b"content-type", b"application/x-amz-json-1.1"),)


class NoInput(msgspec.Struct):
    """The input of operations that take nothing."""


class Endpoint:
    """One operation of one service, ready to be called."""

    __slots__ = (
        "action", "body_bytes_max", "body_check", "checked", "common", "decode", "decode_form", "decode_slowly", "door",
        "event_stream", "headers", "input", "name", "operation", "payload", "personal", "polls", "prefix", "public",
        "room", "service_name",
    )  # fmt: skip

    def __init__(self, service: Service, name: str, operation: Operation, model: Model) -> None:
        table = service.table()
        self.service_name = service.name
        self.prefix = model.endpoint_prefix
        self.name = name
        self.operation = operation
        self.action = table.actions[name]
        self.room = service.room
        self.checked = not service.own_words
        self.public = service.public
        self.input = table.inputs.get(name, NoInput)
        # The strict decoder, and the one that knows what else AWS takes and how it words a refusal.
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(self.input).decode
        self.decode_slowly = StructDecoder(self.input, service.name, name)
        # Forms that services check themselves, where nothing in them has parts.
        plain = service.own_words and "query" in model.protocols and name in table.inputs
        self.decode_form = FormDecoder(self.input) if plain else None
        self.headers = _JSON_1_1 if model.json_version == "1.1" else _JSON_1_0
        self.door = door_of(model, name)
        self.personal = service.personal
        self.polls = name in table.polls
        #: How large a body may be, where that is not the server's setting.
        self.body_bytes_max = table.body_bytes_max.get(name)
        self.body_check = table.bodies.get(name)
        #: The member of its input that is an `Incoming`, "" for none.
        shape = model.operation(name)
        self.payload = (shape.input.payload or "") if name in table.streams and shape.input is not None else ""
        #: The member of its output that is an event stream, "" for none, where that is no payload.
        members = shape.output.members.items() if shape.output is not None and not shape.output.payload else ()
        self.event_stream = next((each for each, member in members if member.is_event_stream), "")
        #: Fields that its answers always have.
        self.common = table.headers.get(name, ())


_FAMILIES: dict[str, Family] = {"query": "query", "ec2": "query", "rest-json": "rest-json", "rest-xml": "s3"}


def door_of(model: Model, operation: str) -> Door:
    """What requests for an operation may be signed for, and how their refusals are called. Services that once spoke
    query still use its codes."""
    family = "query" if model.spoke_query else _FAMILIES.get(model.protocol, "json")
    names = frozenset((model.signing_name, model.endpoint_prefix, model.name))
    return Door(names, family, model.operation(operation).facts.get("authtype") == "v4-unsigned-body")


class Mounted:
    """The services of a server."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = {service.name: service for service in services}
        self.targets: dict[bytes, Endpoint] = {}
        """Operations of hot services by their target header."""
        self._endpoints: dict[str, dict[str, Endpoint]] = {}
        self._catalogue: routing.Catalogue | None = None
        for service in self.services.values():
            if service.hot:
                self._load(service.name)

    def _load(self, name: str) -> dict[str, Endpoint]:
        service, model = self.services[name], load_service(name)
        operations = service.table().operations
        endpoints = {each: Endpoint(service, each, operation, model) for each, operation in operations.items()}
        if service.hot and model.target_prefix:
            self.targets.update((f"{model.target_prefix}.{each}".encode(), found) for each, found in endpoints.items())
        self._endpoints[name] = endpoints
        return endpoints

    async def catalogue(self) -> routing.Catalogue:
        """What requests are routed with."""
        if self._catalogue is None:
            names = list(self.services)
            self._catalogue = await asyncio.get_running_loop().run_in_executor(None, routing.Catalogue, names)
        return self._catalogue

    async def endpoint(self, service: str, operation: str) -> Endpoint | None:
        """The operation, or None where it is not implemented."""
        found = self._endpoints.get(service)
        if found is None:
            found = await asyncio.get_running_loop().run_in_executor(None, self._load, service)
            # It stays for good: nothing that the collector need look at, holding the loop.
            gc.freeze()
        return found.get(operation)

    async def capabilities(self) -> Mapping[str, list[str]]:
        """The operations that are implemented, by service: what is not listed answers with an error."""
        for name in self.services:
            await self.endpoint(name, "")
        return {name: sorted(self._endpoints[name]) for name in sorted(self._endpoints)}
