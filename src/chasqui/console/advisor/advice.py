"""The advisor as a control endpoint, for `chasqui advise` and whoever else asks: findings, with words in English."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from chasqui.base.arn import is_account
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal

if TYPE_CHECKING:
    from chasqui.server.house import House

PATH: Final = "/_chasqui/advice"


def advice_endpoints(house: House, account: str, region: str) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint. Without parameters it looks at the account and region given here."""

    async def advice(request: ControlRequest) -> Answer:
        named = request.parameter("account", account)
        if not is_account(named):
            raise Refusal(400, "account must be 12 digits")
        return Answer(await _advice(house, named, request.parameter("region", region), request.base_url))

    return {("GET", PATH): Endpoint(advice, "chasqui:GetAdvice")}


async def _advice(house: House, account: str, region: str, base_url: str) -> dict[str, Any]:
    """Whoever may ask is the operator: the account is looked at as its root would."""
    # When it is first asked for: most servers are never.
    from chasqui.console.advisor.rules import advise  # noqa: PLC0415
    from chasqui.console.advisor.wording import WORDS  # noqa: PLC0415
    from chasqui.console.api import Api  # noqa: PLC0415
    from chasqui.console.landscape import landscape  # noqa: PLC0415
    from chasqui.server.guests import Guest  # noqa: PLC0415

    api = Api(house, Guest(house.believed(account), region, base_url, house.clock))
    found = await landscape(api)

    def told() -> list[dict[str, Any]]:
        findings = []
        for finding in advise(found):
            words, values = WORDS[finding.code], {"name": finding.name, **finding.facts}
            findings.append(
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "arn": finding.arn,
                    "title": words.title % values,
                    "why": words.why % values,
                    "commands": finding.commands(api),
                }
            )
        return findings

    return {
        "account": account,
        "region": region,
        # On a thread: where there is much to look at, there is much to say.
        "findings": await asyncio.to_thread(told),
        "leftOut": sorted(found.left_out),
        "cut": sorted(found.cut),
    }
