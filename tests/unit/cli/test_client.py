"""How the command line and the tests' server talk to control endpoints: signed where there are credentials."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.cli.client import Unreachable, call, credentials_at_hand
from chasqui.testing import TestServer, server
from tests.strict import ADMIN, allow, policy

KEY, SECRET = ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"]


@pytest.fixture(scope="module")
def strict() -> Iterator[TestServer]:
    with server(auth="strict", admin_access_key=KEY, admin_secret_key=SECRET) as running:
        yield running


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without credentials, and an environment without any."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "CONFIG_FILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws"


def use(monkeypatch: pytest.MonkeyPatch, key: str, secret: str, token: str = "") -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)


def profile(name: str, key: str = KEY, secret: str = SECRET) -> str:
    return f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"


def sts(strict: TestServer) -> Any:
    return strict.client("sts", aws_access_key_id=KEY, aws_secret_access_key=SECRET)


def test_without_credentials_a_strict_server_is_told_of_in_plain_words(strict: TestServer) -> None:
    with pytest.raises(Unreachable, match=r"checks its callers.*AWS_ACCESS_KEY_ID.*chasqui init"):
        call(strict.url, "/_chasqui/queues")


def test_the_environments_keys_sign(strict: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, KEY, SECRET)

    assert call(strict.url, "/_chasqui/queues?limit=10&after=a%20b%2Fc")["queues"] == []
    assert call(strict.url, "/_chasqui/reset", {}) == {"status": "reset"}


def test_a_session_tokens_keys_sign(strict: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sts(strict).get_session_token()["Credentials"]
    use(monkeypatch, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    assert call(strict.url, "/_chasqui/queues")["queues"] == []


def test_the_default_profile_signs(strict: TestServer, home: Path) -> None:
    (home / "credentials").write_text(profile("default"))

    assert call(strict.url, "/_chasqui/queues")["queues"] == []


def test_a_named_profile_signs(strict: TestServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "credentials").write_text(profile("default", "AKIAIOSFODNN7EXAMPLE", "x" * 40) + profile("team"))
    monkeypatch.setenv("AWS_PROFILE", "team")

    assert call(strict.url, "/_chasqui/queues")["queues"] == []


def test_a_changed_profile_is_read_again(strict: TestServer, home: Path) -> None:
    (home / "credentials").write_text(profile("default", "AKIAIOSFODNN7EXAMPLE", "x" * 40))
    with pytest.raises(Unreachable, match="security token"):
        call(strict.url, "/_chasqui/queues")
    (home / "credentials").write_text(profile("default") + "\n")

    assert call(strict.url, "/_chasqui/queues")["queues"] == []


def test_a_profile_that_runs_a_program_signs(strict: TestServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = home / "program.py"
    told = json.dumps({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET})
    program.write_text(f"print({told!r})", encoding="utf-8")
    (home / "config").write_text(f"[profile team]\ncredential_process = {sys.executable} {program}\n")
    monkeypatch.setenv("AWS_PROFILE", "team")

    assert call(strict.url, "/_chasqui/queues")["queues"] == []


def test_a_profile_that_is_not_there_is_told_of(strict: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(Unreachable, match="nobody"):
        call(strict.url, "/_chasqui/queues")


def test_a_refusal_is_told_in_the_servers_words(strict: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    iam = strict.client("iam", aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    iam.create_user(UserName="ana")
    iam.put_user_policy(UserName="ana", PolicyName="its", PolicyDocument=policy(allow("chasqui:ListQueues")))
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    use(monkeypatch, key["AccessKeyId"], key["SecretAccessKey"])

    assert call(strict.url, "/_chasqui/queues")["queues"] == []
    with pytest.raises(Unreachable, match="user/ana is not authorized to perform: chasqui:Backup"):
        call(strict.url, "/_chasqui/backup", {"target": "/x"})


def test_a_permissive_server_needs_no_credentials_and_takes_any(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as running:
        assert call(running.url, "/_chasqui/queues")["queues"] == []
        use(monkeypatch, "AKIAIOSFODNN7EXAMPLE", "x" * 40)
        assert call(running.url, "/_chasqui/queues")["queues"] == []


def test_a_broken_profile_does_not_keep_anybody_from_a_permissive_server(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "credentials").write_text("nonsense")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with server() as running:
        running.clock.advance(hours=1)

        assert call(running.url, "/_chasqui/queues")["queues"] == []


def test_nothing_of_botocore_is_loaded_where_there_are_no_credentials(home: Path) -> None:
    program = (
        "import sys; from chasqui.cli.client import credentials_at_hand; assert credentials_at_hand() is None;"
        " assert 'botocore' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_half_of_the_environments_keys_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)

    assert credentials_at_hand() is None


def test_an_address_where_nobody_answers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, KEY, SECRET)
    for url in ("http://127.0.0.1:1", "nonsense", "http://"):
        with pytest.raises(Unreachable, match="no Chasqui server answers"):
            call(url, "/_chasqui/queues")


def test_other_refusals_are_told_with_their_status(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as running, pytest.raises(Unreachable, match="404"):
        call(running.url, "/_chasqui/nothing")
