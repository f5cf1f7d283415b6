"""The operations of this folder, and their actions (Service Authorization Reference, "AWS Lambda")."""

from __future__ import annotations

from types import ModuleType

from chasqui.base.actions import Action
from chasqui.base.service import Operation
from chasqui.services.lambda_.functions import (
    aliases,
    concurrency,
    creating,
    deleting,
    event_invokes,
    layer_permissions,
    layers,
    managing,
    permissions,
    provisioning,
    reading,
    tagging,
    updating,
    urls,
    versions,
)

MODULES: tuple[ModuleType, ...] = (
    creating, reading, updating, deleting, versions, aliases, permissions, urls, concurrency, provisioning,
    event_invokes, layers, layer_permissions, managing, tagging,
)  # fmt: skip

OPERATIONS: dict[str, Operation] = {
    name: operation for module in MODULES for name, operation in module.OPERATIONS.items()
}

ACTIONS: dict[str, Action] = {name: action for module in MODULES for name, action in module.ACTIONS.items()}
