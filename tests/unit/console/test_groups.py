"""Messages that are alike, gathered page by page."""

from __future__ import annotations

from typing import Any

from chasqui.console.messages.peeking import Group, group, largest


def message(sequence: int, body: str, sent_ms: int) -> dict[str, Any]:
    return {"Sequence": str(sequence), "Body": body, "Attribute": [{"Name": "SentTimestamp", "Value": str(sent_ms)}]}


def test_groups_go_on_from_page_to_page() -> None:
    found: dict[str, Group] = {}
    group(found, [message(1, '{"a": 1}', 10), message(2, "plain", 20)], "")
    group(found, [message(3, '{"a": 2}', 30)], "")

    assert [(each.name, each.count, each.first_ms, each.last_ms) for each in largest(found)] == [
        ("{a}", 2, 10, 30),
        ("text", 1, 20, 20),
    ]
