"""A request to a service, an operation and a protocol: `route`, one pure function over a `Catalogue`.

The order of the questions matters and is the order of the functions below: an SDK's target header, Smithy's
paths, the server's own paths, a query action, REST paths, and S3 for everything else. Nothing here looks
into parameters beyond `Action` and `Version`, and nothing checks a signature: the credential scope is read
for the service it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from chasqui.base.errors import ServiceError
from chasqui.wire.model import Service, load_service
from chasqui.wire.paths import Entry, PathTrie, choose
from chasqui.wire.protocol import Request

CONTROL_PREFIXES = ("/_chasqui/", "/_localstack/", "/_aws/", "/SimpleNotificationService-")
QUEUE_PATH = re.compile(r"/(?:queue/[a-z0-9-]+/)?[0-9]{12}/[^/]+/?")
S3_HOST = re.compile(r"s3(?:[.-].*)?", re.IGNORECASE)
# Names under which a bucket's name may stand before S3's: AWS' own, and those of this machine. Under any other the path
# names the bucket, for the host is the server's.
_BUCKET = r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\."
BUCKET_HOST = re.compile(
    _BUCKET + r"s3(?:[.-][a-z0-9-]+)*?\.(?:amazonaws\.com(?:\.cn)?|localhost(?:\.localstack\.cloud)?)", re.IGNORECASE
)
BUCKET_LOCALHOST = re.compile(_BUCKET + "localhost", re.IGNORECASE)
CREDENTIAL = re.compile(rb"Credential=[^/,\s]*/[^/,\s]*/[^/,\s]*/([^/,\s]+)/aws4_request")
QUERY_CREDENTIAL = re.compile(r"(?:^|&)X-Amz-Credential=([^&]*)")
ACTION = b"Action"
VERSION = b"Version"
_PARAMETER_LENGTH_MAX = 256


class Route(NamedTuple):
    """Where a request goes. `service` and `operation` are "" when there is none.

    `control` is the path of one of the server's own endpoints. `path` stands for the request's path where
    that names its bucket in the host. `error` is what to answer, in `protocol`, instead of calling anything.
    """

    service: str
    operation: str
    protocol: str
    control: str = ""
    path: str = ""
    error: ServiceError | None = None


class Catalogue:
    """The services that a server has, indexed by what requests name them with."""

    def __init__(self, services: Iterable[str]) -> None:
        self.services: dict[str, Service] = {name: load_service(name) for name in services}
        # What an SDK's target header says, whole; the hot path.
        self.targets: dict[bytes, Route] = {}
        self.prefixes: dict[str, Service] = {}
        # Names in credential scopes and hosts.
        self.names: dict[str, list[Service]] = {}
        self.versions: dict[str, Service] = {}
        self.rpc: dict[str, Service] = {}
        self.rest = PathTrie()
        self.s3 = PathTrie()
        for service in self.services.values():
            self._add(service)

    def _add(self, service: Service) -> None:
        for name in dict.fromkeys((service.signing_name, service.endpoint_prefix, service.name)):
            self.names.setdefault(name.lower(), []).append(service)
        if service.target_prefix:
            self.prefixes[service.target_prefix] = service
            protocol = json_protocol(service)
            for name in service.operation_names:
                self.targets[f"{service.target_prefix}.{name}".encode()] = Route(service.name, name, protocol)
        if "smithy-rpc-v2-cbor" in service.protocols:
            self.rpc[service.metadata["serviceId"].replace(" ", "")] = service
            self.rpc[service.target_prefix or service.name] = service
        if "query" in service.protocols:
            self.versions[service.api_version] = service
        if service.protocol in ("rest-json", "rest-xml"):
            trie = self.s3 if service.name == "s3" else self.rest
            for operation in service.operations():
                trie.add(operation)

    @property
    def query_services(self) -> Iterable[Service]:
        return self.versions.values()

    def named(self, name: str | None, protocol: str) -> Service | None:
        """The service that a scope or host names, if it speaks that protocol."""
        for service in self.names.get(name or "", ()):
            if protocol in service.protocols:
                return service
        return None


def route(catalogue: Catalogue, request: Request) -> Route:
    """Where a request goes; never raises."""
    target = request.headers.get(b"x-amz-target")
    if target is not None:
        found = catalogue.targets.get(target)
        if found is None:
            return _unknown_target(catalogue, request, target)
        return found._replace(protocol="cbor-1.1") if _speaks_cbor(request) else found
    if b"smithy-protocol" in request.headers:
        return _by_rpc_path(catalogue, request)
    return (
        _control(request)
        or _by_action(catalogue, request)
        or _by_rest_path(catalogue, request)
        or _without_service(catalogue, request)
    )


def json_protocol(service: Service) -> str:
    return f"json-{service.json_version}"


# ----------------------------------------------------------------------------------------------- what
# requests name


def scope_service(request: Request) -> str | None:
    """The service in the credential scope, of the Authorization header or of a presigned query; "s3" for
    Signature Version 2, which only S3 still knows."""
    authorization = request.headers.get(b"authorization")
    if authorization:
        match = CREDENTIAL.search(authorization)
        if match:
            return match[1].decode("latin-1").lower()
        return "s3" if authorization.startswith(b"AWS ") else None
    presigned = QUERY_CREDENTIAL.search(request.query) if request.query else None
    if presigned:
        parts = unquote(presigned[1]).split("/")
        return parts[3].lower() if len(parts) == 5 else None
    return "s3" if "AWSAccessKeyId=" in request.query else None


def host_labels(request: Request) -> list[str]:
    host = request.header(b"host") or request.header(b":authority") or ""
    return host.rsplit(":", 1)[0].lower().split(".") if host else []


def bucket_in_host(host: str) -> str:
    """The bucket that a host names ("photos.s3.eu-west-1.amazonaws.com", "photos.localhost:4566"), "" when it names
    none. `s3.localhost` and the like are S3's own."""
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    match = BUCKET_HOST.fullmatch(name)
    if match is None and not S3_HOST.fullmatch(name):
        match = BUCKET_LOCALHOST.fullmatch(name)
    return match["bucket"].lower() if match is not None else ""


def host_service(catalogue: Catalogue, request: Request) -> str | None:
    """The service in the host: `sqs.us-east-1.…`, and SQS' legacy `us-east-1.queue.…` and `queue.…`."""
    labels = host_labels(request)
    if "queue" in labels[:2]:
        return "sqs"
    return labels[0] if len(labels) > 1 and labels[0] in catalogue.names else None


def _speaks_cbor(request: Request) -> bool:
    return request.headers.get(b"content-type", b"").startswith(b"application/x-amz-cbor")


# ------------------------------------------------------------------------------------------------------ the
# targets


def unknown_operation(status: int = 400) -> ServiceError:
    """AWS gives no message with it."""
    return ServiceError("UnknownOperationException", "", status=status)


def _unknown_target(catalogue: Catalogue, request: Request, target: bytes) -> Route:
    prefix = target.decode("latin-1").rpartition(".")[0]
    service = catalogue.prefixes.get(prefix) or catalogue.named(scope_service(request), "json")
    if _speaks_cbor(request):
        protocol = "cbor-1.1"
    elif service is not None:
        protocol = json_protocol(service)
    else:
        protocol = "json-1.1" if b"json-1.1" in request.headers.get(b"content-type", b"") else "json-1.0"
    return Route(service.name if service else "", "", protocol, error=unknown_operation())


def _by_rpc_path(catalogue: Catalogue, request: Request) -> Route:
    protocol = "smithy-rpc-v2-cbor"
    parts = request.path.strip("/").split("/")
    # A prefix before `/service` is allowed: an SDK may be given an endpoint that has a path.
    if len(parts) >= 4 and parts[-4] == "service" and parts[-2] == "operation":
        service = catalogue.rpc.get(parts[-3].rpartition(".")[2])
        if service is not None:
            if parts[-1] in service.operation_names and request.method == "POST":
                return Route(service.name, parts[-1], protocol)
            return Route(service.name, "", protocol, error=unknown_operation(404))
    return Route("", "", protocol, error=unknown_operation(404))


# ------------------------------------------------------------------------------------------------- the
# server's own


def _control(request: Request) -> Route | None:
    path = request.path
    if path.startswith(CONTROL_PREFIXES) or path in ("/_chasqui", "/_localstack", "/_aws"):
        return Route("", "", "rest-json", control=path)
    if path != "/" or request.method not in ("GET", "HEAD"):
        return None
    anonymous = scope_service(request) is None and b"authorization" not in request.headers
    if (
        anonymous
        and _parameter(_query_bytes(request), ACTION) is None
        and not S3_HOST.fullmatch(".".join(host_labels(request)))
        and not bucket_in_host(".".join(host_labels(request)))
    ):
        return Route("", "", "rest-json", control="/")
    return None


# ---------------------------------------------------------------------------------------------------- query
# actions


def _by_action(catalogue: Catalogue, request: Request) -> Route | None:
    scope = scope_service(request)
    if scope in catalogue.names and not catalogue.named(scope, "query"):
        # Signed for a service that has no actions: an `Action` there is a parameter like any other.
        return None
    form = _form(request)
    action = _parameter(form, ACTION)
    service = _query_service(catalogue, request, scope, form)
    if action is None:
        if service is not None and scope is not None and request.method == "POST":
            return _without_action(service, request)
        return None
    name = unquote(action.replace(b"+", b" ").decode("latin-1"))
    service = service or next((each for each in catalogue.query_services if name in each.operation_names), None)
    if service is not None and name in service.operation_names:
        return Route(service.name, name, "query")
    if service is None and not _is_form(request):
        return None
    error = ServiceError("InvalidAction", f"The action {name} is not valid for this endpoint.", status=400)
    return Route(service.name if service else "", "", "query", error=error)


def _query_service(catalogue: Catalogue, request: Request, scope: str | None, form: bytes) -> Service | None:
    """The service of an action: by the scope, the host, a queue's URL, else by the version of its API."""
    for name in (scope, host_service(catalogue, request)):
        service = catalogue.named(name, "query")
        if service is not None:
            return service
    if QUEUE_PATH.fullmatch(request.path):
        service = catalogue.named("sqs", "query")
        if service is not None:
            return service
    version = _parameter(form, VERSION)
    return catalogue.versions.get(version.decode("latin-1")) if version is not None else None


def _parameter(form: bytes, name: bytes) -> bytes | None:
    """The first parameter of this name in a form, of which nothing is known yet: found without looking at each byte
    in Python, or a large one would take the event loop's time before anybody knows whose it is."""
    wanted = name + b"="
    if form.startswith(wanted):
        at = len(wanted)
    else:
        found = [place for place in (form.find(mark + wanted) for mark in (b"&", b"?")) if place >= 0]
        if not found:
            return None
        at = min(found) + 1 + len(wanted)
    end = form.find(b"&", at, at + _PARAMETER_LENGTH_MAX)
    return form[at : end if end >= 0 else at + _PARAMETER_LENGTH_MAX]


def _is_form(request: Request) -> bool:
    return request.headers.get(b"content-type", b"").lower().startswith(b"application/x-www-form-urlencoded")


def _form(request: Request) -> bytes:
    query = _query_bytes(request)
    return query + b"&" + request.body if _is_form(request) else query


def _query_bytes(request: Request) -> bytes:
    return request.query.encode("utf-8", "surrogatepass")


def _without_action(service: Service, request: Request) -> Route:
    if b"x-amz-json" in request.headers.get(b"content-type", b""):
        protocol = json_protocol(service) if service.target_prefix else "json-1.0"
        return Route(service.name, "", protocol, error=unknown_operation())
    error = ServiceError("MissingAction", "The request must contain the parameter Action.", status=400)
    return Route(service.name, "", "query", error=error)


# -------------------------------------------------------------------------------------------------------
# REST paths


def _by_rest_path(catalogue: Catalogue, request: Request) -> Route | None:
    scope = scope_service(request)
    if scope != "s3":
        allowed = {service.name for service in catalogue.names.get(scope or "", ())}
        found = _rest_operation(catalogue, request, allowed)
        if found is not None:
            return Route(found.service, found.operation.name, found.operation.service.protocol)
        rest = catalogue.named(scope, "rest-json")
        if rest is not None:
            return Route(rest.name, "", "rest-json", error=unknown_operation(404))
    if scope is None and QUEUE_PATH.fullmatch(request.path) and catalogue.named("sqs", "query"):
        return None  # a queue's URL without an action, rather than a bucket called as an account is
    if "s3" in catalogue.services and (scope == "s3" or scope not in catalogue.names):
        return _s3(catalogue, request)
    return None


def _rest_operation(catalogue: Catalogue, request: Request, allowed: set[str]) -> Entry | None:
    query: Mapping[str, str] | None = None
    for entries in catalogue.rest.find(request.method, request.path):
        candidates = [entry for entry in entries if entry.service in allowed] if allowed else entries
        if not candidates:
            continue
        query = _query_names(request.query) if query is None else query
        if len({entry.service for entry in candidates}) > 1:
            candidates = _of_one_service(candidates, request.path)
        found = choose(candidates, query, request.headers)
        if found is not None:
            return found
    return None


def _of_one_service(entries: list[Entry], path: str) -> list[Entry]:
    """Those of the service that an ARN in the path belongs to, else of the first."""
    arn = re.search(r"arn(?:%3A|:)[a-z-]+(?:%3A|:)([a-z0-9-]+)", path, re.IGNORECASE)
    owner = arn[1].lower() if arn else ""
    named = [entry for entry in entries if owner in (entry.operation.service.signing_name, entry.service)]
    chosen = (named or entries)[0].service
    return [entry for entry in entries if entry.service == chosen]


def _query_names(query: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        names[unquote(name)] = unquote(value)
    return names


def _s3(catalogue: Catalogue, request: Request) -> Route:
    path = request.path
    bucket = bucket_in_host(request.header(b"host") or request.header(b":authority") or "")
    if bucket:
        path = f"/{bucket}{path}"
    names = _query_names(request.query)
    for entries in catalogue.s3.find(request.method, path):
        found = choose(entries, names, request.headers)
        if found is not None:
            return Route("s3", found.operation.name, "rest-xml", path=path if path != request.path else "")
    error = ServiceError("MethodNotAllowed", "The specified method is not allowed against this resource.", status=405)
    return Route("s3", "", "rest-xml", error=error)


def _without_service(catalogue: Catalogue, request: Request) -> Route:
    """What nothing answers to: told in the protocol that the request looks like."""
    content_type = request.headers.get(b"content-type", b"")
    if b"x-amz-json" in content_type:
        protocol = "json-1.1" if b"json-1.1" in content_type else "json-1.0"
        return Route("", "", protocol, error=unknown_operation())
    queue = QUEUE_PATH.fullmatch(request.path) and catalogue.named("sqs", "query")
    if queue or _is_form(request):
        error = ServiceError("MissingAction", "The request must contain the parameter Action.", status=400)
        return Route("sqs" if queue else "", "", "query", error=error)
    return Route("", "", "rest-json", error=unknown_operation(404))
