"""The queue as the fleet sees it: its URL and its depth, asked with botocore's client, which blocks: in a thread."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.fleet.settings import FleetSettings

_SECONDS = {"connect_timeout": 5, "read_timeout": 10}
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_DEPTHS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


class QueueUnreachable(ChasquiError):
    """The server did not answer, or refused; it may do better later."""


class QueueMissing(ChasquiError):
    """There is no such queue."""


class Depth(msgspec.Struct, frozen=True):
    """Messages that wait, and messages that have been received and not deleted; approximate, as all of SQS' counts."""

    visible: int
    in_flight: int


class Queue:
    """One queue. Its calls are not made at the same time."""

    def __init__(self, settings: FleetSettings) -> None:
        self._settings = settings
        self._client: Any = None
        self._credentials: Any = None
        self.region = settings.region
        self.url = settings.queue if "://" in settings.queue else ""

    async def find(self) -> str:
        """The queue's URL. Raises `QueueMissing`, `QueueUnreachable`."""
        if not self.url:
            answer = await asyncio.to_thread(self._ask, "get_queue_url", QueueName=self._settings.queue)
            self.url = answer["QueueUrl"]
        return self.url

    async def depth(self) -> Depth:
        """Raises `QueueMissing`, `QueueUnreachable`."""
        url = await self.find()
        answer = await asyncio.to_thread(self._ask, "get_queue_attributes", QueueUrl=url, AttributeNames=_DEPTHS)
        return Depth(*(int(answer["Attributes"][name]) for name in _DEPTHS))

    async def variables(self) -> dict[str, str]:
        """What a program needs to reach the queue as the fleet does, where the fleet's own files are not."""
        return await asyncio.to_thread(self._variables)

    def _ask(self, operation: str, **parameters: Any) -> Any:
        # Only where a fleet runs: the library takes a while to load.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._connect(), operation)(**parameters)
        except ClientError as error:
            missing = error.response.get("Error", {}).get("Code") in _GONE
            raise (QueueMissing if missing else QueueUnreachable)(f"{self._settings.queue}: {error}") from error
        except (BotoCoreError, ValueError) as error:
            raise QueueUnreachable(f"{self._settings.queue}: {error}") from error

    def _connect(self) -> Any:
        if self._client is None:
            from botocore.config import Config  # noqa: PLC0415  as in `_ask`
            from botocore.session import Session  # noqa: PLC0415

            session = Session()
            self.region = self.region or session.get_config_variable("region") or "us-east-1"
            self._credentials = session.get_credentials()
            self._client = session.create_client(
                "sqs",
                region_name=self.region,
                endpoint_url=self._settings.endpoint or None,
                config=Config(retries={"max_attempts": 0}, **_SECONDS),
            )
        return self._client

    def _variables(self) -> dict[str, str]:
        self._connect()
        keys = self._credentials and self._credentials.get_frozen_credentials()
        if not keys:
            return {}
        found = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
        return {**found, **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {})}
