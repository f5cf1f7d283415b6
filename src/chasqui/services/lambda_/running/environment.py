"""An execution environment: one process of a function, its Runtime API and its log, from first to last.

It is a state machine that the runtime's requests, the process' end and a timer move; no task is on the way of an
invocation. STARTING until its process runs, INITIALISING until the runtime asks for the first event, IDLE while
it waits for one, BUSY until it has answered, ANSWERED until it asks for the next, GONE at the end.

Source: Lambda developer guide, "Understanding the Lambda execution environment lifecycle".
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from chasqui.services.lambda_.running import report
from chasqui.services.lambda_.running.contract import Finished
from chasqui.services.lambda_.running.output import Output
from chasqui.services.lambda_.running.peers import Peer, holds
from chasqui.services.lambda_.running.processes import Command, Process, descendants, memory_mb
from chasqui.services.lambda_.running.runtime_api import Connection
from chasqui.services.lambda_.running.work import StreamFlow, Work
from chasqui.telemetry.log_groups import LogEvent

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Deployment

STARTING, INITIALISING, IDLE, BUSY, ANSWERED, GONE = range(6)

_INIT_SECONDS: Final = 10.0
_INIT_SECONDS_PROVISIONED: Final = 130.0
_FIRST_LOOK_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.1
_LOOK_SECONDS_MAX: Final = 0.4
_GRACE_SECONDS: Final = 1.0
_PAYLOAD_EXTRA_BYTES: Final = 100
_BACKLOG: Final = 16
_CONNECTIONS_MAX: Final = 64

Launch = Callable[[str, int, str], Command]
"""(the Runtime API's address, the output's descriptor, the log stream): what to start."""


class Keeper(Protocol):
    """Whose environment it is."""

    def ready(self, environment: Environment) -> None:
        """It waits for an event."""
        ...

    def returning(self, environment: Environment) -> None:
        """It has answered, and will be ready in a moment."""
        ...

    def claim(self, environment: Environment) -> Work | None:
        """Its initialisation has failed: the invocation that tries it a second time, and is told."""
        ...

    def gone(self, environment: Environment) -> None:
        """It has ended, process and all."""
        ...


class Environment:
    """One environment. `label` is the version of the runtime, for the log."""

    def __init__(self, means: Means, deployment: Deployment, platform: report.Platform, keeper: Keeper) -> None:
        self.deployment = deployment
        self.provisioned = False
        self.used = False
        """Whether it has been given an event."""
        self.state = STARTING
        self.idle_at = 0.0
        self.born_at = asyncio.get_running_loop().time()
        self.payload_bytes_max = means.limits.request_bytes_max + _PAYLOAD_EXTRA_BYTES
        self.kills = 0
        self._means = means
        self._platform = platform
        self._keeper = keeper
        self._owner = f"{deployment.account}/{deployment.region}"
        day = time.strftime("%Y/%m/%d", time.gmtime(means.clock.now_ms() // 1000))
        self.log_stream = f"{day}/[{deployment.version}]{os.urandom(16).hex()}"
        self._loop = asyncio.get_running_loop()
        self._work: Work | None = None
        self._parked: Connection | None = None
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._process: Process | None = None
        self._output: Output | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._attempt = 0
        self._spawned_at = 0.0
        self._init_ms: float | None = None
        self._pids: list[int] = []
        self._memory_mb = 0
        self._memory_now_mb = 0
        self._measured_at = 0.0
        self._fit_until = 0.0
        self._ended = False

    # Its beginning.
    async def start(self, launch: Launch, label: str, note: str = "") -> None:
        """Listen, and start the process; `note` is a line for the log. Raises `OSError`."""
        server = await self._loop.create_server(self._connected, "127.0.0.1", 0, backlog=_BACKLOG)
        if self.state == GONE:
            server.close()
            return
        self._server = server
        self._launch, self._label, self._remark = launch, label, note
        self._spawn()

    def _connected(self) -> Connection:
        connection = Connection(self)
        self._connections.add(connection)
        return connection

    def _spawn(self) -> None:
        assert self._server is not None
        address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._attempt += 1
        self.state = INITIALISING
        self._spawned_at = time.perf_counter()
        output = self._output = Output(self._printed)
        if self._attempt == 1:
            self._note(self._platform.init_start(self._now_ms(), self._label))
            self._note(self._remark or None)
        process: Process | None = None
        try:
            command = self._launch(address, output.writer, self.log_stream)
            process = Process(command, output.writer, lambda status: self._exited(process, output, status))
        except OSError:
            output.close()
            raise
        self._process = process
        output.started()
        if self._work is None:
            # A second attempt is part of the invocation, and has its time.
            self._arm(_INIT_SECONDS_PROVISIONED if self.provisioned else _INIT_SECONDS)
        else:
            self._work.started = self._spawned_at
            self._arm(_FIRST_LOOK_SECONDS)

    # An invocation.
    def begin(self, work: Work) -> None:
        """Give it an event. It must be idle."""
        self.state, self._work, self.used = BUSY, work, True
        if self._parked is not None:
            self._deliver(self._parked, work)
        else:
            # Its runtime has lost the connection and is about to ask again.
            work.started = time.perf_counter()
            self._arm(_FIRST_LOOK_SECONDS)

    def _deliver(self, connection: Connection, work: Work) -> None:
        deployment, invocation = self.deployment, work.invocation
        self._parked = None
        self.state, work.delivered = BUSY, True
        self._note(self._platform.start(self._now_ms(), invocation.request_id))
        if not work.started:
            work.started = time.perf_counter()
        if self._timer is None:
            self._arm(min(_FIRST_LOOK_SECONDS, deployment.timeout_ms / 1000))
        # The deadline is for the function, which has the machine's clock and no other.
        deadline = time.time_ns() // 1_000_000 + deployment.timeout_ms
        head = (
            f"Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {_line(invocation.function_arn)}\r\n"
            f"Lambda-Runtime-Trace-Id: {_line(invocation.trace_id) or _trace(deadline, invocation.request_id)}\r\n"
        )
        if invocation.client_context:
            head += f"Lambda-Runtime-Client-Context: {_line(invocation.client_context)}\r\n"
        if invocation.cognito_identity:
            head += f"Lambda-Runtime-Cognito-Identity: {_line(invocation.cognito_identity)}\r\n"
        payload = invocation.payload
        connection.give(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head.encode(), len(payload), payload))

    # What the Runtime API is told.
    def arrived(self, connection: Connection, transport: asyncio.Transport) -> None:
        """Somebody has connected. The port is open to all of the machine, other functions among them: only processes
        of this environment are let in."""
        process = self._process
        if self.deployment.image is not None:
            # Its processes are the container engine's.
            connection.admit()
            return
        if process is None or len(self._connections) > _CONNECTIONS_MAX:
            connection.close()
            return
        peer = Peer(*transport.get_extra_info("peername")[:2], *transport.get_extra_info("sockname")[:2])
        looking = self._loop.run_in_executor(None, holds, process.pid, peer)

        def seen(done: asyncio.Future[bool]) -> None:
            if not done.cancelled() and done.exception() is None and done.result() and self.state != GONE:
                connection.admit()
            else:
                connection.close()

        looking.add_done_callback(seen)

    def asked(self, connection: Connection) -> bool:
        """The runtime waits for an event."""
        state = self.state
        if state == GONE or (state == BUSY and self._work is not None and self._work.delivered):
            return False
        self._parked = connection
        if state == INITIALISING:
            self._initialised()
        if self._work is not None:
            self._deliver(connection, self._work)
        elif state != IDLE:
            self._disarm()
            self.state = IDLE
            self._keeper.ready(self)
        return True

    def _initialised(self) -> None:
        if self._attempt == 1:
            self._init_ms = (time.perf_counter() - self._spawned_at) * 1000
            self._disarm()
        assert self._process is not None
        self._pids = descendants(self._process.pid)
        self._measure()

    def left(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if self._parked is connection:
            self._parked = None

    def current(self) -> str:
        work = self._work
        return work.invocation.request_id if work is not None and work.delivered and work.flow is None else ""

    def answered(self, payload: bytes, content_type: str) -> None:
        self._conclude(payload, content_type=content_type)

    def failed(self, payload: bytes) -> None:
        self._conclude(payload, "Unhandled", "error", report.error_type_of(payload))

    def too_large(self) -> None:
        if self.current():
            error = report.too_large_error(self.payload_bytes_max)
            self._conclude(error, "Unhandled", "error", "Function.ResponseSizeTooLarge")

    def streaming(self, content_type: str, pause: Callable[[bool], None]) -> StreamFlow:
        work = self._work
        assert work is not None

        def done(answer: bytes, error_type: str, error: bytes) -> None:
            if self._work is not work:
                return
            if flow.too_large:
                limit = self._means.limits.stream_bytes_max
                self._conclude(report.too_large_error(limit), "Unhandled", "error", "Function.ResponseSizeTooLarge")
            elif error_type:
                self._conclude(error, "Unhandled", "error", error_type)
            else:
                self._conclude(answer, content_type=content_type)

        bytes_max = self._means.limits.stream_bytes_max if work.stream is not None else self.payload_bytes_max
        flow = work.flow = StreamFlow(work.stream, content_type, bytes_max, pause, done)
        return flow

    def init_failed(self, payload: bytes, error_type: str) -> bool:
        if self.state != INITIALISING:
            return False
        self._init_broken("error", error_type or report.error_type_of(payload), payload)
        return True

    # How things end.
    def _conclude(
        self,
        payload: bytes,
        error: str = "",
        status: str = "",
        error_type: str = "",
        content_type: str = "application/json",
    ) -> None:
        """The invocation has ended: write its last lines, tell who waits."""
        work, duration_ms = self._work, self._elapsed_ms()
        assert work is not None
        if self._output is not None:
            self._output.settle()
        if status == "timeout":
            duration_ms = float(self.deployment.timeout_ms)
        if time.perf_counter() - self._measured_at > _LOOK_SECONDS:
            self._measure()
        init_ms, self._init_ms = self._init_ms, None
        outcome = report.Outcome(
            duration_ms,
            report.billed(duration_ms, init_ms),
            self.deployment.memory_mb,
            self._memory_mb,
            init_ms,
            status,
            error_type,
        )
        request_id, now_ms = work.invocation.request_id, self._now_ms()
        self._note(self._platform.end(now_ms, request_id, outcome))
        self._note(self._platform.report(now_ms, request_id, outcome))
        self._work = None
        if self.state != GONE:
            self.state = ANSWERED
            self._keeper.returning(self)
            self._fit_until = work.started + self.deployment.timeout_ms / 1000 + _GRACE_SECONDS
        work.pending.resolve(
            Finished(
                payload=payload,
                error=error,
                log_tail=work.log_tail(),
                duration_ms=duration_ms,
                billed_ms=outcome.billed_ms,
                memory_used_mb=self._memory_mb,
                init_ms=init_ms,
                log_stream=self.log_stream,
                content_type=content_type,
            )
        )

    def _look(self) -> None:
        """The timer: too late, or too large?"""
        self._timer = None
        work = self._work
        if work is None:
            if self.state == INITIALISING:
                self._init_broken("timeout", "", b"")
            elif (left := self._fit_until - time.perf_counter()) > 0:
                self._arm(left)
            else:
                # It answered but did not ask for more within its time: not fit for another.
                self._end(killed=True)
            return
        left_ms = self.deployment.timeout_ms - self._elapsed_ms()
        if left_ms <= 0:
            self._timed_out(work)
            return
        assert self._process is not None
        self._pids = descendants(self._process.pid)
        self._measure()
        if self._memory_now_mb > self.deployment.memory_mb:
            self._crashed(work, report.exit_reason(None, killed_for_memory=True))
            return
        # What runs for long is looked at less often.
        pause = min(_LOOK_SECONDS_MAX, max(_LOOK_SECONDS, self._elapsed_ms() / 4000))
        self._arm(min(pause, left_ms / 1000))

    def _timed_out(self, work: Work) -> None:
        request_id, now_ms, timeout_ms = work.invocation.request_id, self._now_ms(), self.deployment.timeout_ms
        if not work.delivered:
            self._note(self._platform.start(now_ms, request_id))
        self._stop_flow(work)
        if self._output is not None:
            self._output.settle()
        self._note(self._platform.timed_out(now_ms, request_id, timeout_ms))
        self._end(killed=True, work=work)
        self._conclude(report.timeout_error(now_ms, request_id, timeout_ms), "Unhandled", "timeout")

    def _crashed(self, work: Work, reason: str) -> None:
        request_id = work.invocation.request_id
        if not work.delivered:
            self._note(self._platform.start(self._now_ms(), request_id))
        self._stop_flow(work)
        if self._output is not None:
            self._output.settle()
        self._note(self._platform.exited(request_id, reason))
        self._end(killed=True, work=work)
        self._conclude(report.exit_error(request_id, reason), "Unhandled", "error", "Runtime.ExitError")

    def _stop_flow(self, work: Work) -> None:
        if work.flow is not None:
            work.flow.abandon()

    def _exited(self, process: Process | None, output: Output, status: int) -> None:
        """A process has ended: this one's, or one that was replaced."""
        output.settle()
        output.close()
        if process is not self._process:
            return
        self._process = None
        reason = report.exit_reason(status)
        if self.state == INITIALISING:
            self._init_broken("error", "Runtime.ExitError", b"", reason)
        elif self._work is not None:
            self._crashed(self._work, reason)
        if self._process is None:
            self._end()
            self._over()

    def _init_broken(self, status: str, error_type: str, payload: bytes, reason: str = "") -> None:
        """Initialisation has failed. The first time, an invocation tries once more, and the second time it fails."""
        init_ms = (time.perf_counter() - self._spawned_at) * 1000
        if self._output is not None:
            self._output.settle()
        phase = "init" if self._attempt == 1 else "invoke"
        self._note(self._platform.init_report(self._now_ms(), init_ms, phase, status, error_type))
        work = self._work
        if work is not None:
            if payload:
                self._note(self._platform.start(self._now_ms(), work.invocation.request_id))
                self._end(killed=True, work=work)
                self._conclude(payload, "Unhandled", "error", error_type)
            else:
                self._crashed(work, reason)
            return
        self._disarm()
        self._work = self._keeper.claim(self)
        if self._work is None:
            self._end(killed=True)
            return
        process, self._process = self._process, None
        if process is not None:
            process.kill()
        try:
            self._spawn()
        except OSError as error:
            self._crashed(self._work, f"Runtime exited with error: {error.strerror}")

    def end(self) -> None:
        """End it; it must not be busy."""
        self._end()

    def abort(self) -> None:
        """End it, whatever it does."""
        if self._work is not None:
            self._crashed(self._work, report.exit_reason(None, killed_for_memory=True))
        self._end()

    def _end(self, *, killed: bool = False, work: Work | None = None) -> None:
        if self.state == GONE:
            return
        self.state = GONE
        self.kills += killed
        self._disarm()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        self._parked = None
        if self._process is not None:
            self._process.kill()
        else:
            # Who waits for its place is told when this call is over.
            self._loop.call_soon(self._over)

    def _over(self) -> None:
        if self._ended:
            return
        self._ended = True
        if self._output is not None:
            self._output.close()
        self._keeper.gone(self)

    # Small things.
    def _elapsed_ms(self) -> float:
        assert self._work is not None
        return (time.perf_counter() - self._work.started) * 1000

    def _measure(self) -> None:
        self._memory_now_mb = memory_mb(self._pids)
        self._memory_mb = max(self._memory_mb, min(self._memory_now_mb, self.deployment.memory_mb))
        self._measured_at = time.perf_counter()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self._loop.call_later(seconds, self._look)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now_ms(self) -> int:
        return self._means.clock.now_ms()

    def _printed(self, event: str) -> None:
        self._note(event)

    def _note(self, event: str | None) -> None:
        if event is None:
            return
        if self._work is not None:
            self._work.printed(event)
        now_ms = self._means.clock.now_ms()
        self._means.log_groups.note(self._owner, self.deployment.log_group, self.log_stream, LogEvent(now_ms, event))


def _line(text: str) -> str:
    """For a header: on one line."""
    return text.replace("\r", " ").replace("\n", " ")


def _trace(now_ms: int, request_id: str) -> str:
    """A trace header for whoever gave none; its id is the request's."""
    digits = request_id.replace("-", "")
    return f"Root=1-{now_ms // 1000:08x}-{digits[:24]};Parent={digits[-16:]};Sampled=0"
