"""The errors of CloudWatch Logs (API reference), in its words."""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def no_group() -> ServiceError:
    """There is no such log group."""
    return ServiceError("ResourceNotFoundException", "The specified log group does not exist.", status=400)


def no_stream() -> ServiceError:
    """There is no such log stream."""
    return ServiceError("ResourceNotFoundException", "The specified log stream does not exist.", status=400)


def group_exists() -> ServiceError:
    """The log group's name is taken."""
    return ServiceError("ResourceAlreadyExistsException", "The specified log group already exists", status=400)


def stream_exists() -> ServiceError:
    """The log stream's name is taken."""
    return ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists", status=400)


def invalid(message: str) -> ServiceError:
    """A parameter that cannot be."""
    return ServiceError("InvalidParameterException", message, status=400)


def invalid_token() -> ServiceError:
    """Not a token of ours, or one of another operation."""
    return invalid("The specified nextToken is invalid.")


def too_many_tags(arn: str) -> ServiceError:
    """More than fifty tags."""
    message = "The resource has the maximum number of tags: 50."
    return ServiceError("TooManyTagsException", message, status=400, fields={"resourceName": arn})
