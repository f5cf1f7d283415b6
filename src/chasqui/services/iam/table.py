"""The table of the service's operations; imported when the service is first called.

Each module has its part: `OPERATIONS` and `ACTIONS`, by the operations' names.
"""

from __future__ import annotations

from types import ModuleType

from chasqui.base.service import Table
from chasqui.services.iam import (
    account,
    attachments,
    boundaries,
    details,
    groups,
    inline,
    keys,
    policies,
    profiles,
    providers,
    report,
    roles,
    simulate,
    users,
    versions,
)
from chasqui.services.iam.types import INPUTS

MODULES: tuple[ModuleType, ...] = (
    users, groups, keys, roles, profiles, account, details, report,
    policies, versions, inline, attachments, boundaries, simulate, providers,
)  # fmt: skip

TABLE = Table.of(MODULES, INPUTS)
