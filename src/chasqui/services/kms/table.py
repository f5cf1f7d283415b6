"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.service import Table
from chasqui.services.kms.types import INPUTS

TABLE = Table(operations={}, inputs=INPUTS, actions={})
