"""SNS' errors, in AWS' words (API reference, "Common errors", and each operation's own)."""

from __future__ import annotations

from chasqui.base.errors import ChasquiError, ServiceError


def invalid_parameter(what: str) -> ServiceError:
    """`what` follows "Invalid parameter: "."""
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}", status=400)


def invalid_parameter_value(message: str) -> ServiceError:
    return ServiceError("ParameterValueInvalid", message, status=400)


def invalid_token() -> ServiceError:
    """What is no token at all."""
    return ServiceError("InvalidParameter", "Invalid token", status=400)


def not_found(message: str) -> ServiceError:
    return ServiceError("NotFound", message, status=404)


def topic_not_found() -> ServiceError:
    return not_found("Topic does not exist")


def subscription_not_found() -> ServiceError:
    return not_found("Subscription does not exist")


def authorization_error(message: str) -> ServiceError:
    return ServiceError("AuthorizationError", message, status=403)


def subscription_limit_exceeded(message: str) -> ServiceError:
    return ServiceError("SubscriptionLimitExceeded", message, status=403)


def filter_policy_limit_exceeded(message: str) -> ServiceError:
    return ServiceError("FilterPolicyLimitExceeded", message, status=403)


def topic_limit_exceeded(message: str) -> ServiceError:
    return ServiceError("TopicLimitExceeded", message, status=403)


def tag_limit_exceeded(message: str) -> ServiceError:
    return ServiceError("TagLimitExceeded", message, status=400)


def resource_not_found() -> ServiceError:
    """What the operations on tags say."""
    return ServiceError("ResourceNotFound", "Resource does not exist", status=404)


def invalid_state(message: str) -> ServiceError:
    return ServiceError("InvalidState", message, status=400)


def not_implemented(what: str) -> ServiceError:
    """A thing that AWS takes and this server cannot keep its word on."""
    return invalid_parameter(f"{what} is not implemented by this version of Chasqui")


class Unacceptable(ChasquiError):
    """A value that an attribute does not take. The message begins with the attribute's name; how it is introduced
    depends on the operation: see `refusal`."""


def refusal(error: Unacceptable, *, among: bool) -> ServiceError:
    """`among`: the attribute came with others, in a map called Attributes."""
    return invalid_parameter(f"Attributes Reason: {error}" if among else str(error))
