"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Operation, Table
from chasqui.services.cloudtrail.lookup import lookup_events
from chasqui.services.cloudtrail.types import INPUTS

OPERATIONS: dict[str, Operation] = {"LookupEvents": lookup_events}

# Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudTrail".
ACTIONS: dict[str, Action] = {"LookupEvents": Action(name="cloudtrail:LookupEvents", level="read")}

TABLE = Table(OPERATIONS, INPUTS, ACTIONS)
