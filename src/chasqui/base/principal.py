"""Who makes a call, as policies, messages and logs name them. Only facts: what they may do is `access`'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Kind = Literal["root", "user", "role", "federated", "service", "anonymous"]


class Principal(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A caller (IAM user guide, "AWS JSON policy elements: Principal").

    `arn` is what aws:PrincipalArn would show, save that an assumed role's session has its session ARN here
    (`arn:aws:sts::…:assumed-role/role/session`) and its role's in `issuer`. A service's is its name
    (`s3.amazonaws.com`), an anonymous caller's is "". `id` is the unique id (aws:userid): the account's for root,
    `AIDA…`, `AROA…:session`, `account:federated-name`. Times are 0 for credentials that do not end.
    """

    kind: Kind
    account: str
    arn: str
    id: str
    name: str = ""
    access_key: str = ""
    issuer: str = ""
    tags: Mapping[str, str] = {}
    transitive_tags: tuple[str, ...] = ()
    source_identity: str = ""
    federated_provider: str = ""
    claims: Mapping[str, str] = {}
    issued_at_ms: int = 0
    expires_at_ms: int = 0
    mfa: bool = False

    @property
    def session(self) -> bool:
        """Whether its credentials are temporary ones."""
        return self.expires_at_ms > 0


def root_of(account: str, access_key: str = "") -> Principal:
    """The account itself, as its owner signs in, and as whom permissive servers take everybody."""
    return Principal(
        kind="root", account=account, arn=f"arn:aws:iam::{account}:root", id=account, access_key=access_key
    )


def service_principal(name: str) -> Principal:
    """An AWS service acting on a customer's behalf, for example "s3.amazonaws.com"."""
    return Principal(kind="service", account="", arn=name, id=name, name=name)
