"""The pure rules of topics and subscriptions: who must confirm, quotas of policies, archives, replays, tokens."""

from __future__ import annotations

import json

import pytest

from chasqui.base.errors import ServiceError
from chasqui.base.positions import name_in, token_after
from chasqui.services.sns.documents import Protocol
from chasqui.services.sns.errors import Unacceptable
from chasqui.services.sns.subscriptions import confirmation, replays, subscribers
from chasqui.services.sns.topics import topic_policies
from chasqui.services.sns.topics.topic_attributes import archive_days

ACCOUNT, OTHER = "000000000000", "111122223333"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "needed"),
    [
        ("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", False),
        ("sqs", f"arn:aws:sqs:us-east-1:{OTHER}:q", True),
        ("lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", False),
        ("application", f"arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/GCM/a/b", False),
        ("application", f"arn:aws:sns:us-east-1:{OTHER}:endpoint/GCM/a/b", True),
        ("sms", "+15551234567", False),
        ("http", "http://example.com", True),
        ("email", "a@example.com", True),
    ],
)
def test_what_belongs_to_another_must_confirm(protocol: Protocol, endpoint: str, needed: bool) -> None:
    assert subscribers.needs_confirmation(protocol, endpoint, ACCOUNT) is needed


def statements(count: int, principals: int = 1) -> str:
    accounts = [f"arn:aws:iam::{number:012d}:root" for number in range(principals)]
    each = {"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "sns:Publish", "Resource": TOPIC}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**each, "Sid": f"s{n}"} for n in range(count)]})


def test_a_policy_has_quotas() -> None:
    topic_policies.read(statements(100))
    topic_policies.read(statements(1, 200))

    for text in (statements(101), statements(1, 201), statements(1) + " " * topic_policies.BYTES_MAX):
        with pytest.raises(ServiceError, match="Policy Error"):
            topic_policies.read(text)


@pytest.mark.parametrize(
    "text", ["[" * 10_000, "null", '{"Statement":[]}', '{"Statement":{"Effect":"Maybe"}}', "\ud800"]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ServiceError, match="Invalid parameter: Policy"):
        topic_policies.read(text)


def test_no_statement_goes_beyond_the_quota_by_permission() -> None:
    full = topic_policies.read(statements(100))

    with pytest.raises(ServiceError, match="Policy Error"):
        topic_policies.with_permission(full, TOPIC, "one-more", [OTHER], ["Publish"])


@pytest.mark.parametrize(("text", "days"), [("", 0), ("{}", 0), ('{"MessageRetentionPeriod":"365"}', 365)])
def test_an_archive_policy_says_for_how_many_days(text: str, days: int) -> None:
    assert archive_days(text) == days


@pytest.mark.parametrize("value", ['"0"', '"366"', '"x"', "1.5", "[]", "true", '"1e2"'])
def test_an_archive_keeps_messages_for_a_year_at_most(value: str) -> None:
    with pytest.raises(Unacceptable):
        archive_days(f'{{"MessageRetentionPeriod":{value}}}')


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "{}",
        '{"PointType":"Timestamp"}',
        '{"PointType":"Sequence","StartingPoint":"2024-01-01T00:00:00Z"}',
        '{"PointType":"Timestamp","StartingPoint":"yesterday"}',
        '{"PointType":"Timestamp","StartingPoint":"2024-01-02T00:00:00Z","EndingPoint":"2024-01-01T00:00:00Z"}',
    ],
)
def test_a_replay_has_a_beginning_and_perhaps_a_later_end(text: str) -> None:
    with pytest.raises(Unacceptable, match="ReplayPolicy"):
        replays.accept(text, fifo=True)


def test_a_replay_is_accepted_as_it_was_written() -> None:
    text = '{"PointType":"Timestamp","StartingPoint":"2024-01-01T00:00:00.000Z","EndingPoint":"2024-01-02T00:00:00"}'

    assert replays.accept(text, fifo=True) == text
    with pytest.raises(Unacceptable, match="FIFO"):
        replays.accept(text, fifo=False)


def test_a_token_names_its_subscription() -> None:
    id_ = "a0a0a0a0-b1b1-c2c2-d3d3-e4e4e4e4e4e4"

    token = confirmation.new_token(id_)

    assert confirmation.subscription_of(token) == id_
    assert confirmation.new_token(id_) != token
    other = "00000000-0000-0000-0000-000000000000"
    assert confirmation.subscription_of(confirmation.retokened(token, f"topic:{other}")) == other


@pytest.mark.parametrize("name", ["", "topic", "own t:é", "x" * 500])
def test_a_page_goes_on_where_its_token_says(name: str) -> None:
    assert name_in(token_after(name)) == name


@pytest.mark.parametrize("token", ["*", "x", "/w==", "é", token_after("a\0b")])
def test_what_is_no_page_token_says_nothing(token: str) -> None:
    assert name_in(token) is None
