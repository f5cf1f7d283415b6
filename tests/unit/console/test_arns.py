"""What an ARN names, and where its page is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chasqui.console.arns import kind_of, name_of, page_of
from chasqui.console.page import Page


def href(*segments: str, **_query: Any) -> str:
    return "/".join(segments)


PAGE = cast("Page", SimpleNamespace(href=href, api=SimpleNamespace(region="us-east-1", account="000000000000")))
HERE = "us-east-1:000000000000"


@pytest.mark.parametrize(
    ("arn", "page"),
    [
        (f"arn:aws:sqs:{HERE}:new", "queues/new/details"),
        (f"arn:aws:sns:{HERE}:news", "topics/news/subscriptions"),
        (f"arn:aws:sns:{HERE}:news:1234", "topics/news/subscriptions/1234"),
        (f"arn:aws:sns:{HERE}:endpoint/GCM/shop/1234", "topics/push/GCM/shop"),
        (f"arn:aws:lambda:{HERE}:function:resize:live", "functions/resize/code"),
        ("arn:aws:s3:::photos/cat.jpg", "buckets/photos"),
    ],
)
def test_what_the_console_shows_has_a_page(arn: str, page: str) -> None:
    assert page_of(PAGE, arn) == page


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "https://example.com/hook",
        "arn:aws:sqs:eu-west-1:000000000000:orders",
        "arn:aws:sqs:us-east-1:111122223333:orders",
        f"arn:aws:lambda:{HERE}:layer:tools:1",
        f"arn:aws:events:{HERE}:rule/daily",
    ],
)
def test_what_is_elsewhere_or_unknown_has_none(text: str) -> None:
    assert not page_of(PAGE, text)


def test_a_resource_is_called_by_the_last_part_of_its_arn() -> None:
    named = {
        f"arn:aws:sqs:{HERE}:orders": ("queue", "orders"),
        f"arn:aws:lambda:{HERE}:function:resize:7": ("function", "resize"),
        "arn:aws:s3:::photos/a:b": ("bucket", "photos/a:b"),
        "+12025550123": ("other", "+12025550123"),
    }
    assert {arn: (kind_of(arn), name_of(arn)) for arn in named} == named
