"""What the policy engine's tests share: callers, policies from a few words, and one question put to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chasqui.access.policy.compiled import Compiled
from chasqui.access.policy.decision import Decision, Grants, Question, decide
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.base.actions import Values
from chasqui.base.principal import Principal, root_of, service_principal

OURS, THEIRS = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{OURS}:orders"
SEND = "sqs:SendMessage"

BOB = Principal(kind="user", account=OURS, arn=f"arn:aws:iam::{OURS}:user/bob", id="AIDABOBBOBBOBBOBBOBBO", name="bob")
ANN = Principal(
    kind="user", account=THEIRS, arn=f"arn:aws:iam::{THEIRS}:user/ann", id="AIDAANNANNANNANNANNAN", name="ann"
)
ROOT, FOREIGN_ROOT = root_of(OURS), root_of(THEIRS)
S3 = service_principal("s3.amazonaws.com")
ANYBODY = Principal(kind="anonymous", account="", arn="", id="")
ROLE_ARN = f"arn:aws:iam::{OURS}:role/path/worker"
SESSION = Principal(
    kind="role",
    account=OURS,
    arn=f"arn:aws:sts::{OURS}:assumed-role/worker/nightly",
    id="AROAWORKERWORKERWORKE:nightly",
    name="worker",
    issuer=ROLE_ARN,
    issued_at_ms=1_767_225_600_000,
    expires_at_ms=1_767_229_200_000,
)
FEDERATED = Principal(
    kind="federated",
    account=OURS,
    arn=f"arn:aws:sts::{OURS}:federated-user/guest",
    id=f"{OURS}:guest",
    name="guest",
    issuer=BOB.arn,
    issued_at_ms=1_767_225_600_000,
    expires_at_ms=1_767_229_200_000,
)


def statement(effect: str, action: object = SEND, resource: object = "*", **others: Any) -> dict[str, Any]:
    """A statement; elements beside the usual are given by name, and left out where they are None."""
    found = {"Effect": effect, "Action": action, "Resource": resource, **others}
    return {name: value for name, value in found.items() if value is not None}


def document(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    """A policy document of statements."""
    return json.dumps({**({"Version": version} if version else {}), "Statement": list(statements)})


def identity(*statements: dict[str, Any], source: str = "policy") -> Compiled:
    """An identity-based policy."""
    return compile_policy(document(*statements), PolicyType.IDENTITY, source)


def resource(*statements: dict[str, Any], source: str = QUEUE) -> Compiled:
    """A resource-based policy."""
    return compile_policy(document(*statements), PolicyType.RESOURCE, source)


def allow(**others: Any) -> dict[str, Any]:
    return statement("Allow", **others)


def deny(**others: Any) -> dict[str, Any]:
    return statement("Deny", **others)


def to(*names: str) -> dict[str, Any]:
    """A Principal element that names ARNs, accounts or unique ids."""
    return {"Principal": {"AWS": list(names)}}


def ask(
    principal: Principal = BOB,
    grants: Grants | tuple[Compiled, ...] = (),
    policy: Compiled | None = None,
    *,
    action: str = SEND,
    on: str = QUEUE,
    owner: str = OURS,
    context: Mapping[str, Values] | None = None,
    exclusive: bool = False,
) -> Decision:
    """The decision on one question; grants may be just identity-based policies."""
    granted = grants if isinstance(grants, Grants) else Grants(identity=grants)
    return decide(Question(principal, action, on, owner, context or {}), granted, policy, exclusive)


def applies(element: Mapping[str, Any], *, principal: Principal = BOB, on: str = QUEUE, **context: Any) -> bool:
    """Whether an Allow with these elements allows bob to send; context keys come as `aws__SourceIp`."""
    keys = {name.replace("__", ":").replace("_slash_", "/"): value for name, value in context.items()}
    return ask(principal, (identity(allow(**element)),), on=on, context=keys).allowed


def fulfils(operator: str, key: str, given: object, values: Values | None, principal: Principal = BOB) -> bool:
    """Whether an Allow under a condition allows; `values` is what the request holds for the key, None for nothing."""
    policy = identity(allow(Condition={operator: {key: given}}))
    return ask(principal, (policy,), context={} if values is None else {key: values}).allowed
