"""What the tests of text messages and push notifications share: clients of an emptied server, credentials that could be
real, and a room whose channels take notes instead of sending."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, cast

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import root_of
from chasqui.base.sections import SnsQuotas
from chasqui.crypto.keyring import memory_ring
from chasqui.delivery.sending import SendFailed, Sent
from chasqui.delivery.sms.port import Sms
from chasqui.services.sns.outside.channels import Channels
from chasqui.services.sns.room import Room
from chasqui.store.sqlite import open_store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.log_groups import LogGroups
from chasqui.telemetry.traces import Traces
from chasqui.testing import TestServer

UNCHECKED = Config(retries={"max_attempts": 0}, parameter_validation=False, max_pool_connections=1)
ACCOUNT, REGION = "000000000000", "us-east-1"
OWNER = f"{ACCOUNT}/{REGION}"
NUMBER = "+12025550123"


@pytest.fixture(scope="session")
def sns_client(chasqui_server: TestServer) -> Iterator[Any]:
    made = chasqui_server.client("sns", config=UNCHECKED)
    yield made
    made.close()


@pytest.fixture
def sns(chasqui: TestServer, sns_client: Any) -> Any:
    """A client of a server that is empty."""
    return sns_client


def refusal(operation: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    """(status, code, message) of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    told = caught.value.response
    return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"], told["Error"]["Message"]


def _pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@lru_cache
def rsa_pem() -> str:
    return _pem(rsa.generate_private_key(65537, 2048))


@lru_cache
def p256_pem() -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def service_account(project: str = "project-1") -> str:
    """A Google service account's JSON."""
    return json.dumps({"project_id": project, "client_email": "push@example.org", "private_key": rsa_pem()})


def gcm(**more: str) -> dict[str, str]:
    """The attributes of an application of Google's."""
    return {"PlatformCredential": service_account(), **more}


def apple(**more: str) -> dict[str, str]:
    """The attributes of an application of Apple's, with a signing key."""
    return {
        "PlatformPrincipal": "ABCDE12345",
        "PlatformCredential": p256_pem(),
        "ApplePlatformTeamID": "TEAM123456",
        "ApplePlatformBundleID": "org.example.app",
        **more,
    }


class Notes:
    """Stands for a provider of text messages and for both push services: writes down what it is given, and fails as it
    is told."""

    def __init__(self) -> None:
        self.texts: list[Sms] = []
        self.pushes: list[tuple[Any, ...]] = []
        self.failures: list[SendFailed] = []

    async def send(self, *what: Any, **options: Any) -> Sent:
        if self.failures:
            raise self.failures.pop(0)
        if isinstance(what[0], Sms):
            self.texts.append(what[0])
        else:
            self.pushes.append((*what, options))
        return Sent("id-1", 200, "taken")

    async def close(self) -> None:
        return None


class NotedChannels:
    """Channels whose every client is one `Notes`."""

    def __init__(self, sms_price: float = 0.0) -> None:
        self.notes = Notes()
        self.texts = self.fcm = self.apns = self.notes
        self.sms_price = sms_price

    async def close(self) -> None:
        return None


@asynccontextmanager
async def noted_room(sms_price: float = 0.0, **quotas: Any) -> AsyncIterator[tuple[Room, Notes, list[Any]]]:
    """A room on a store in memory with a frozen clock; what its channels were given; the events that it published."""
    clock = TestClock()
    clock.freeze(1_800_000_000_000)
    store = await open_store(None, clock=clock)
    channels = NotedChannels(sms_price)
    nothing = cast("Any", None)
    room = Room(
        store,
        clock,
        memory_ring(),
        SnsQuotas(**quotas),
        Counters(),
        REGION,
        nothing,
        nothing,
        nothing,
        cast("Channels", channels),
        Traces(store, clock, bytes, bytes, records_max=0, hours=1),
        LogGroups(store, clock),
    )
    events: list[Any] = []

    async def announce(topic: str, subject: str, message: str, _base_url: str) -> None:
        events.append((topic, subject, json.loads(message)))

    room.announce = announce
    try:
        yield room, channels.notes, events
    finally:
        await room.background.close()
        await store.close()


def caller() -> Call:
    """Somebody of the default account."""
    return Call(ACCOUNT, REGION, root_of(ACCOUNT), "sender", "http://localhost")
