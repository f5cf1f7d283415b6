"""The lines that Lambda itself writes to a function's log, and the errors it answers with in a function's place. Pure.

Sources: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs", "Configuring JSON and plain text log
formats", "Lambda Telemetry API Event schema reference"; messages as users report them.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment

_LEVELS: Final = {"DEBUG": 0, "INFO": 1, "WARN": 2}
_encode = msgspec.json.encode


class Outcome(msgspec.Struct, frozen=True):
    """What a REPORT says. `status` is "" for success, else "error" or "timeout"; `init_ms` None when warm."""

    duration_ms: float
    billed_ms: int
    memory_mb: int
    memory_used_mb: int
    init_ms: float | None = None
    status: str = ""
    error_type: str = ""


def billed(duration_ms: float, init_ms: float | None) -> int:
    """What is billed: whole milliseconds, at least one, with the time to initialise."""
    return max(1, math.ceil(duration_ms + (init_ms or 0.0)))


def iso(at_ms: int) -> str:
    """2026-11-22T19:30:00.123Z"""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at_ms // 1000))}.{at_ms % 1000:03d}Z"


class Platform:
    """Words the platform's lines for one function, in its log format; None where its log level has no such line."""

    def __init__(self, deployment: Deployment) -> None:
        self._json = deployment.log_format == "JSON"
        self._version = deployment.version
        self._level = _LEVELS.get(deployment.system_log_level, 1)
        self._function = deployment.arn
        self._started = f" Version: {deployment.version}\n"

    def init_start(self, at_ms: int, runtime: str) -> str | None:
        """An environment comes up."""
        if not self._json:
            return f"INIT_START Runtime Version: {runtime}\n"
        record: dict[str, object] = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": runtime,
            "functionVersion": self._version,
        }
        return self._event(at_ms, "platform.initStart", record, 1)

    def init_report(self, at_ms: int, init_ms: float, phase: str, status: str, error_type: str) -> str | None:
        """It failed to."""
        if not self._json:
            words = f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}"
            return words + (f"\tError Type: {error_type}\n" if error_type else "\n")
        record: dict[str, object] = {
            "initializationType": "on-demand",
            "phase": phase,
            "status": status,
            "metrics": {"durationMs": round(init_ms, 3)},
        }
        if error_type:
            record["errorType"] = error_type
        return self._event(at_ms, "platform.initReport", record, 2)

    def start(self, at_ms: int, request_id: str) -> str | None:
        """An invocation begins."""
        if not self._json:
            return f"START RequestId: {request_id}{self._started}"
        return self._event(at_ms, "platform.start", {"requestId": request_id, "version": self._version}, 1)

    def end(self, at_ms: int, request_id: str, outcome: Outcome) -> str | None:
        """Its function has ended."""
        if not self._json:
            return f"END RequestId: {request_id}\n"
        record: dict[str, object] = {"requestId": request_id, "status": outcome.status or "success"}
        if outcome.error_type:
            record["errorType"] = outcome.error_type
        return self._event(at_ms, "platform.runtimeDone", record, 2 if outcome.status else 0)

    def report(self, at_ms: int, request_id: str, outcome: Outcome) -> str | None:
        """What it took."""
        if not self._json:
            init = "" if outcome.init_ms is None else f"Init Duration: {outcome.init_ms:.2f} ms\t"
            words = (
                f"REPORT RequestId: {request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
                f"Billed Duration: {outcome.billed_ms} ms\tMemory Size: {outcome.memory_mb} MB\t"
                f"Max Memory Used: {outcome.memory_used_mb} MB\t{init}"
            )
            if outcome.status:
                words += f"Status: {outcome.status}"
                words += f"\tError Type: {outcome.error_type}" if outcome.error_type else ""
            return words + "\n"
        metrics: dict[str, object] = {
            "durationMs": round(outcome.duration_ms, 3),
            "billedDurationMs": outcome.billed_ms,
            "memorySizeMB": outcome.memory_mb,
            "maxMemoryUsedMB": outcome.memory_used_mb,
        }
        if outcome.init_ms is not None:
            metrics["initDurationMs"] = round(outcome.init_ms, 3)
        record: dict[str, object] = {
            "requestId": request_id,
            "metrics": metrics,
            "status": outcome.status or "success",
        }
        if outcome.error_type:
            record["errorType"] = outcome.error_type
        return self._event(at_ms, "platform.report", record, 2 if outcome.status else 1)

    def timed_out(self, at_ms: int, request_id: str, timeout_ms: int) -> str | None:
        """It was ended after its time."""
        # In JSON the report's status says so.
        return None if self._json else timeout_words(at_ms, request_id, timeout_ms) + "\n\n"

    def exited(self, request_id: str, reason: str) -> str | None:
        """Its process has ended by itself."""
        return None if self._json else f"RequestId: {request_id} Error: {reason}\nRuntime.ExitError\n"

    def _event(self, at_ms: int, kind: str, record: dict[str, object], level: int) -> str | None:
        if level < self._level:
            return None
        return _encode({"time": iso(at_ms), "type": kind, "record": record}).decode()


def timeout_words(at_ms: int, request_id: str, timeout_ms: int) -> str:
    """2026-11-22T19:30:00.123Z ID Task timed out after 3.00 seconds"""
    return f"{iso(at_ms)} {request_id} Task timed out after {timeout_ms / 1000:.2f} seconds"


def timeout_error(at_ms: int, request_id: str, timeout_ms: int) -> bytes:
    """The answer of a function that took too long."""
    return _encode({"errorMessage": timeout_words(at_ms, request_id, timeout_ms)})


def exit_reason(status: int | None, *, killed_for_memory: bool = False) -> str:
    """Why a runtime ended, as AWS words it. `status` is an exit status, or a signal's number negated."""
    if killed_for_memory:
        return "Runtime exited with error: signal: killed"
    if not status:
        return "Runtime exited without providing a reason"
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        return f"Runtime exited with error: signal: {_SIGNALS.get(number, str(number))}"
    return f"Runtime exited with error: exit status {status}"


_SIGNALS: Final = {
    1: "hangup",
    2: "interrupt",
    4: "illegal instruction (core dumped)",
    6: "aborted (core dumped)",
    7: "bus error (core dumped)",
    8: "floating point exception (core dumped)",
    9: "killed",
    11: "segmentation fault (core dumped)",
    13: "broken pipe",
    15: "terminated",
    31: "bad system call (core dumped)",
}


def exit_error(request_id: str, reason: str) -> bytes:
    """The answer of a function whose process has ended."""
    return error_json("Runtime.ExitError", request_id, reason)


def error_json(error_type: str, request_id: str, message: str) -> bytes:
    """An error that is the platform's to tell."""
    return _encode({"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"})


def too_large_error(bytes_max: int) -> bytes:
    """The answer of a function that answers too much."""
    message = f"Response payload size exceeded maximum allowed payload size ({bytes_max} bytes)."
    return _encode({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})


def error_type_of(payload: bytes) -> str:
    """The `errorType` of a runtime's error; "" when it has none."""
    try:
        found = msgspec.json.decode(payload, type=_Error).errorType
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return found[:256] if isinstance(found, str) else ""


class _Error(msgspec.Struct):
    errorType: object = ""
