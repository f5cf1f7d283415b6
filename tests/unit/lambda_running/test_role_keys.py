"""The credentials that functions are given."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from chasqui.access.identity.documents import ROLE, RoleDocument, encode
from chasqui.access.identity.role_keys import SECONDS, RoleKeys
from chasqui.access.identity.sessions import open_session
from chasqui.app import App, build
from chasqui.base.errors import ServiceError
from chasqui.base.settings import load_settings
from chasqui.store.port import Resource, Transaction

_ROLE = "arn:aws:iam::111122223333:role/worker"


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _keys(tmp_path: Path, mode: str, trust: str | None) -> tuple[dict[str, str], Any]:
    async def get() -> tuple[dict[str, str], Any]:
        overrides = {
            "database": "memory", "port": 0, "data": str(tmp_path), "auth": mode,
            "admin_access_key": "A" * 20, "admin_secret_key": "s" * 40,
        }  # fmt: skip
        app: App = await build(load_settings(environ={}, overrides=overrides))
        if trust is not None:
            role = RoleDocument(name="worker", id="AROA1234567890ABCDEFG", created_s=0, trust=trust)

            async def write(tx: Transaction) -> None:
                await tx.create(Resource(ROLE, "111122223333", "worker", encode(role)))

            await app.store.transaction(write)
        keys = RoleKeys(app.store, app.clock, app.ring, app.access.authorizer, mode)
        try:
            found = await keys.of(_ROLE, "hello")
            token = found.get("AWS_SESSION_TOKEN")
            return found, open_session(app.ring, token) if token else None
        finally:
            await app.close()

    return asyncio.run(get())


@pytest.mark.parametrize("mode", ["permissive", "strict"])
def test_a_role_that_trusts_lambda_gives_a_session_in_the_functions_name(tmp_path: Path, mode: str) -> None:
    found, session = _keys(tmp_path, mode, _trust("lambda.amazonaws.com"))

    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert (session.account, session.name, session.session_name) == ("111122223333", "worker", "hello")
    assert session.expires_at_ms - session.issued_at_ms == SECONDS * 1000
    assert session.verified == (mode == "strict")


@pytest.mark.parametrize("trust", [None, _trust("ec2.amazonaws.com")])
def test_a_strict_server_gives_nothing_where_lambda_is_not_trusted(tmp_path: Path, trust: str | None) -> None:
    with pytest.raises(ServiceError) as refused:
        _keys(tmp_path, "strict", trust)

    assert refused.value.message == "The role defined for the function cannot be assumed by Lambda."


def test_where_callers_are_believed_an_unknown_role_is_its_account(tmp_path: Path) -> None:
    found, _ = _keys(tmp_path, "permissive", None)

    assert found == {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "test"}
