"""The documents of IAM's resources. `services/iam` writes them, the directory reads them to know what a caller may do.

Owner is the account. IAM's names are unique without regard to case: a resource's name is the lower-cased one, the
document has the one that was given. Times are seconds since the epoch. Unique ids are AWS': four letters of what it is
(`AIDA`, `AGPA`, `AROA`, `ANPA`, `AIPA`, `AKIA`, `ASIA`) and 17 of A–Z and 2–7.
"""

from __future__ import annotations

import base64
import os
from typing import Final, TypeVar

import msgspec

from chasqui.store.port import Resource

USER: Final = "iam:user"
GROUP: Final = "iam:group"
ROLE: Final = "iam:role"
POLICY: Final = "iam:policy"
INSTANCE_PROFILE: Final = "iam:instance-profile"
ACCESS_KEY: Final = "iam:access-key"
"""Owner "" and name the key's id, so that a request finds it; parent is "account/user" (the user's resource name)."""
KEY_USE: Final = "iam:access-key-use"
"""When a key was last used; apart from the key, because it changes all the time. Owner "", name the key's id."""
ATTACHMENT: Final = "iam:attachment"
"""One attached managed policy. Owner the account, name "user/bob policy-arn" (or group/, role/; names lower-cased),
parent "account policy-arn", so that a policy's entities are found. No document."""
OIDC_PROVIDER: Final = "iam:oidc-provider"
"""Name is the issuer's URL without its scheme."""
ACCOUNT_ALIAS: Final = "iam:account-alias"
"""Owner "", name the alias, document the account's id: aliases are unique among accounts."""

WATCHED: Final = (USER, GROUP, ROLE, POLICY, ACCESS_KEY)
"""A change of any of these may change what somebody may do."""


class UserDocument(msgspec.Struct, kw_only=True):
    """A user. `inline` is policy text by policy name, `attached` managed policies' ARNs, `groups` lower-cased names,
    `boundary` a managed policy's ARN."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    tags: dict[str, str] = {}
    boundary: str | None = None
    inline: dict[str, str] = {}
    attached: list[str] = []
    groups: list[str] = []


class GroupDocument(msgspec.Struct, kw_only=True):
    """A group. `members` are lower-cased user names."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    inline: dict[str, str] = {}
    attached: list[str] = []
    members: list[str] = []


class RoleDocument(msgspec.Struct, kw_only=True):
    """A role. `trust` is its trust policy's text."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    trust: str
    description: str | None = None
    session_seconds_max: int = 3600
    tags: dict[str, str] = {}
    boundary: str | None = None
    inline: dict[str, str] = {}
    attached: list[str] = []


class PolicyVersion(msgspec.Struct, kw_only=True):
    """One version of a managed policy: its id ("v3") and text."""

    id: str
    text: str
    created_s: int


class PolicyDocument(msgspec.Struct, kw_only=True):
    """A customer's managed policy. `next_version` is the number that the next version gets."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    updated_s: int
    description: str | None = None
    tags: dict[str, str] = {}
    versions: list[PolicyVersion]
    default: str = "v1"
    next_version: int = 2

    @property
    def text(self) -> str:
        """The default version's."""
        return next(each.text for each in self.versions if each.id == self.default)


class InstanceProfileDocument(msgspec.Struct, kw_only=True):
    """An instance profile. `role` is a lower-cased role name."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    role: str | None = None
    tags: dict[str, str] = {}


class AccessKeyDocument(msgspec.Struct, kw_only=True):
    """A user's access key. `secret` is sealed by the key ring; `user` is a lower-cased name."""

    account: str
    user: str
    secret: bytes
    active: bool = True
    created_s: int


class KeyUse(msgspec.Struct, kw_only=True):
    """When, where and for what a key was last used."""

    at_s: int
    region: str
    service: str


class OidcProviderDocument(msgspec.Struct, kw_only=True):
    """An OpenID Connect provider. `url` is without its scheme."""

    url: str
    client_ids: list[str]
    thumbprints: list[str]
    created_s: int
    tags: dict[str, str] = {}


Document = TypeVar("Document", bound=msgspec.Struct)


def decode(kind: type[Document], resource: Resource) -> Document:
    """A resource's document."""
    return msgspec.json.decode(resource.document, type=kind)


encode = msgspec.json.Encoder().encode


def unique_id(prefix: str) -> str:
    """A new unique id; for keys 20 characters, for the others 21, as AWS'."""
    letters = base64.b32encode(os.urandom(15)).decode()
    return prefix + letters[: 16 if prefix in ("AKIA", "ASIA") else 17]


def new_secret() -> str:
    """A secret access key: 40 characters."""
    return base64.b64encode(os.urandom(30)).decode()


def iam_arn(account: str, kind: str, path: str, name: str) -> str:
    """`arn:aws:iam::account:kind/path/name`."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"
