"""Temporary credentials sign requests until they end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chasqui.access.admission import Door
from chasqui.base.errors import ServiceError
from chasqui.wire.protocol import Request
from tests.unit.sts.scene import Scene

SQS = Door(frozenset(("sqs",)), "json")


def signed(scene: Scene, credentials: Any, **changes: str) -> Request:
    """A request signed now with credentials that STS gave out; `changes` are of these."""
    given = {"token": credentials.SessionToken, "secret": credentials.SecretAccessKey, **changes}
    request = AWSRequest("POST", "http://localhost/", headers={"Host": "localhost"}, data=b"{}")
    moment = datetime.fromtimestamp(scene.clock.now_ms() / 1000, UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        SigV4Auth(Credentials(credentials.AccessKeyId, given["secret"], given["token"]), "sqs", "us-east-1").add_auth(
            request
        )
    headers = {name.lower().encode(): str(value).encode() for name, value in request.headers.items()}
    return Request("POST", "/", "", headers, b"{}")


def refusal(scene: Scene, request: Request) -> str:
    with pytest.raises(ServiceError) as caught:
        scene.run(scene.admission.identify(request, SQS))
    return caught.value.message


@pytest.fixture
def credentials(scene: Scene) -> Any:
    """A user's, for fifteen minutes."""
    return scene.call(scene.user("bob"), "GetSessionToken", DurationSeconds=900).Credentials


def test_they_are_good_for_their_time(scene: Scene, credentials: Any) -> None:
    scene.wait(899.999)

    admitted = scene.run(scene.admission.identify(signed(scene, credentials), SQS))

    assert admitted.identity.principal.name == "bob"


@pytest.mark.parametrize("known", [False, True])
def test_they_end(scene: Scene, credentials: Any, known: bool) -> None:
    if known:
        scene.run(scene.admission.identify(signed(scene, credentials), SQS))
    scene.wait(900)

    assert "expired" in refusal(scene, signed(scene, credentials))


def test_another_secret_does_not_sign(scene: Scene, credentials: Any) -> None:
    assert "signature" in refusal(scene, signed(scene, credentials, secret="guessed")).lower()


def test_another_sessions_token_does_not_go_with_a_key(scene: Scene, credentials: Any) -> None:
    other = scene.call(scene.user("eve"), "GetSessionToken").Credentials

    assert "token" in refusal(scene, signed(scene, credentials, token=other.SessionToken))


def test_a_key_without_its_token_is_nobodys(scene: Scene, credentials: Any) -> None:
    assert "token" in refusal(scene, signed(scene, credentials, token=""))
