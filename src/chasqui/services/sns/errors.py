"""SNS' errors, in AWS' words (API reference, "Common errors", and each operation's own)."""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def invalid_parameter(what: str) -> ServiceError:
    """`what` follows "Invalid parameter: "."""
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}", status=400)


def invalid_parameter_value(message: str) -> ServiceError:
    return ServiceError("ParameterValueInvalid", message, status=400)


def not_found(message: str) -> ServiceError:
    return ServiceError("NotFound", message, status=404)


def topic_not_found() -> ServiceError:
    return not_found("Topic does not exist")


def subscription_not_found() -> ServiceError:
    return not_found("Subscription does not exist")


def authorization_error(message: str) -> ServiceError:
    return ServiceError("AuthorizationError", message, status=403)
