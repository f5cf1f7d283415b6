"""Errors that a caller can cause or must be told of. Bugs are asserted, not raised as one of these."""

from __future__ import annotations


class ChasquiError(Exception):
    """The root of every error that the product raises on purpose."""


class ServiceError(ChasquiError):
    """An error as an AWS API gives it: a code, a message and who is to blame.

    `code` is the modelled error's shape name or code (`QueueDoesNotExist`), from which the wire layer derives each
    protocol's form (`__type`, `x-amzn-query-error`, the legacy query code) and, where `status` is None, the status.
    `fields` are the modelled members beside the message, `headers` fields that the answer has beside the usual ones.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        fault: str = "Sender",
        fields: dict[str, object] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fault = fault
        self.fields = fields or {}
        self.headers = headers


class SettingsError(ChasquiError):
    """The server cannot start with these settings; the message says what to change."""
