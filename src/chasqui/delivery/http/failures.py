"""Why a request got no answer that could be used."""

from __future__ import annotations

from chasqui.base.errors import ChasquiError


class HttpFailure(ChasquiError):
    """There is no answer. `reached`: the target said something, which was not HTTP or broke off; `permanent`: another
    attempt would meet the same."""

    def __init__(self, reason: str, *, reached: bool = False, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reached = reached
        self.permanent = permanent


class Stale(HttpFailure):
    """A kept connection ended before anything of an answer came: the request may be sent again on a new one."""
