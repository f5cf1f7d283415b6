"""Invokes functions on behalf of whoever may: the API, a URL, a mapping, a queue of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chasqui.services.lambda_.functions.directory import Directory, Target
from chasqui.services.lambda_.running.contract import Finished, Invocation, Runner, Stream

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means


class Invoker:
    """Holds invocations to the limits of concurrency and counts them."""

    def __init__(self, means: Means, functions: Directory, runner: Runner) -> None:
        self._means = means
        self._functions = functions
        self._runner = runner

    async def invoke(self, target: Target, invocation: Invocation, stream: Stream | None = None) -> Finished:
        """Run the function now. Raises `ServiceError`s of the API: TooManyRequestsException when its concurrency, or
        the account's, is used up; ResourceNotReadyException, InvalidRuntimeException …"""
        raise NotImplementedError
