"""The one-shot result that an operation waits on without a task, and what runs a coroutine from one to the next.

A request that only waits for the store does not need an `asyncio.Task`: a task costs several passes through the loop's
ready queue, and durable requests come by the ten thousand a second. So the store hands out `Pending` objects, and
whoever runs a coroutine steps it from one to the next (`coroutine.send(None)`, then `call_when_done`): it is resumed
inside the very call that resolves what it waits for. `Pending` is also a duck-typed asyncio future (`asyncio.isfuture`
says so), so that a task may await one, and a stepped coroutine may wait on real asyncio futures. Nothing else may live
here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_WAITING, _DONE = 0, 1


class Pending(Generic[T]):
    """A result that is not there yet. Resolved or failed exactly once; a later resolution is ignored if cancelled."""

    # Class attributes stand for what most instances never change: one is made for each request.
    _asyncio_future_blocking = True
    _state = _WAITING
    _callback: Callable[[Pending[T]], object] | None = None
    _more: list[Callable[[Pending[T]], object]] | None = None
    _value: T | None = None
    _error: BaseException | None = None
    _cancelled = False
    on_cancel: Callable[[], object] | None = None
    """Called when the waiter gives up, to take the work back."""

    def resolve(self, value: T) -> None:
        """Give the result and run the callbacks now, on the caller's stack."""
        if self._state == _WAITING:
            self._value = value
            if self._more is None and self.on_cancel is None:
                # The plain case of a request that waits for the store, spelt out because it is the hot one.
                self._state = _DONE
                callback, self._callback = self._callback, None
                if callback is not None:
                    callback(self)
            else:
                self._finish()

    def fail(self, error: BaseException) -> None:
        """Give an error instead of a result."""
        if self._state == _WAITING:
            self._error = error
            self._finish()

    def _finish(self) -> None:
        self._state = _DONE
        callback, more = self._callback, self._more
        self._callback = self._more = self.on_cancel = None
        if callback is not None:
            callback(self)
        if more is not None:
            for each in more:
                each(self)

    def cancel(self, msg: object = None) -> bool:
        """Give up waiting: whoever holds the work is told through `on_cancel`, the waiter gets `CancelledError`."""
        if self._state != _WAITING:
            return False
        on_cancel, self._cancelled = self.on_cancel, True
        if on_cancel is not None:
            on_cancel()
        self.fail(asyncio.CancelledError())
        return True

    def cancelled(self) -> bool:
        return self._cancelled

    def done(self) -> bool:
        return self._state == _DONE

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def exception(self) -> BaseException | None:
        return self._error

    def add_done_callback(self, callback: Callable[[Pending[T]], object], *, context: object = None) -> None:
        """Call back when done; at once when it is done already."""
        if self._state == _DONE:
            callback(self)
        elif self._callback is None:
            self._callback = callback
        elif self._more is None:
            self._more = [callback]
        else:
            self._more.append(callback)

    def remove_done_callback(self, callback: Callable[[Pending[T]], object]) -> int:
        held = [each for each in (self._callback, *(self._more or ())) if each is not None]
        kept = [each for each in held if each != callback]
        self._callback, self._more = (kept[0] if kept else None), (kept[1:] or None)
        return len(held) - len(kept)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def __await__(self) -> Generator[Any, None, T]:
        if self._state == _WAITING:
            yield self
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    __iter__ = __await__


def in_a_task(pending: Pending[T]) -> asyncio.Future[T]:
    """A future of the same result, for tasks that wait on what another task may resolve (waiting claims are released by
    who closes the server): it resumes its waiter in the loop's next turn. Cancelling it cancels the `Pending`."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def done(_pending: Pending[T]) -> None:
        if future.done():
            return
        error = pending.exception()
        if error is None:
            future.set_result(pending.result())
        elif isinstance(error, asyncio.CancelledError):
            future.cancel()
        else:
            future.set_exception(error)

    def given_up(_future: asyncio.Future[T]) -> None:
        if future.cancelled():
            pending.cancel()

    pending.add_done_callback(done)
    future.add_done_callback(given_up)
    return future


def resolved(value: T) -> Pending[T]:
    """A `Pending` that is done."""
    pending: Pending[T] = Pending()
    pending.resolve(value)
    return pending


def call_when_done(waiting: Any, resume: Callable[..., object]) -> None:
    """Resume a coroutine, later, that has yielded `waiting`: a `Pending`, an asyncio future, or None to be resumed by
    the loop's next turn (`asyncio.sleep(0)`)."""
    if type(waiting) is Pending:
        if waiting._callback is None and waiting._state == _WAITING:
            waiting._callback = resume
        else:
            waiting.add_done_callback(resume)
    elif waiting is None:
        asyncio.get_running_loop().call_soon(resume)
    else:
        waiting._asyncio_future_blocking = False
        waiting.add_done_callback(resume)


class Drive(Generic[T]):
    """A coroutine being run from one wait to the next. Subclasses say in `finish` what happens at its end."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine

    def finish(self, value: T | None, error: BaseException | None) -> None:
        """Called once, at the coroutine's end."""
        raise NotImplementedError

    def step(self, _finished: object = None) -> None:
        """Run to the next wait, or to the end. Called once to start; then what is waited for calls it."""
        try:
            waiting = self._coroutine.send(None)
        except StopIteration as stop:
            self.finish(stop.value, None)
        except BaseException as error:  # noqa: BLE001  the outermost edge of a request: `finish` maps it
            self.finish(None, error)
        else:
            call_when_done(waiting, self.step)
