"""The managed policies that AWS has under its own ARNs, as far as they matter for this server's services.

What they allow is AWS' (AWS managed policy reference guide); they lie in `managed.json`.
"""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("managed.json")


class ManagedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One of AWS' policies. `version` is the id of its only version here."""

    name: str
    id: str
    path: str = "/"
    description: str
    created_s: int
    version: str = "v1"
    document: msgspec.Raw

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"

    @property
    def text(self) -> str:
        return bytes(self.document).decode()


@functools.cache
def managed_policies() -> dict[str, ManagedPolicy]:
    """All of them, by ARN."""
    found = msgspec.json.decode(_FILE.read_bytes(), type=list[ManagedPolicy])
    return {policy.arn: policy for policy in found}


def managed_policy(arn: str) -> ManagedPolicy | None:
    """The policy with this ARN, or None."""
    return managed_policies().get(arn) if arn.startswith("arn:aws:iam::aws:policy/") else None
