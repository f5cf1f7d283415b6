"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.service import Table
from chasqui.services.sts import callers, roles, web_identity
from chasqui.services.sts.actions import ACTIONS
from chasqui.services.sts.types import INPUTS

TABLE = Table(
    operations={
        "AssumeRole": roles.assume_role,
        "AssumeRoleWithWebIdentity": web_identity.assume_role_with_web_identity,
        "GetAccessKeyInfo": callers.get_access_key_info,
        "GetCallerIdentity": callers.get_caller_identity,
        "GetFederationToken": callers.get_federation_token,
        "GetSessionToken": callers.get_session_token,
    },
    inputs=INPUTS,
    actions=ACTIONS,
)
