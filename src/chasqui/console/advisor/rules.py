"""All rules, applied to what there is."""

from __future__ import annotations

from chasqui.console.advisor.findings import SEVERITIES, Finding
from chasqui.console.advisor.rules_others import OTHER_RULES
from chasqui.console.advisor.rules_queues import QUEUE_RULES
from chasqui.console.landscape import Landscape


def advise(found: Landscape) -> list[Finding]:
    """All findings, the worst first."""
    findings = [each for rule in (*QUEUE_RULES, *OTHER_RULES) for each in rule(found)]
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.code, finding.key
