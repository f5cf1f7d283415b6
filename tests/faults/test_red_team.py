"""Ways in that were once open, on a strict server: callers who name one thing to policies and another to the operation,
learn of what is not theirs, or make the server spend on them what it has for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.test_hostile_access import Sent
from tests.strict import (
    ACCOUNT,
    OTHER,
    House,
    StrictServer,
    allow,
    deny,
    policy,
    refusal,
    session_credentials,
    shared_house,
)

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("red")) as both:
        yield both


@pytest.fixture
def server(house: House) -> StrictServer:
    return house[0]


@pytest.fixture
def queue(server: StrictServer, name: str) -> str:
    return str(server.client().create_queue(QueueName=name)["QueueUrl"])


def queue_arn(name: str, partition: str = "aws") -> str:
    return f"arn:{partition}:sqs:us-east-1:{ACCOUNT}:{name}"


def iam_arn(resource: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{resource}"


@pytest.fixture
def dead_letters(server: StrictServer, name: str) -> str:
    """A dead-letter queue's name, with a source of name "NAME-source"."""
    sqs = server.client()
    sqs.create_queue(QueueName=name)
    redrive = json.dumps({"maxReceiveCount": 1, "deadLetterTargetArn": queue_arn(name)})
    sqs.create_queue(QueueName=f"{name}-source", Attributes={"RedrivePolicy": redrive})
    return name


# ------------------------------------------------------------------------------------ one name for policies, one to do


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "other"])
def test_a_queue_has_no_second_arn_in_another_partition(
    server: StrictServer, dead_letters: str, name: str, partition: str
) -> None:
    """Deny statements name a queue's ARN: it must not be reached by another."""
    sqs = server.client(**server.user(allow("sqs:*"), deny("sqs:*", on=queue_arn(name))))
    arn = queue_arn(name, partition)

    started = refusal(sqs.start_message_move_task, SourceArn=arn)[0]
    listed = refusal(sqs.list_message_move_tasks, SourceArn=arn)[0]

    assert started == listed == "ResourceNotFoundException"


def test_messages_are_not_moved_to_a_queue_by_another_arn_of_it(
    server: StrictServer, dead_letters: str, name: str
) -> None:
    own = f"{name}-own"
    server.client().create_queue(QueueName=own)
    sqs = server.client(**server.user(allow("sqs:*"), deny("sqs:SendMessage", on=queue_arn(own))))

    refused = refusal(sqs.start_message_move_task, SourceArn=queue_arn(name), DestinationArn=queue_arn(own, "aws-cn"))[
        0
    ]

    assert refused == "ResourceNotFoundException"


def test_messages_go_back_to_no_queue_that_the_caller_may_not_send_to(
    server: StrictServer, dead_letters: str, name: str
) -> None:
    sqs = server.client(**server.user(allow("sqs:*", on=queue_arn(name))))

    refused = refusal(sqs.start_message_move_task, SourceArn=queue_arn(name))

    assert refused[0] == "AccessDenied"
    assert queue_arn(f"{name}-source") in refused[2]


@pytest.mark.parametrize("to", [{"NewPath": "/admins/"}, {"NewPath": "/"}, {"NewUserName": "{name}-boss"}])
def test_a_user_is_not_moved_to_where_the_caller_may_not_put_it(
    server: StrictServer, name: str, to: dict[str, str]
) -> None:
    server.client("iam").create_user(UserName=name, Path="/dev/")
    mover = server.user(
        allow("iam:UpdateUser", on=iam_arn("user/dev/*")), deny("iam:UpdateUser", on=iam_arn("user/dev/*-boss"))
    )
    there = {key: value.format(name=name) for key, value in to.items()}

    refused = refusal(server.client("iam", **mover).update_user, UserName=name, **there)[0]

    assert refused == "AccessDenied"
    assert server.client("iam").get_user(UserName=name)["User"]["Path"] == "/dev/"


def test_a_user_is_renamed_in_its_own_path_by_who_may_do_so_there(server: StrictServer, name: str) -> None:
    server.client("iam").create_user(UserName=name, Path="/dev/")
    mover = server.user(allow("iam:UpdateUser", on=iam_arn("user/dev/*")))

    server.client("iam", **mover).update_user(UserName=name, NewUserName=f"{name}-2")

    assert server.client("iam").get_user(UserName=f"{name}-2")["User"]["Path"] == "/dev/"


def test_a_group_is_not_moved_to_where_the_caller_may_not_put_it(server: StrictServer, name: str) -> None:
    server.client("iam").create_group(GroupName=name, Path="/dev/")
    mover = server.user(allow("iam:UpdateGroup", on=iam_arn("group/dev/*")))

    refused = refusal(server.client("iam", **mover).update_group, GroupName=name, NewPath="/admins/")[0]

    assert refused == "AccessDenied"


# ------------------------------------------------------------------------------------------------ what others keep


def test_a_refusal_does_not_tell_whether_another_accounts_entity_is_there(house: House, name: str) -> None:
    server, stranger = house
    other = server.client("iam", **stranger)
    other.create_policy(PolicyName=name, Path="/team/", PolicyDocument=policy(allow("sqs:*")))
    other.create_user(UserName=name, Path="/team/")
    iam = server.client("iam", **server.user())

    def told(call: Any, parameter: str, form: str, **others: Any) -> set[str]:
        """What is said of the one that is there, and of one that is not, less their names."""
        names = (name, "absent")
        return {refusal(call, **{parameter: form.format(each)}, **others)[2].replace(each, "") for each in names}

    of_policy = told(iam.get_policy, "PolicyArn", iam_arn("policy/{}", OTHER))
    of_user = told(
        iam.simulate_principal_policy, "PolicySourceArn", iam_arn("user/{}", OTHER), ActionNames=["sqs:SendMessage"]
    )

    assert len(of_policy) == len(of_user) == 1


def test_nobody_learns_by_a_redrive_policy_which_queues_another_account_has(
    house: House, queue: str, name: str
) -> None:
    server, stranger = house
    create = server.client(**stranger).create_queue

    def told(target: str) -> str:
        redrive = json.dumps({"maxReceiveCount": 1, "deadLetterTargetArn": queue_arn(target)})
        return refusal(create, QueueName=name, Attributes={"RedrivePolicy": redrive})[2].replace(target, "")

    assert told(name) == told("absent")


# ---------------------------------------------------------------------------------------------------------- sessions


@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_passing_credentials_make_no_lasting_ones(server: StrictServer, name: str, operation: str) -> None:
    sts = server.client("sts", **server.user(allow("iam:*", "sts:*"), name=name))
    named = {"Name": "guest", "Policy": policy(allow("iam:*"))} if operation == "GetFederationToken" else {}
    answer = sts.get_federation_token(**named) if named else sts.get_session_token()

    iam = server.client("iam", **session_credentials(answer["Credentials"]))

    assert refusal(iam.create_access_key, UserName=name)[0] == "InvalidClientTokenId"


# ---------------------------------------------------------------------------------------- what costs everybody


def anonymous(server: StrictServer, body: str, target: str = "", content_type: str = FORM) -> tuple[int, str]:
    sent = Sent(server, "")
    sent.body = body
    sent.headers = {"Host": sent.headers["Host"], "Content-Type": content_type}
    if target:
        sent.headers["X-Amz-Target"] = target
    return sent.send()[:2]


def test_nobody_without_credentials_has_a_large_body_read(server: StrictServer) -> None:
    body = json.dumps({"QueueUrl": "x", "MessageBody": "x" * 1_200_000})

    status, code = anonymous(server, body, "AmazonSQS.SendMessage", "application/x-amz-json-1.0")

    assert (status, code) == (413, "RequestEntityTooLarge")


def test_parameters_are_not_looked_at_of_callers_that_no_policy_could_let_in(server: StrictServer) -> None:
    wrong = "Action=CreateUser&Version=2010-05-08&UserName=%00"

    assert anonymous(server, wrong)[0] == 403


def test_a_queues_policy_is_not_longer_than_aws_has_them(server: StrictServer, queue: str) -> None:
    """Whoever names the queue waits until its policy was looked at."""
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:GetQueueUrl"}
    long = policy({**everybody, "Resource": [queue_arn(f"?{number}*") for number in range(500)]})

    refused = refusal(server.client().set_queue_attributes, QueueUrl=queue, Attributes={"Policy": long})[0]

    assert refused == "InvalidAttributeValue"


def test_a_statement_for_others_names_no_more_accounts_than_aws_takes(server: StrictServer, queue: str) -> None:
    accounts = [f"{number:012}" for number in range(51)]
    add = server.client().add_permission

    refused = refusal(add, QueueUrl=queue, Label="all", AWSAccountIds=accounts, Actions=["SendMessage"])[0]

    assert refused == "OverLimit"


def test_a_name_too_long_to_be_one_is_not_compared_with_patterns(server: StrictServer) -> None:
    """A policy with wildcards takes time for each character."""
    told = refusal(server.client(**server.user()).get_queue_url, QueueName="q" * 100_000)

    assert told[0] == "AccessDenied"
    assert len(told[2]) < 5000


def test_a_simulation_takes_only_so_many_policies(server: StrictServer) -> None:
    text = policy(*[allow(f"sqs:Action{number}", on=queue_arn(f"q{number}")) for number in range(1000)])
    simulate = server.client("iam").simulate_custom_policy

    refused = refusal(simulate, PolicyInputList=[text] * 14, ActionNames=["sqs:SendMessage"])[0]

    assert refused == "InvalidInput"
