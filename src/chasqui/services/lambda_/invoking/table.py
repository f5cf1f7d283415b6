"""The operations of this folder, and their actions (Service Authorization Reference, "AWS Lambda")."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Operation

OPERATIONS: dict[str, Operation] = {}

ACTIONS: dict[str, Action] = {}
