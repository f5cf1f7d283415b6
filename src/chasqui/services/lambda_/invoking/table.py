"""The operations of this folder, and their actions (Service Authorization Reference, "AWS Lambda")."""

from __future__ import annotations

from chasqui.services.lambda_.invoking import calls

OPERATIONS = calls.OPERATIONS

ACTIONS = calls.ACTIONS
