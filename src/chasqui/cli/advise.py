"""`chasqui advise`: what the advisor finds, for a person or for CI."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from rich.console import Console
from rich.text import Text

from chasqui.cli.client import call

SEVERITIES: Final = ("error", "warning", "note")
_COLOURS: Final = {"error": "red", "warning": "yellow", "note": "blue"}


def advise(url: str, account: str, region: str, *, fail_on: str, as_json: bool) -> int:
    """Print the findings; the exit status is 2 where one is as bad as `fail_on` or worse, else 0."""
    given = {name: value for name, value in (("account", account), ("region", region)) if value}
    advice = call(url, f"/_chasqui/advice{'?' if given else ''}{urlencode(given)}")
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(advice), indent=2).decode())
    else:
        show(advice)
    bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return 2 if any(each["severity"] in bad for each in advice["findings"]) else 0


def show(advice: dict[str, Any]) -> None:
    """The findings as text: names are what users gave, so nothing in them is markup."""
    console = Console(soft_wrap=True, highlight=False)
    for each in advice["findings"]:
        console.print(Text(f"{each['severity']}: ", _COLOURS[each["severity"]]) + Text(each["title"]))
        console.print(Text(f"  {each['why']}"))
        for command in each["commands"]:
            console.print(Text(f"  $ {command}", "dim"))
    counts = {name: sum(each["severity"] == name for each in advice["findings"]) for name in SEVERITIES}
    words = ", ".join(f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts.items())
    console.print(Text(f"{words} in {advice['region']} of {advice['account']}"))
    for name in (*advice["leftOut"], *advice["cut"]):
        console.print(Text(f"not looked at, or not all of it: {name}"))
