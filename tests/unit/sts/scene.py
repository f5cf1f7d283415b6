"""A scene for STS' tests: users, roles and providers in a store in memory, and calls that are authorised as in strict
mode, without the network and signatures between."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import msgspec
import pytest

from chasqui.access.admission import Admission, Mode, RequestFacts
from chasqui.access.authorizer import Authorizer
from chasqui.access.identity.directory import Directory, Identity
from chasqui.access.identity.documents import (
    ACCESS_KEY,
    OIDC_PROVIDER,
    ROLE,
    USER,
    AccessKeyDocument,
    OidcProviderDocument,
    RoleDocument,
    UserDocument,
    encode,
    unique_id,
)
from chasqui.access.identity.keys import seal_secret
from chasqui.access.identity.roles import describe_role
from chasqui.access.identity.uses import KeyUses
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import memory_ring
from chasqui.fabric.describe import Describers
from chasqui.services.sts.service import Room
from chasqui.services.sts.table import TABLE
from chasqui.store.port import Resource, Transaction
from chasqui.store.sqlite import open_store
from chasqui.wire.typed import from_params

NOW_S = 1_700_000_000
OURS, THEIRS = "111111111111", "222222222222"
ASSUME = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """A statement of an identity policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trust(principal: Any, *actions: str, **more: Any) -> dict[str, Any]:
    """A statement of a trust policy; a text is an AWS principal."""
    named = {"AWS": principal} if isinstance(principal, str) else principal
    return {"Effect": "Allow", "Principal": named, "Action": list(actions or ASSUME), **more}


def role_arn(name: str, account: str = OURS, path: str = "/") -> str:
    return f"arn:aws:iam::{account}:role{path}{name}"


def user_arn(name: str, account: str = OURS) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


class Scene:
    """What a test's story is told with. Everything runs on the scene's own loop, so stories read as they happen."""

    def __init__(self, mode: Mode = "strict") -> None:
        self.runner = asyncio.Runner()
        self.clock = TestClock(frozen_at_ms=NOW_S * 1000)
        self.store = self.runner.run(open_store(None, clock=self.clock))
        self.ring = memory_ring()
        self.directory = Directory(self.store, self.ring)
        describers = Describers()
        describers.add("iam", partial(describe_role, self.store))
        self.uses = KeyUses(self.store, self.clock)
        authorizer = Authorizer(describers.describe, self.store.fresh)
        self.admission = Admission(mode, self.directory, authorizer, self.uses, self.clock)
        self.room = Room(self.store, self.clock, self.ring, self.directory, authorizer, verifies=True)

    def close(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    # ------------------------------------------------------------------------------------------------ what there is

    def user(self, name: str, *statements: dict[str, Any], account: str = OURS, **facts: Any) -> Identity:
        """A user with an access key, and what its policy allows."""
        inline = {"its": policy(*statements)} if statements else {}
        document = UserDocument(name=name, id=unique_id("AIDA"), created_s=NOW_S, inline=inline, **facts)
        self.put(USER, account, name.lower(), document)
        key = unique_id("AKIA")
        secret = seal_secret(self.ring, key, "secret")
        self.put(ACCESS_KEY, "", key, AccessKeyDocument(account=account, user=name, secret=secret, created_s=NOW_S))
        return self.identity(key)

    def role(self, name: str, *trusting: dict[str, Any], account: str = OURS, **facts: Any) -> str:
        """A role that trusts as the statements say; returns its ARN."""
        document = RoleDocument(name=name, id=unique_id("AROA"), created_s=NOW_S, trust=policy(*trusting), **facts)
        self.put(ROLE, account, name.lower(), document)
        return role_arn(name, account, document.path)

    def provider(self, url: str, *client_ids: str, account: str = OURS) -> str:
        """An OpenID Connect provider; returns its ARN."""
        document = OidcProviderDocument(url=url, client_ids=list(client_ids), thumbprints=[], created_s=NOW_S)
        self.put(OIDC_PROVIDER, account, url, document)
        return f"arn:aws:iam::{account}:oidc-provider/{url}"

    def put(self, type_: str, owner: str, name: str, document: msgspec.Struct) -> None:
        async def write(tx: Transaction) -> None:
            await tx.create(Resource(type_, owner, name, encode(document)))

        self.run(self.store.transaction(write))

    def delete(self, type_: str, owner: str, name: str) -> None:
        async def write(tx: Transaction) -> None:
            resource = await tx.get(type_, owner, name)
            assert resource is not None
            await tx.delete(resource)

        self.run(self.store.transaction(write))

    def wait(self, seconds: float) -> None:
        """Time passes."""

        async def advance() -> None:
            self.clock.advance(int(seconds * 1000))

        self.run(advance())

    # ---------------------------------------------------------------------------------------------------- who calls

    def identity(self, access_key: str, token: str = "") -> Identity:
        return self.run(self.directory.find(access_key, token))

    def holder(self, answer: Any) -> Identity:
        """Who has the credentials that were given out."""
        return self.identity(answer.Credentials.AccessKeyId, answer.Credentials.SessionToken)

    def root(self, account: str = OURS) -> Identity:
        return self.admission.root(account, "test")

    @property
    def nobody(self) -> Identity:
        """An anonymous caller."""
        return self.admission._anonymous

    # --------------------------------------------------------------------------------------------------------- calls

    def call(self, who: Identity, operation: str, **parameters: Any) -> Any:
        """Call an operation, authorised as the gateway does it."""
        caller = who.principal
        call = Call(caller.account, "us-east-1", caller, caller.id, "http://localhost:4566")
        request = from_params(TABLE.inputs[operation], parameters)
        facts = RequestFacts("127.0.0.1", secure=False, user_agent="", referer="", now_ms=self.clock.now_ms())

        async def run() -> Any:
            action = TABLE.actions[operation]
            if not self.admission.allows_at_hand(who, action, call, request):
                await self.admission.authorize(who, action, call, request, facts, "query")
            return await TABLE.operations[operation](self.room, call, request)

        return self.run(run())

    def assume(self, who: Identity, role: str, **parameters: Any) -> Any:
        return self.call(who, "AssumeRole", **{"RoleArn": role, "RoleSessionName": "session", **parameters})

    def refused(self, who: Identity, operation: str, **parameters: Any) -> tuple[str, str]:
        """(code, message) of a call that must be refused."""
        with pytest.raises(ServiceError) as caught:
            self.call(who, operation, **parameters)
        return caught.value.code, caught.value.message

    def assume_refused(self, who: Identity, role: str, **parameters: Any) -> tuple[str, str]:
        return self.refused(who, "AssumeRole", **{"RoleArn": role, "RoleSessionName": "session", **parameters})

    def run(self, awaitable: Any) -> Any:
        async def whole() -> Any:
            return await awaitable

        return self.runner.run(whole())


def denied(who: Identity, role: str, action: str = "sts:AssumeRole") -> tuple[str, str]:
    """The refusal of somebody who may not assume a role."""
    return "AccessDenied", f"User: {who.principal.arn} is not authorized to perform: {action} on resource: {role}"
