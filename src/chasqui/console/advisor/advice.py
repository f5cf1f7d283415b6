"""The advisor as a control endpoint, for `chasqui advise` and whoever else asks: findings, with words in English."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from chasqui.base.arn import is_account
from chasqui.base.bounded import keep
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal

if TYPE_CHECKING:
    from chasqui.server.house import House

PATH: Final = "/_chasqui/advice"
ALL: Final = "all"
"""Every region that there is, in the place of one."""
_COUNT_LIFE_MS: Final = 60_000
_COUNTS_MAX: Final = 64


class _Advice:
    """Whoever may ask is the operator: accounts are looked at as their roots would. How many findings there were is
    remembered for a while, for pages that show the number alone: to look is to ask something of every resource."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._counts: dict[tuple[str, str], dict[str, Any]] = {}

    async def findings(self, account: str, region: str, base_url: str) -> dict[str, Any]:
        """What there is to look at in a region; in each of them for `ALL`."""
        if region != ALL:
            return await self._of_region(account, region, base_url)
        # When it is first asked for: most servers are never.
        from chasqui.console.preferences import REGIONS  # noqa: PLC0415

        merged: dict[str, Any] = {"account": account, "region": ALL, "findings": [], "leftOut": set(), "cut": set()}
        for each in REGIONS:
            told = await self._of_region(account, each, base_url)
            merged["findings"] += told["findings"]
            merged["leftOut"].update(told["leftOut"])
            merged["cut"].update(told["cut"])
        return merged | {"leftOut": sorted(merged["leftOut"]), "cut": sorted(merged["cut"])}

    async def count(self, account: str, region: str, base_url: str) -> dict[str, Any]:
        """How many findings there were of each severity, and when that was."""
        now_ms = self._house.clock.now_ms()
        known = self._counts.get((account, region))
        if known is None or now_ms - known["lookedAtMs"] >= _COUNT_LIFE_MS:
            known = self._counted((await self.findings(account, region, base_url))["findings"], now_ms)
            keep(self._counts, (account, region), known, _COUNTS_MAX)
        return {"account": account, "region": region, **known}

    def _counted(self, findings: list[dict[str, Any]], now_ms: int) -> dict[str, Any]:
        counts = dict.fromkeys(("error", "warning", "note"), 0)
        for each in findings:
            counts[each["severity"]] += 1
        return {"counts": counts, "lookedAtMs": now_ms}

    async def _of_region(self, account: str, region: str, base_url: str) -> dict[str, Any]:
        from chasqui.console.advisor.rules import advise  # noqa: PLC0415  as above
        from chasqui.console.advisor.wording import WORDS  # noqa: PLC0415
        from chasqui.console.api import Api  # noqa: PLC0415
        from chasqui.console.landscape import landscape  # noqa: PLC0415
        from chasqui.server.guests import Guest  # noqa: PLC0415

        api = Api(self._house, Guest(self._house.believed(account), region, base_url, self._house.clock))
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


def advice_endpoints(house: House, account: str, region: str) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint. Without parameters it looks at the account and region given here; with `count` it
    says how many findings there are."""
    advice = _Advice(house)

    async def advised(request: ControlRequest) -> Answer:
        named = request.parameter("account", account)
        if not is_account(named):
            raise Refusal(400, "account must be 12 digits")
        ask = advice.count if request.parameter("count") == "true" else advice.findings
        return Answer(await ask(named, request.parameter("region", region), request.base_url))

    return {("GET", PATH): Endpoint(advised, "chasqui:GetAdvice")}
