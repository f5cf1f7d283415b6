"""`describe(arn)`: whether a resource exists, whose it is, its policy and its tags, whichever service has it.

Each service that has resources with ARNs of their own registers one function; the access layer asks for resource
policies here, and services ask about each other's resources.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chasqui.access.described import Described
from chasqui.base.arn import Arn, parse_arn

Describer = Callable[[Arn], Awaitable[Described | None]]


class Describers:
    """The services' functions, by the service in the ARN."""

    def __init__(self) -> None:
        self._by_service: dict[str, Describer] = {}

    def add(self, service: str, describer: Describer) -> None:
        assert service not in self._by_service, f"{service} is described by one function"
        self._by_service[service] = describer

    async def describe(self, arn_text: str) -> Described | None:
        """What is known of the resource; None when it does not exist or no service has such."""
        arn = parse_arn(arn_text)
        describer = self._by_service.get(arn.service) if arn is not None else None
        return await describer(arn) if describer is not None and arn is not None else None
