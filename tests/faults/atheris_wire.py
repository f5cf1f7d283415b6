"""A coverage-guided fuzzer of routing and the wire layer, for long runs by hand.

    .venv/bin/python tests/faults/atheris_wire.py -max_total_time=3600 [corpus folder]

It routes each input as a request and parses it by the protocol that was found, in this process and without a socket. A
`ServiceError` is the only way a request may be refused; anything else that is raised is a finding, which libFuzzer
writes to a file (`crash-…`) that can be given as the argument to see it again.
"""

from __future__ import annotations

import contextlib
import sys

try:
    import atheris
except ImportError:  # not on every platform; the tests do not need it
    atheris = None

_PATHS = ("/", "/000000000000/q", "/service/AmazonSQS/operation/SendMessage", "/service//operation/", "/x/y/z")
_TYPES = (
    b"application/x-amz-json-1.0",
    b"application/x-amz-json-1.1",
    b"application/x-www-form-urlencoded",
    b"application/x-amz-cbor-1.1",
    b"application/cbor",
    b"",
)


def make_target():  # type: ignore[no-untyped-def]
    """What libFuzzer calls with each input."""
    with atheris.instrument_imports(include=["chasqui"]):
        from chasqui.base.errors import ServiceError
        from chasqui.services.sqs.service import OPERATIONS
        from chasqui.services.sqs.types import INPUTS
        from chasqui.wire import routing
        from chasqui.wire.json import StructDecoder
        from chasqui.wire.model import load_service
        from chasqui.wire.protocol import Request
        from chasqui.wire.registry import PROTOCOLS
    catalogue = routing.Catalogue(["sqs"])
    operations = sorted(OPERATIONS)
    decoders = {name: StructDecoder(INPUTS[name], "sqs", name) for name in operations}

    def one_input(data: bytes) -> None:
        if len(data) < 4:
            return
        name = operations[data[0] % len(operations)]
        path = _PATHS[data[1] % len(_PATHS)]
        headers = {b"host": b"localhost", b"content-type": _TYPES[data[2] % len(_TYPES)]}
        if data[3] & 1:
            headers[b"x-amz-target"] = b"AmazonSQS." + (name.encode() if data[3] & 2 else b"?")
        if data[3] & 4:
            headers[b"smithy-protocol"] = b"rpc-v2-cbor"
        body = data[4:]
        if data[3] & 8:
            body = f"Action={name}&".encode() + body
        query = body[:200].decode("latin-1") if data[3] & 16 else ""
        request = Request("POST", path, query, headers, body)
        route = routing.route(catalogue, request)
        with contextlib.suppress(ServiceError):
            if route.error is None and route.service:
                PROTOCOLS[route.protocol].parse(load_service(route.service).operation(route.operation), request)
        with contextlib.suppress(ServiceError):
            decoders[name](body)

    return one_input


def main() -> None:
    if atheris is None:
        sys.exit("atheris is not installed: pip install atheris")
    atheris.Setup(sys.argv, make_target())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
