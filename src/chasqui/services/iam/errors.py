"""IAM's errors in AWS' words (IAM API reference, "Common errors" and each action's "Errors"; the wording is what AWS
answers). Statuses are the model's. Only functions that make a `ServiceError` live here."""

from __future__ import annotations

from chasqui.base.errors import ServiceError

NOT_A_USER = "Must specify userName when calling with non-User credentials"


def no_such_entity(message: str) -> ServiceError:
    return ServiceError("NoSuchEntity", message)


def entity_already_exists(message: str) -> ServiceError:
    return ServiceError("EntityAlreadyExists", message)


def delete_conflict(what: str) -> ServiceError:
    """`what` must be done first, for example "detach all policies"."""
    return ServiceError("DeleteConflict", f"Cannot delete entity, must {what} first.")


def limit_exceeded(quota: str, most: int) -> ServiceError:
    """`quota` as AWS names it, for example "AccessKeysPerUser"."""
    return ServiceError("LimitExceeded", f"Cannot exceed quota for {quota}: {most}")


def invalid_input(message: str) -> ServiceError:
    return ServiceError("InvalidInput", message)


def validation_error(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)


def malformed_policy(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocument", message)
