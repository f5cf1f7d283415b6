"""The one error of this room: a pattern that AWS would refuse."""

from __future__ import annotations

from chasqui.base.errors import ChasquiError


class InvalidPattern(ChasquiError):
    """A pattern is refused; `message` is in AWS' words.

    Of an event pattern the message is whole: `Event pattern is not valid. Reason: ...`. Of a filter policy it is what
    follows `Invalid parameter: Attributes Reason: FilterPolicy: ` (Subscribe) or `Invalid parameter: FilterPolicy: `
    (SetSubscriptionAttributes), unless `of_scope`: then it follows `Invalid parameter: ` and nothing else.
    """

    def __init__(self, message: str, *, of_scope: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.of_scope = of_scope
