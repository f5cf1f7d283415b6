"""Invokes functions on behalf of whoever may: the API, a URL, a mapping, a queue of events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.functions.directory import Directory, Target
from chasqui.services.lambda_.invoking import refusals
from chasqui.services.lambda_.invoking.concurrency import Concurrency
from chasqui.services.lambda_.running.contract import CannotRun, Finished, Invocation, Runner, Stream

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means

_RUNNABLE: Final = frozenset(("Active", "Inactive"))


class Invoker:
    """Holds invocations to the limits of concurrency and counts them.

    The counters are Lambda's metrics by function: Invocations, Errors, Throttles, Duration (milliseconds, summed) and
    ConcurrentExecutions (the most so far). A client that leaves ends its invocation for the limits, though not for the
    function, which goes on.
    """

    def __init__(self, means: Means, functions: Directory, runner: Runner) -> None:
        self._means = means
        self._functions = functions
        self._runner = runner
        self.concurrency = Concurrency()

    async def invoke(self, target: Target, invocation: Invocation, stream: Stream | None = None) -> Finished:
        """Run the function now. Raises `ServiceError`s of the API: TooManyRequestsException when its concurrency, or
        the account's, is used up; ResourceConflictException, InvalidRuntimeException …"""
        if target.state not in _RUNNABLE:
            raise refusals.not_ready(target.state)
        means, arn, place = self._means, target.arn, f"{target.account}/{target.region}"
        counters, room = means.counters, means.limits.concurrency
        if target.reserved is None:
            room -= await self._functions.reserved(target.account, target.region)
        concurrency, qualified = self.concurrency, target.invoked_arn
        pool = concurrency.enter(place, arn, qualified, room, target.reserved, target.provisioned)
        if pool is None:
            counters["Throttles", arn] += 1
            raise refusals.too_many_requests(refusals.ACCOUNT if target.reserved is None else refusals.RESERVED)
        try:
            counters["ConcurrentExecutions", arn] = max(counters["ConcurrentExecutions", arn], concurrency.of(arn))
            finished = await self._runner.run(target.deployment, invocation, stream)
        except CannotRun as error:
            raise refusals.cannot_run(error.code, str(error)) from error
        except asyncio.CancelledError:
            counters["Invocations", arn] += 1
            raise
        finally:
            concurrency.leave(place, arn, qualified, pool)
        counters["Invocations", arn] += 1
        counters["Duration", arn] += round(finished.duration_ms)
        if finished.error:
            counters["Errors", arn] += 1
        return finished
