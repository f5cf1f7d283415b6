"""Which rules of a bucket an event of a key meets. Pure, and quick where nothing does."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote_plus

from chasqui.services.s3.notifications.rules import Rule


def shown_key(key: str) -> str:
    """A key as events have it: URL-encoded as forms are, save for slashes."""
    return quote_plus(key, safe="/", errors="surrogatepass")


class Matcher:
    """The rules of one configuration."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_event: dict[str, list[Rule]] = {}
        for rule in rules:
            for event in rule.events:
                self._by_event.setdefault(event, []).append(rule)

    def of(self, event: str, key: str) -> list[Rule]:
        """The rules that mean `event` ("ObjectCreated:Put") of `key`, each once."""
        by_event = self._by_event
        name = f"s3:{event}"
        rules = [*by_event.get(name, ()), *by_event.get(f"{name.rpartition(':')[0]}:*", ())]
        return [each for each in dict.fromkeys(rules) if _means(each, key)] if rules else []


def _means(rule: Rule, key: str) -> bool:
    """Filters are written URL-encoded where they have more than letters, digits and the like, or plainly."""
    if not rule.prefix and not rule.suffix:
        return True
    shown = shown_key(key)
    return (key.startswith(rule.prefix) or shown.startswith(rule.prefix)) and (
        key.endswith(rule.suffix) or shown.endswith(rule.suffix)
    )
