"""The table of the service's operations; imported when the service is first called.

Each module has its part: `OPERATIONS` and `ACTIONS`, by the operations' names.
"""

from __future__ import annotations

from types import ModuleType

from chasqui.base.actions import Action
from chasqui.base.service import Operation, Table
from chasqui.services.sns import endpoints, phones, platforms, sandbox, sms_numbers, sms_settings
from chasqui.services.sns.types import INPUTS

MODULES: tuple[ModuleType, ...] = (phones, sms_settings, sms_numbers, sandbox, platforms, endpoints)


def _table() -> Table:
    operations: dict[str, Operation] = {}
    actions: dict[str, Action] = {}
    for module in MODULES:
        operations |= module.OPERATIONS
        actions |= module.ACTIONS
    return Table(operations, INPUTS, actions)


TABLE = _table()
