"""The table of the service's operations; imported when the service is first called.

Each module has its part: `OPERATIONS` and `ACTIONS`, by the operations' names.
"""

from __future__ import annotations

from types import ModuleType

from chasqui.base.service import Table
from chasqui.services.sns.publishing import publish
from chasqui.services.sns.push import endpoints, platforms
from chasqui.services.sns.sms import phones, sandbox, sms_numbers, sms_settings
from chasqui.services.sns.subscriptions import lists, subscription_settings, subscriptions
from chasqui.services.sns.topics import data_protection_policies, permissions, tags, topics
from chasqui.services.sns.types import INPUTS

MODULES: tuple[ModuleType, ...] = (
    publish, topics, subscriptions, subscription_settings, lists, permissions, tags, data_protection_policies,
    phones, sms_settings, sms_numbers, sandbox, platforms, endpoints,
)  # fmt: skip

TABLE = Table.of(MODULES, INPUTS)
