"""AWS' service models as botocore ships them: operations, shapes and errors, read from the JSON when first
asked for.

Only the facts of a model live here, no protocol. botocore itself is never imported: its data files are found
beside its package and parsed, so that a server that speaks one service pays for one file. What today's
models no longer say (SQS' query protocol, namespaces of error types) is in `overlays/<service>.json` and
merged in.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

OVERLAYS = Path(__file__).parent / "overlays"


class ModelError(LookupError):
    """There is no such service, operation or shape in the models."""


class Shape:
    """One use of a shape: the shape itself with what the place that refers to it adds (location, name,
    flags).

    `members`, `member`, `key` and `value` are resolved when first asked for, since shapes may refer to
    themselves.
    """

    __slots__ = (
        "_key",
        "_member",
        "_members",
        "_service",
        "_value",
        "facts",
        "flattened",
        "location",
        "location_name",
        "name",
        "required",
        "type",
    )

    def __init__(self, service: Service, name: str, facts: Mapping[str, Any]) -> None:
        self._service = service
        self.name = name
        self.facts = facts
        self.type: str = facts["type"]
        self.location: str | None = facts.get("location")
        self.location_name: str | None = facts.get("locationName")
        self.flattened: bool = facts.get("flattened", False)
        self.required: tuple[str, ...] = tuple(facts.get("required", ()))
        self._members: dict[str, Shape] | None = None
        self._member: Shape | None = None
        self._key: Shape | None = None
        self._value: Shape | None = None

    @property
    def members(self) -> dict[str, Shape]:
        """The members of a structure, by name, in the model's order."""
        if self._members is None:
            members = self.facts.get("members", {})
            self._members = {name: self._service.resolve(ref) for name, ref in members.items()}
        return self._members

    @property
    def member(self) -> Shape:
        """What a list holds."""
        if self._member is None:
            self._member = self._service.resolve(self.facts["member"])
        return self._member

    @property
    def key(self) -> Shape:
        """A map's keys."""
        if self._key is None:
            self._key = self._service.resolve(self.facts["key"])
        return self._key

    @property
    def value(self) -> Shape:
        """A map's values."""
        if self._value is None:
            self._value = self._service.resolve(self.facts["value"])
        return self._value

    @property
    def payload(self) -> str | None:
        """The member that is the whole HTTP body, if one is."""
        payload: str | None = self.facts.get("payload")
        return payload

    @property
    def is_document(self) -> bool:
        """Whether this is a free-form JSON document."""
        return bool(self.facts.get("document"))

    @property
    def is_event_stream(self) -> bool:
        return bool(self.facts.get("eventstream"))

    @property
    def is_streaming(self) -> bool:
        return bool(self.facts.get("streaming"))

    @property
    def is_union(self) -> bool:
        return bool(self.facts.get("union"))

    @property
    def enum(self) -> tuple[str, ...]:
        return tuple(self.facts.get("enum", ()))

    def wire_name(self, member: str) -> str:
        """What a member of this structure is called on the wire."""
        return self.members[member].location_name or member

    def __repr__(self) -> str:
        return f"<Shape {self.name} {self.type}>"


class Operation:
    """An operation: its name, its HTTP binding, its input and output, the errors it may raise."""

    __slots__ = ("cache", "error_names", "facts", "input", "method", "name", "output", "service", "uri")

    def __init__(self, service: Service, facts: Mapping[str, Any]) -> None:
        self.service = service
        self.facts = facts
        self.name: str = facts["name"]
        http = facts.get("http", {})
        self.method: str = http.get("method", "POST")
        self.uri: str = http.get("requestUri", "/")
        self.input = service.resolve(facts["input"]) if "input" in facts else None
        self.output = service.resolve(facts["output"]) if "output" in facts else None
        self.error_names: tuple[str, ...] = tuple(error["shape"] for error in facts.get("errors", ()))
        # What a protocol has compiled for this operation, by the protocol's own key.
        self.cache: dict[str, Any] = {}

    @property
    def for_query(self) -> Operation:
        """This operation with the names of the query protocol."""
        service = self.service.for_query
        return self if service is self.service else service.operation(self.name)

    def __repr__(self) -> str:
        return f"<Operation {self.service.name}.{self.name}>"


class ErrorFacts(msgspec.Struct, frozen=True):
    """What a model says of one error.

    `shape` is its name in the model, `code` what the client is told, `status` the HTTP status, `query_code`
    what clients of the query protocol are told (None: the code), `sender` whether the caller is to blame.
    """

    shape: str
    code: str
    status: int
    sender: bool
    query_code: str | None = None


class Service:
    """One service's model, with its overlay merged in."""

    def __init__(self, name: str, model: Mapping[str, Any], overlay: Mapping[str, Any]) -> None:
        self.name = name
        self.metadata: Mapping[str, Any] = model["metadata"]
        self.overlay = overlay
        self._model = model
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._operations: Mapping[str, Any] = model["operations"]
        self._made: dict[str, Operation] = {}
        self._refs: dict[int, Shape] = {}
        self._errors: dict[str, ErrorFacts] | None = None
        self._for_query: Service | None = None

    @property
    def for_query(self) -> Service:
        """This service with the names of its query protocol: itself, unless the overlay has to supply
        them."""
        if self._for_query is None:
            names = self.overlay.get("query")
            self._for_query = Service(self.name, _renamed(self._model, names), self.overlay) if names else self
        return self._for_query

    @property
    def api_version(self) -> str:
        version: str = self.metadata["apiVersion"]
        return version

    @property
    def protocol(self) -> str:
        """The protocol that botocore would speak."""
        protocol: str = self.metadata["protocol"]
        return protocol

    @property
    def protocols(self) -> tuple[str, ...]:
        """Every protocol the service answers, the overlay's included."""
        declared: list[str] = self.metadata.get("protocols") or [self.protocol]
        return tuple(dict.fromkeys([self.protocol, *declared, *self.overlay.get("protocols", ())]))

    @property
    def target_prefix(self) -> str | None:
        prefix: str | None = self.metadata.get("targetPrefix")
        return prefix

    @property
    def json_version(self) -> str:
        version: str = self.metadata.get("jsonVersion", "1.0")
        return version

    @property
    def xml_namespace(self) -> str | None:
        namespace: str | None = self.overlay.get("xmlNamespace") or self.metadata.get("xmlNamespace")
        return namespace

    @property
    def signing_name(self) -> str:
        name: str = self.metadata.get("signingName") or self.metadata["endpointPrefix"]
        return name

    @property
    def endpoint_prefix(self) -> str:
        prefix: str = self.metadata["endpointPrefix"]
        return prefix

    @property
    def spoke_query(self) -> bool:
        """Whether clients of another protocol are told the query protocol's error codes too."""
        return "awsQueryCompatible" in self.metadata

    @property
    def operation_names(self) -> tuple[str, ...]:
        return tuple(self._operations)

    @property
    def shape_names(self) -> tuple[str, ...]:
        return tuple(self._shapes)

    def operations(self) -> Iterator[Operation]:
        return (self.operation(name) for name in self._operations)

    def operation(self, name: str) -> Operation:
        """The operation of that name; `ModelError` if there is none."""
        made = self._made.get(name)
        if made is None:
            facts = self._operations.get(name)
            if facts is None:
                raise ModelError(f"{self.name} has no operation {name}")
            made = self._made[name] = Operation(self, facts)
        return made

    def shape(self, name: str) -> Shape:
        """The shape of that name, without what a reference would add."""
        if name not in self._shapes:
            raise ModelError(f"{self.name} has no shape {name}")
        return Shape(self, name, self._shapes[name])

    def resolve(self, ref: Mapping[str, Any]) -> Shape:
        """A reference to a shape (`{"shape": …, "locationName": …}`) as a `Shape`; the same one every
        time."""
        shape = self._refs.get(id(ref))
        if shape is None:
            name = ref["shape"]
            facts = dict(self._shapes[name])
            facts.update((key, value) for key, value in ref.items() if key not in ("shape", "documentation"))
            # The model outlives its shapes, so an id is never used twice.
            shape = self._refs[id(ref)] = Shape(self, name, facts)
        return shape

    @property
    def errors(self) -> Mapping[str, ErrorFacts]:
        """The modelled errors, by shape name, by code and by the query protocol's code."""
        if self._errors is None:
            self._errors = {}
            for name, facts in self._shapes.items():
                if facts.get("exception") or "error" in facts:
                    made = self._error(name, facts)
                    self._errors[name] = made
                    self._errors.setdefault(made.code, made)
            for name, legacy in self.overlay.get("errors", {}).items():
                made = self._errors.get(name) or self._error(name, {})
                self._errors.update({name: made, legacy["code"]: made})
        return self._errors

    def _error(self, name: str, facts: Mapping[str, Any]) -> ErrorFacts:
        error = facts.get("error", {})
        legacy = self.overlay.get("errors", {}).get(name, {})
        sender = legacy.get("sender", error.get("senderFault", not facts.get("fault", False)))
        default = 400 if sender else 500
        return ErrorFacts(
            shape=name,
            code=error.get("code", name),
            status=legacy.get("status") or error.get("httpStatusCode") or default,
            sender=sender,
            query_code=legacy.get("code"),
        )


def _renamed(model: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """A model with an overlay's names laid over its shapes and operations."""
    shapes = dict(model["shapes"])
    for name, added in names["shapes"].items():
        shape = dict(shapes[name])
        for part, value in added.items():
            if part == "members":
                shape[part] = dict(shape[part])
                shape[part].update((member, {**shape[part][member], **ref}) for member, ref in value.items())
            else:
                shape[part] = {**shape[part], **value} if isinstance(value, dict) else value
        shapes[name] = shape
    operations = dict(model["operations"])
    for name, added in names["operations"].items():
        operations[name] = {**operations[name], "output": {**operations[name]["output"], **added}}
    return {**model, "shapes": shapes, "operations": operations}


def read_model_file(service: str) -> dict[str, Any]:
    """botocore's newest `service-2.json` of a service, as it is."""
    data = _botocore_data() / service
    versions = sorted(path for path in data.glob("*") if path.is_dir()) if data.is_dir() else []
    for version in reversed(versions):
        packed = version / "service-2.json.gz"
        if packed.exists():
            return _decode(gzip.decompress(packed.read_bytes()))
        plain = version / "service-2.json"
        if plain.exists():
            return _decode(plain.read_bytes())
    raise ModelError(f"botocore has no model of {service!r}")


@functools.cache
def load_service(name: str) -> Service:
    """A service's model by botocore's name of it (`sqs`, `stepfunctions`, …), read once."""
    path = OVERLAYS / f"{name}.json"
    overlay = _decode(path.read_bytes()) if path.exists() else {}
    return Service(name, read_model_file(name), overlay)


@functools.cache
def _botocore_data() -> Path:
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModelError("botocore is not installed")
    return Path(spec.origin).parent / "data"


def _decode(content: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(content)
    return decoded
