"""The Principal and NotPrincipal elements of resource policies: whom they name, and how closely.

Source: IAM user guide, "AWS JSON policy elements: Principal", "… NotPrincipal". How closely matters: whom a policy
names itself needs nothing else, a role's session is still limited by what limits the role, and an account is only given
what its own policies then pass on.
"""

from __future__ import annotations

import enum
import re

import msgspec

from chasqui.access.policy.grammar import Principals
from chasqui.base.principal import Principal


class Naming(enum.IntEnum):
    """How closely a statement names a caller."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?(\d{12})(?::root)?\Z")


class Names(msgspec.Struct, frozen=True, eq=False):
    """An element, compiled. `arns` holds unique ids too. Canonical user ids name nobody: callers have none here."""

    everyone: bool
    negated: bool
    arns: frozenset[str]
    accounts: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]

    def naming(self, principal: Principal) -> Naming:
        """How the element names a caller. NotPrincipal names all but those whom it lists, by whichever of their names:
        session, role, user or account."""
        listed = self._listed(principal)
        if self.negated:
            return Naming.NOT if listed else Naming.DIRECT
        return listed

    def _listed(self, principal: Principal) -> Naming:
        if self.everyone:
            return Naming.DIRECT
        if principal.kind in ("service", "anonymous"):
            return Naming.DIRECT if principal.name in self.services else Naming.NOT
        if principal.kind == "federated" and principal.federated_provider in self.federated:
            return Naming.DIRECT
        if principal.arn in self.arns or principal.id in self.arns:
            return Naming.DIRECT
        if principal.issuer in self.arns or principal.id.partition(":")[0] in self.arns:
            return Naming.ROLE
        return Naming.ACCOUNT if principal.account in self.accounts else Naming.NOT


def names(principals: Principals) -> Names:
    """Compile an element."""
    named = principals.named.get("AWS", ())
    accounts = {found[1]: text for text in named if (found := _ACCOUNT.match(text))}
    return Names(
        everyone=principals.everyone,
        negated=principals.negated,
        arns=frozenset(named) - frozenset(accounts.values()) - {"*"},
        accounts=frozenset(accounts),
        services=frozenset(principals.named.get("Service", ())),
        federated=frozenset(principals.named.get("Federated", ())),
    )
