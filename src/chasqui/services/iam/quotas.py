"""IAM's quotas, with AWS' defaults (IAM user guide, "IAM and AWS STS quotas"). Sizes: characters, whitespace apart."""

from __future__ import annotations

from typing import Final

USERS: Final = 5000
GROUPS: Final = 300
ROLES: Final = 1000
INSTANCE_PROFILES: Final = 1000
POLICIES: Final = 1500
POLICY_VERSIONS: Final = 5
ACCESS_KEYS_PER_USER: Final = 2
GROUPS_PER_USER: Final = 10
ATTACHED_POLICIES: Final = 10
TAGS: Final = 50
OIDC_PROVIDERS: Final = 100
CLIENT_IDS_PER_PROVIDER: Final = 100
THUMBPRINTS_PER_PROVIDER: Final = 5
TRUST_POLICY_SIZE: Final = 2048
USER_POLICY_SIZE: Final = 2048
GROUP_POLICY_SIZE: Final = 5120
ROLE_POLICY_SIZE: Final = 10240
MANAGED_POLICY_SIZE: Final = 6144


def policy_size(text: str) -> int:
    """A policy's length as IAM counts it: without whitespace."""
    return len("".join(text.split()))
