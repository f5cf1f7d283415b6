"""Trust policies to begin with: who may take a role on."""

from __future__ import annotations

import json
from typing import Any, Final

from chasqui.console.language import N_


def _trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


EXAMPLES: Final = (
    (N_("Functions of Lambda"), _trust({"Service": "lambda.amazonaws.com"})),
    (N_("Users and roles of this account"), _trust({"AWS": "arn:aws:iam::000000000000:root"})),
    (
        N_("Who has a token of an identity provider"),
        _trust(
            {"Federated": "arn:aws:iam::000000000000:oidc-provider/issuer.example"},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {"issuer.example:aud": "my-app"}},
        ),
    ),
)
