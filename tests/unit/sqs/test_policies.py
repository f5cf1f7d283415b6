"""Access, redrive and redrive-allow policies, and the permissions that write access policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.sqs.policies import read_policy, read_redrive_allow_policy, read_redrive_policy
from tests.unit.sqs.conftest import NewQueue
from tests.unit.sqs.support import arn, attribute, bodies, redrive, refusal, send

ARN = "arn:aws:sqs:us-east-1:000000000000:dead"
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN}


def statements(count: int) -> str:
    numbered = [{**STATEMENT, "Sid": f"s{number}"} for number in range(count)]
    return json.dumps({"Version": "2012-10-17", "Statement": numbered})


# ------------------------------------------------------------------------------------------------------- access


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        "[]",
        "3",
        "null",
        '{"Statement": []}',
        '{"Statement": [1]}',
        json.dumps({"Version": "2012-10-18", "Statement": STATEMENT}),
        json.dumps({"Version": "2012-10-17", "Statement": STATEMENT, "More": 1}),
        json.dumps({"Statement": {**STATEMENT, "Effect": "Maybe"}}),
        json.dumps({"Statement": {**STATEMENT, "More": 1}}),
        json.dumps({"Statement": {"Effect": "Allow", "Resource": "*"}}),
    ],
)
def test_what_is_no_policy_is_refused(policy: str) -> None:
    with pytest.raises(ServiceError, match=r"InvalidAttributeValue: Invalid value for the parameter Policy\.$"):
        read_policy(policy)


@pytest.mark.parametrize(
    "policy",
    [
        {"Version": "2008-10-17", "Id": "x", "Statement": STATEMENT},
        {"Statement": [{**STATEMENT, "Condition": {"ArnEquals": {"aws:SourceArn": ARN}}}]},
        {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "sqs:*"}},
    ],
)
def test_a_policy_is_taken(policy: dict[str, Any]) -> None:
    assert read_policy(json.dumps(policy)) == policy


def test_a_policy_has_at_most_twenty_statements(sqs: Any, queue: str) -> None:
    words = "21 statements were found in the submitted policy, max allowed is 20"

    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": statements(20)})
    changed = refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"Policy": statements(21)})
    created = refusal(sqs.create_queue, QueueName="long", Attributes={"Policy": statements(21)})

    assert changed == ("OverLimit", words, 403)
    assert created == ("InvalidParameterValueException", words, 400)


# ------------------------------------------------------------------------------------------------- permissions


def add(sqs: Any, url: str, label: str = "label", **options: Any) -> Any:
    given = {"AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"], **options}
    return sqs.add_permission(QueueUrl=url, Label=label, **given)


def policy_of(sqs: Any, url: str) -> dict[str, Any]:
    return dict(json.loads(attribute(sqs, url, "Policy")))


def test_a_permission_is_a_statement_of_the_policy(sqs: Any, queue: str) -> None:
    add(sqs, queue, AWSAccountIds=["111111111111", "222222222222"], Actions=["*", "PurgeQueue"])

    own = arn(sqs, queue)
    assert policy_of(sqs, queue) == {
        "Version": "2008-10-17",
        "Id": f"{own}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "label",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]},
                "Action": ["SQS:*", "SQS:PurgeQueue"],
                "Resource": own,
            }
        ],
    }


def test_a_permission_joins_a_policy_that_is_there(sqs: Any, queue: str) -> None:
    own = {"Version": "2012-10-17", "Id": "mine", "Statement": STATEMENT}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(own)})

    add(sqs, queue)

    policy = policy_of(sqs, queue)
    assert (policy["Version"], policy["Id"]) == ("2012-10-17", "mine")
    assert [each.get("Sid") for each in policy["Statement"]] == [None, "label"]


def test_the_last_permission_takes_the_policy_with_it(sqs: Any, queue: str) -> None:
    add(sqs, queue)
    sqs.remove_permission(QueueUrl=queue, Label="label")

    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])


def test_a_label_that_is_not_there_is_told(sqs: Any, queue: str) -> None:
    without = refusal(sqs.remove_permission, QueueUrl=queue, Label="other")
    add(sqs, queue)
    beside = refusal(sqs.remove_permission, QueueUrl=queue, Label="other")

    reason = "Value other for parameter Label is invalid. Reason: can't find label"
    assert without == ("InvalidParameterValueException", f"{reason}.", 400)
    assert beside == ("InvalidParameterValueException", f"{reason} on existing policy.", 400)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"Actions": ["CreateQueue"]}, "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only"),
        ({"Actions": ["Sing"]}, "Value SQS:Sing for parameter ActionName is invalid. Reason: Please refer to the"),
        ({"AWSAccountIds": ["someone"]}, "Value [someone] for parameter PrincipalId is invalid. Reason: Unable"),
        ({"label": "a b"}, "Value a b for parameter Label is invalid."),
        ({"label": "x" * 81}, f"Value {'x' * 81} for parameter Label is invalid."),
        ({"Actions": []}, "The request must contain the parameter Actions."),
        ({"AWSAccountIds": []}, "The request must contain the parameter AWSAccountIds."),
        ({"label": ""}, "The request must contain the parameter Label."),
    ],
)  # fmt: skip
def test_a_wrong_permission_is_refused(sqs: Any, queue: str, options: dict[str, Any], reason: str) -> None:
    code, message, status = refusal(add, sqs=sqs, url=queue, **options)

    assert message.startswith(reason)
    assert (code, status) in (("InvalidParameterValueException", 400), ("MissingRequiredParameterException", 400))


def test_permissions_have_limits(sqs: Any, queue: str) -> None:
    actions = ["SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue"] * 2
    for number in range(20):
        add(sqs, queue, f"label-{number}")

    assert refusal(add, sqs=sqs, url=queue, Actions=actions) == (
        "OverLimit",
        "8 Actions were found, maximum allowed is 7.",
        403,
    )
    assert refusal(add, sqs=sqs, url=queue) == ("OverLimit", "21 Statements were found, maximum allowed is 20.", 403)


# ------------------------------------------------------------------------------------------------------ redrive


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("no json", "Redrive policy is not a valid JSON map."),
        ("[]", "Redrive policy is not a valid JSON map."),
        ({"deadLetterTargetArn": ARN}, "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ({"maxReceiveCount": 3}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        ({"deadLetterTargetArn": ARN, "maxReceiveCount": 0}, "Invalid value for maxReceiveCount: 0, valid values are"),
        ({"deadLetterTargetArn": ARN, "maxReceiveCount": 1001}, "Invalid value for maxReceiveCount: 1001, valid"),
        ({"deadLetterTargetArn": ARN, "maxReceiveCount": "x"}, "Invalid value for maxReceiveCount: x, valid"),
        ({"deadLetterTargetArn": ARN, "maxReceiveCount": 1.5}, "Invalid value for maxReceiveCount: 1.5, valid values"),
        ({"deadLetterTargetArn": "dead", "maxReceiveCount": 3}, "Invalid value for deadLetterTargetArn."),
        ({"deadLetterTargetArn": 3, "maxReceiveCount": 3}, "Invalid value for deadLetterTargetArn."),
        (
            {"deadLetterTargetArn": "arn:aws:sns:us-east-1:000000000000:t", "maxReceiveCount": 3},
            "Only SQS queues are valid resources for deadLetterTargetArn.",
        ),
        (
            {"deadLetterTargetArn": ARN, "maxReceiveCount": 3, "more": 1},
            "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
        ),
    ],
)  # fmt: skip
def test_a_wrong_redrive_policy_is_told(policy: Any, reason: str) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)

    with pytest.raises(ServiceError) as caught:
        read_redrive_policy(text)

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message.startswith(f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}")


@pytest.mark.parametrize("count", [1, 1000, "7"])
def test_a_count_of_receives_is_a_number_or_its_text(count: Any) -> None:
    policy = read_redrive_policy(json.dumps({"deadLetterTargetArn": ARN, "maxReceiveCount": count}))

    assert policy == (ARN, int(count))


def told_of(sqs: Any, url: str, target: str) -> str:
    policy = redrive(target)
    code, message, _ = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert code == "InvalidParameterValueException"
    return message.partition("Reason: ")[2]


def test_a_dead_letter_queue_must_exist_here_and_be_of_the_same_type(sqs: Any, queue: str, new_queue: NewQueue) -> None:
    own = arn(sqs, queue)
    fifo = arn(sqs, new_queue(fifo=True))

    assert told_of(sqs, queue, f"{own}-missing") == "Dead letter target does not exist."
    assert told_of(sqs, queue, fifo) == "Dead-letter queue must be same type of queue as the source."


def test_a_dead_letter_queue_of_another_region_is_refused(chasqui: Any, sqs: Any, queue: str) -> None:
    abroad = chasqui.client("sqs", region_name="eu-west-1")
    there = arn(abroad, abroad.create_queue(QueueName="abroad")["QueueUrl"])
    abroad.close()

    assert told_of(sqs, queue, there).startswith("Dead letter target must be in the same account and region")


def test_an_empty_policy_is_removed(sqs: Any, queue: str, new_queue: NewQueue) -> None:
    names = ["RedrivePolicy", "RedriveAllowPolicy", "Policy"]
    allow = json.dumps({"redrivePermission": "denyAll"})
    values = [redrive(arn(sqs, new_queue())), allow, statements(1)]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=dict(zip(names, values, strict=True)))
    set_ = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]

    sqs.set_queue_attributes(QueueUrl=queue, Attributes=dict.fromkeys(names, ""))

    assert set_ == dict(zip(names, values, strict=True))
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)


# ------------------------------------------------------------------------------------------------ redrive-allow


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        "[]",
        "{}",
        '{"redrivePermission": "ALL"}',
        '{"redrivePermission": "allowAll", "more": 1}',
        '{"redrivePermission": "byQueue", "sourceQueueArns": "one"}',
        '{"redrivePermission": "byQueue", "sourceQueueArns": [3]}',
    ],
)
def test_a_redrive_allow_policy_of_another_form_is_refused(policy: str) -> None:
    with pytest.raises(ServiceError, match=r"InvalidAttributeValue: .* unsupported format"):
        read_redrive_allow_policy(policy)


@pytest.mark.parametrize(
    ("permission", "sources", "reason"),
    [
        ("allowAll", [ARN], "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."),
        ("byQueue", [], "you must also specify one or more sourceQueueArns values."),
        ("byQueue", None, "you must also specify one or more sourceQueueArns values."),
        ("byQueue", [ARN] * 11, "The maximum number of source queue ARNs you can specify is 10."),
    ],
)
def test_sources_and_permission_must_go_together(permission: str, sources: Any, reason: str) -> None:
    policy = {"redrivePermission": permission} | ({} if sources is None else {"sourceQueueArns": sources})

    with pytest.raises(ServiceError) as caught:
        read_redrive_allow_policy(json.dumps(policy))

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message.endswith(reason)


def test_only_named_queues_may_use_a_dead_letter_queue(sqs: Any, queue: str, new_queue: NewQueue) -> None:
    other = new_queue()
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn(sqs, queue)]})
    dead = arn(sqs, new_queue(RedriveAllowPolicy=allow))

    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive(dead)})

    assert "redrive allow policy" in told_of(sqs, other, dead)


def test_a_permission_that_is_withdrawn_keeps_messages_in_their_queue(sqs: Any, new_queue: NewQueue) -> None:
    dead = new_queue()
    source = new_queue(RedrivePolicy=redrive(arn(sqs, dead)))
    send(sqs, source, "stays")
    sqs.set_queue_attributes(
        QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    )

    for _ in range(3):
        assert bodies(sqs, source, VisibilityTimeout=0) == ["stays"]
    assert bodies(sqs, dead) == []
