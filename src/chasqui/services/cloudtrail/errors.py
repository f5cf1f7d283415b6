"""The errors of LookupEvents (API reference, "LookupEvents", section "Errors")."""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def invalid_attributes(message: str) -> ServiceError:
    """More than one attribute, an unknown key, or no value."""
    return ServiceError("InvalidLookupAttributesException", message, status=400)


def invalid_category(category: str) -> ServiceError:
    """Another category than "insight"."""
    return ServiceError("InvalidEventCategoryException", f"{category} is not a valid event category.", status=400)


def invalid_max_results(given: int) -> ServiceError:
    """A page of no size that there is."""
    message = f"A max results value of {given} is invalid. Specify max results between 1 and 50."
    return ServiceError("InvalidMaxResultsException", message, status=400)


def invalid_time_range() -> ServiceError:
    """An end before the start."""
    return ServiceError("InvalidTimeRangeException", "The start time must not be after the end time.", status=400)


def invalid_token() -> ServiceError:
    """Not a token of ours, or one of a request with other parameters."""
    return ServiceError("InvalidNextTokenException", "The next token is not valid for this request.", status=400)
