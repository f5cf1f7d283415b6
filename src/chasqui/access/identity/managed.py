"""The managed policies that AWS has under its own ARNs, as far as they matter for this server's services.

What they allow is AWS' (AWS managed policy reference guide, as of spring 2026); they lie in `managed.json`.
ReadOnlyAccess, ViewOnlyAccess and SecurityAudit keep AWS' descriptions, but of what they allow only the part about
the services that this server has or will have: the rest is a hundred kilobytes about services that it has not.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("managed.json")


class ManagedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One of AWS' policies. `version` is the id of its default version, and the only one here."""

    name: str
    path: str = "/"
    description: str
    created_s: int
    updated_s: int
    version: str
    document: msgspec.Raw

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"

    @property
    def id(self) -> str:
        """A unique id in AWS' form, the same on every server. AWS' own ids are not documented."""
        digest = hashlib.sha256(self.arn.encode()).digest()
        return "ANPA" + base64.b32encode(digest).decode()[:17]

    @property
    def text(self) -> str:
        """The policy document."""
        return msgspec.json.format(bytes(self.document), indent=2).decode()


@functools.cache
def managed_policies() -> dict[str, ManagedPolicy]:
    """All of them, by ARN."""
    found = msgspec.json.decode(_FILE.read_bytes(), type=list[ManagedPolicy])
    return {policy.arn: policy for policy in found}


def managed_policy(arn: str) -> ManagedPolicy | None:
    """The policy with this ARN, or None."""
    return managed_policies().get(arn) if arn.startswith("arn:aws:iam::aws:policy/") else None
