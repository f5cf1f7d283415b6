"""What runs functions, as the rest of Lambda sees it: a `Runner` is given a `Deployment` and an `Invocation`, and says
how it ended. Only values and protocols live here: read it first.

Sources: Lambda developer guide, "Using the Lambda runtime API for custom runtimes", "Understanding the Lambda execution
environment lifecycle".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from chasqui.base.errors import ChasquiError


class Package(msgspec.Struct, frozen=True):
    """A zip in the store: its blob's key, its SHA-256 (base64) and its size in bytes."""

    blob: str
    sha256: str
    size: int


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that running one version of a function takes. `id` differs whenever any of it does (a revision): warm
    environments are kept by it. `code` is None for images (`image` is the URI then). `role` is the execution role's
    ARN, whose credentials the function gets. `log_group` is where its output goes."""

    id: str
    account: str
    region: str
    name: str
    version: str
    arn: str
    """The version's own ARN, qualified unless it is $LATEST."""
    runtime: str
    handler: str
    role: str
    memory_mb: int
    timeout_ms: int
    ephemeral_mb: int
    environment: Mapping[str, str]
    code: Package | None
    layers: tuple[Package, ...] = ()
    image: str | None = None
    image_config: Mapping[str, object] = {}
    log_group: str
    log_format: Literal["Text", "JSON"] = "Text"
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"
    architecture: str = "x86_64"
    initialization: Literal["on-demand", "provisioned-concurrency"] = "on-demand"


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One event for a function. `function_arn` is the ARN that was invoked, with its qualifier as the caller gave it;
    `client_context` is JSON text (decoded already). `trace_id` is an X-Ray header, "" for none."""

    request_id: str
    payload: bytes
    function_arn: str
    client_context: str = ""
    cognito_identity: str = ""
    trace_id: str = ""
    tail: bool = False
    """Whether the last 4 KB of the log are wanted."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How an invocation ended.

    `error` is "" when the function returned; else "Unhandled" (what X-Amz-Function-Error says), and `payload` is the
    error's JSON (errorMessage, errorType, …) as the runtime gave it or, when it timed out, exited or ran out of
    memory, as Lambda words it. When the answer was streamed `payload` is empty. `init_ms` is None when the environment
    was warm.
    """

    payload: bytes
    error: str = ""
    log_tail: bytes = b""
    duration_ms: float = 0.0
    billed_ms: int = 0
    memory_used_mb: int = 0
    init_ms: float | None = None
    log_stream: str = ""
    content_type: str = "application/json"


class CannotRun(ChasquiError):
    """The function can not be started on this machine: `code` and text are what the API tells (for example
    "InvalidRuntimeException": no interpreter here)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Faulty(ChasquiError):
    """The function can not be started because of what it is: its invocations end with this error, of this type."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Stream(Protocol):
    """Where a streamed answer goes. Its calls come in this order; `finished` is the `Runner`'s return."""

    async def begin(self, content_type: str, prelude: bytes | None) -> None:
        """The answer begins. `prelude` is the JSON of status, headers and cookies where the function gave one (content
        type application/vnd.awslambda.http-integration-response)."""
        ...

    async def write(self, piece: bytes) -> None:
        """Returns when there is room for more."""
        ...


class Runner(Protocol):
    """Runs functions in environments of its own: at most one invocation at a time in each."""

    async def run(self, deployment: Deployment, invocation: Invocation, stream: Stream | None = None) -> Finished:
        """Run it in a warm environment, or a new one; waits when the machine has no room for one. It always ends: at
        the function's timeout at the latest (initialisation has its own). Raises `CannotRun`. When the caller is
        cancelled the function goes on to its end, as on AWS. With a `stream`, an answer is streamed if the runtime
        streams, else written in one piece."""
        ...

    async def provision(self, deployment: Deployment, count: int) -> int:
        """Keep so many environments initialised (0: none any more); returns how many are. They are there again after a
        crash of one. Raises `CannotRun`."""
        ...

    def retire(self, name: str, keep: frozenset[str]) -> None:
        """Of the function ("account/region/name") only deployments with these ids are run from now on: idle
        environments of others end now, busy ones when they are done."""
        ...

    def supports(self, runtime: str) -> str | None:
        """None when this machine can run functions of this runtime ("python3.12", "nodejs20.x", "provided.al2023",
        "java21", "image"); else why it can not, in words for the API's refusal."""
        ...

    def statistics(self) -> Mapping[str, object]:
        """Figures for metrics and health: environments idle and busy, cold starts, kills."""
        ...

    async def close(self) -> None:
        """End every environment. What is running gets a moment to end."""
        ...
