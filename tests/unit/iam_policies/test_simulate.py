"""Simulations: what policies would say, and what answers show of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.iam_policies.support import ACCOUNT, AWS_SQS, Policies, allow, deny, document

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
BUCKET = "arn:aws:s3:::b/k"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
STRANGER = "arn:aws:iam::999999999999:user/eve"
SEND = {"ActionNames": ["sqs:SendMessage"]}


def sources(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]


def custom(iam: Policies, *statements: dict[str, Any], **members: Any) -> dict[str, Any]:
    return iam.simulated(PolicyInputList=[document(*statements)], **{**SEND, **members})


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow("sqs:*")], "allowed"),
        ([allow("sqs:*"), deny("sqs:Send*")], "explicitDeny"),
        ([allow("s3:*")], "implicitDeny"),
    ],
)
def test_a_simulation_decides_as_the_engine_does(iam: Policies, statements: list[Any], decision: str) -> None:
    assert custom(iam, *statements)["EvalDecision"] == decision


def test_a_result_shows_the_statement_that_decided(iam: Policies) -> None:
    result = iam.simulated(
        PolicyInputList=[
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
            '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
        ],
        ActionNames=["dynamodb:CreateBackup"],
        ContextEntries=[
            {
                "ContextKeyName": "aws:CurrentTime",
                "ContextKeyValues": ["2019-04-25T11:00:00Z"],
                "ContextKeyType": "date",
            }
        ],
    )

    assert result == {
        "EvalActionName": "dynamodb:CreateBackup",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": 167},
            }
        ],
        "MissingContextValues": [],
    }


def test_of_an_explicit_deny_only_what_denies_is_shown(iam: Policies) -> None:
    result = iam.simulated(PolicyInputList=[document(allow("sqs:*")), document(deny("sqs:*"))], **SEND)

    assert sources(result) == [("PolicyInputList.2", "IAM Policy")]


def test_of_an_implicit_deny_no_statement_is_shown(iam: Policies) -> None:
    assert custom(iam, allow("s3:*"))["MatchedStatements"] == []


def test_there_is_a_result_for_each_action(iam: Policies) -> None:
    results = iam(
        "SimulateCustomPolicy", PolicyInputList=[document()], ActionNames=["sqs:SendMessage", "s3:GetObject"]
    )["EvaluationResults"]

    assert [(each["EvalActionName"], each["EvalDecision"]) for each in results] == [
        ("sqs:SendMessage", "allowed"),
        ("s3:GetObject", "implicitDeny"),
    ]


def test_a_result_has_one_of_its_own_for_each_resource_and_the_worst_decision(iam: Policies) -> None:
    result = custom(iam, allow("sqs:*", on=QUEUE), ResourceArns=[QUEUE, f"{QUEUE}2"])

    each = [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in result["ResourceSpecificResults"]]
    assert each == [(QUEUE, "allowed"), (f"{QUEUE}2", "implicitDeny")]
    assert result["EvalDecision"] == "implicitDeny"


def test_results_come_by_pages(iam: Policies) -> None:
    names = [f"sqs:Action{number}" for number in range(3)]
    request = {"PolicyInputList": [document()], "ActionNames": names, "MaxItems": 2}

    first = iam("SimulateCustomPolicy", **request)
    second = iam("SimulateCustomPolicy", **request, Marker=first["Marker"])

    shown = [each["EvalActionName"] for page in (first, second) for each in page["EvaluationResults"]]
    assert shown == names
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)


# ----------------------------------------------------------------------------------------------------------- context


@pytest.mark.parametrize(
    ("condition", "type_", "values"),
    [
        ({"StringEquals": {"k:v": "x"}}, "string", ["x"]),
        ({"ForAllValues:StringEquals": {"k:v": ["x", "y"]}}, "stringList", ["x", "y"]),
        ({"NumericLessThan": {"k:v": "7"}}, "numeric", ["6.5"]),
        ({"ForAnyValue:NumericEquals": {"k:v": "7"}}, "numericList", ["6", "7"]),
        ({"Bool": {"k:v": "true"}}, "boolean", ["true"]),
        ({"ForAllValues:Bool": {"k:v": "true"}}, "booleanList", ["true", "true"]),
        ({"IpAddress": {"k:v": "10.0.0.0/8"}}, "ip", ["10.1.2.3"]),
        ({"ForAnyValue:IpAddress": {"k:v": "10.0.0.0/8"}}, "ipList", ["192.0.2.1", "10.1.2.3"]),
        ({"BinaryEquals": {"k:v": "Zm9v"}}, "binary", ["Zm9v"]),
        ({"ForAnyValue:BinaryEquals": {"k:v": "Zm9v"}}, "binaryList", ["YmFy", "Zm9v"]),
        ({"DateLessThan": {"k:v": "2030-01-01T00:00:00Z"}}, "date", ["2029-12-31T23:59:59Z"]),
        ({"ForAnyValue:DateEquals": {"k:v": "2030-01-01"}}, "dateList", ["2030-01-01T00:00:00Z"]),
    ],
)
def test_conditions_see_context_of_every_type(
    iam: Policies, condition: dict[str, Any], type_: str, values: list[str]
) -> None:
    entry = {"ContextKeyName": "k:v", "ContextKeyValues": values, "ContextKeyType": type_}

    with_it = custom(iam, allow("sqs:*", Condition=condition), ContextEntries=[entry])
    without = custom(iam, allow("sqs:*", Condition={"Null": {"k:v": "false"}}))

    assert (with_it["EvalDecision"], without["EvalDecision"]) == ("allowed", "implicitDeny")


def test_a_context_value_of_another_type_is_refused(iam: Policies) -> None:
    entry = {"ContextKeyName": "k:v", "ContextKeyValues": ["many"], "ContextKeyType": "numeric"}

    code, message = iam.refusal("SimulateCustomPolicy", PolicyInputList=[document()], **SEND, ContextEntries=[entry])

    assert code == "InvalidInput"
    assert "k:v" in message


def test_what_conditions_asked_for_in_vain_is_named(iam: Policies) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}

    assert custom(iam, allow("sqs:*", Condition=condition))["MissingContextValues"] == ["aws:SourceIp"]


def test_with_resources_what_is_missing_is_named_for_each(iam: Policies) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}

    result = custom(iam, allow("sqs:*", Condition=condition), ResourceArns=[QUEUE])

    assert result["MissingContextValues"] == []
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:SourceIp"]


def test_context_keys_of_policies_are_told(iam: Policies) -> None:
    text = document(
        allow("s3:*", on="arn:aws:s3:::b/${aws:username}/*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    )

    answer = iam("GetContextKeysForCustomPolicy", PolicyInputList=[text, document()])

    assert answer == {"ContextKeyNames": ["aws:SecureTransport", "aws:username"]}


def test_context_keys_of_a_principals_policies_are_told(iam: Policies) -> None:
    bob = iam.holder("User")
    text = document(allow("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    iam("AttachUserPolicy", **bob, PolicyArn=iam.policy(text=text))
    more = document(allow("s3:*", Condition={"StringLike": {"s3:prefix": "a"}}))

    answer = iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=BOB, PolicyInputList=[more])

    assert answer == {"ContextKeyNames": ["aws:SecureTransport", "s3:prefix"]}


# -------------------------------------------------------------------------------------------------------- boundaries


def bounded(iam: Policies, boundary: str) -> dict[str, Any]:
    return custom(iam, allow("sqs:*"), PermissionsBoundaryPolicyInputList=[boundary], ResourceArns=[QUEUE])


def test_a_boundary_that_does_not_allow_it_is_told(iam: Policies) -> None:
    result = bounded(iam, document(allow("s3:*")))

    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_boundary_that_allows_it_is_told(iam: Policies) -> None:
    result = bounded(iam, document(allow("sqs:Send*")))

    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_a_boundary_that_denies_is_named(iam: Policies) -> None:
    result = bounded(iam, document(deny("sqs:*")))

    assert sources(result) == [("PermissionsBoundaryPolicyInputList.1", "Permissions Boundary Policy")]


def test_without_a_boundary_nothing_is_told_of_one(iam: Policies) -> None:
    assert "PermissionsBoundaryDecisionDetail" not in custom(iam, allow("sqs:*"), ResourceArns=[QUEUE])


# -------------------------------------------------------------------------------------------------- resource policies


def on_bucket(principal: str, effect: str = "Allow") -> str:
    return document({"Effect": effect, "Principal": {"AWS": principal}, "Action": "s3:*", "Resource": BUCKET})


def bucket(iam: Policies, *statements: dict[str, Any], **members: Any) -> dict[str, Any]:
    request = {"ActionNames": ["s3:GetObject"], "ResourceArns": [BUCKET], "CallerArn": BOB}
    return custom(iam, *statements, **{**request, **members})


def test_a_resource_policy_alone_lets_in_whom_it_names(iam: Policies) -> None:
    result = bucket(iam, allow("sqs:*"), ResourcePolicy=on_bucket(BOB))

    assert result["EvalDecision"] == "allowed"
    assert sources(result) == [("ResourcePolicy", "Resource Policy")]


def test_a_resource_policy_denies(iam: Policies) -> None:
    result = bucket(iam, allow("s3:*"), ResourcePolicy=on_bucket(BOB, "Deny"))

    assert result["EvalDecision"] == "explicitDeny"


def test_within_an_account_there_are_no_details(iam: Policies) -> None:
    assert bucket(iam, allow("s3:*"))["EvalDecisionDetails"] == {}


@pytest.mark.parametrize(
    ("statement", "named", "decision", "details"),
    [
        (allow("s3:*"), BOB, "allowed", {"IAM Policy": "allowed", "Resource Policy": "allowed"}),
        (allow("sqs:*"), BOB, "implicitDeny", {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}),
        (allow("s3:*"), STRANGER, "implicitDeny", {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}),
    ],
)
def test_across_accounts_both_sides_must_allow_and_are_told(
    iam: Policies, statement: dict[str, Any], named: str, decision: str, details: dict[str, str]
) -> None:
    result = bucket(iam, statement, ResourceOwner="999999999999", ResourcePolicy=on_bucket(named))

    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == (decision, details)


def test_an_arn_names_the_owner_as_well(iam: Policies) -> None:
    result = bucket(iam, allow("s3:*"), ResourceOwner="arn:aws:iam::999999999999:root")

    assert result["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ResourcePolicy": document()}, "Invalid caller - Caller cannot be null or empty."),
        ({"ResourceArns": ["q"]}, "ResourceNames are not in a valid ARN format: q."),
        ({"ResourceOwner": "me"}, "'me' is not a valid as a Resource Owner."),
        (
            {"CallerArn": SESSION},
            f"Invalid Entity Arn: {SESSION} does not clearly define entity type and name.",
        ),
        ({"ActionNames": ["SendMessage"]}, "Invalid action: SendMessage."),
        ({"PolicyInputList": ["{}"]}, "PolicyInputList.1: Syntax errors in policy."),
    ],
)
def test_what_cannot_be_simulated_is_refused(iam: Policies, members: dict[str, Any], message: str) -> None:
    request = {"PolicyInputList": [document()], **SEND, **members}

    assert iam.refusal("SimulateCustomPolicy", **request) == ("InvalidInput", message)


def test_policies_of_organizations_are_refused_clearly(iam: Policies) -> None:
    layers = [{"ServiceControlPolicyInputList": [document()]}]

    refused = iam.refusal(
        "SimulateCustomPolicy", PolicyInputList=[document()], **SEND, OrderedOrganizationPolicyInputList=layers
    )

    assert refused[0] == "NotImplemented"


# -------------------------------------------------------------------------------------------------------- principals


def principal(iam: Policies, arn: str = BOB, **members: Any) -> dict[str, Any]:
    return iam.simulated("SimulatePrincipalPolicy", PolicySourceArn=arn, **{**SEND, **members})


def test_a_users_own_policies_and_its_groups_take_part(iam: Policies) -> None:
    bob, devs = iam.holder("User"), iam.holder("Group", "devs")
    iam("AddUserToGroup", **bob, **devs)
    iam("PutUserPolicy", **bob, PolicyName="own", PolicyDocument=document())
    iam("PutGroupPolicy", **devs, PolicyName="theirs", PolicyDocument=document())
    iam("AttachUserPolicy", **bob, PolicyArn=iam.policy("orders"))
    iam("AttachGroupPolicy", **devs, PolicyArn=AWS_SQS)

    found = {id_ for id_, _ in sources(principal(iam))}

    assert found == {"user_bob_own", "orders", "group_devs_theirs", "AmazonSQSFullAccess"}


def test_a_roles_policies_take_part(iam: Policies) -> None:
    role = iam.holder("Role", "worker", Path="/app/")
    iam("PutRolePolicy", **role, PolicyName="own", PolicyDocument=document())

    result = principal(iam, f"arn:aws:iam::{ACCOUNT}:role/app/worker")

    assert sources(result) == [("role_worker_own", "IAM Policy")]


def test_a_groups_policies_take_part(iam: Policies) -> None:
    devs = iam.holder("Group", "devs")
    iam("AttachGroupPolicy", **devs, PolicyArn=AWS_SQS)

    assert principal(iam, f"arn:aws:iam::{ACCOUNT}:group/devs")["EvalDecision"] == "allowed"


def test_policies_of_the_request_take_part_beside_them(iam: Policies) -> None:
    iam.holder("User")

    result = principal(iam, PolicyInputList=[document()])

    assert sources(result) == [("PolicyInputList.1", "IAM Policy")]


def test_variables_stand_for_the_user(iam: Policies) -> None:
    iam.holder("User", Tags=[{"Key": "team", "Value": "a"}])
    text = document(allow("sqs:*", on="arn:aws:sqs:us-east-1:*:${aws:username}-${aws:PrincipalTag/team}"))

    result = principal(iam, PolicyInputList=[text], ResourceArns=[f"arn:aws:sqs:us-east-1:{ACCOUNT}:bob-a"])

    assert result["EvalDecision"] == "allowed"


def test_another_caller_has_the_users_policies(iam: Policies) -> None:
    iam.holder("User")
    text = document(allow("sqs:*", Condition={"StringEquals": {"aws:username": "eve"}}))

    result = principal(iam, PolicyInputList=[text], CallerArn=f"arn:aws:iam::{ACCOUNT}:user/eve")

    assert result["EvalDecision"] == "allowed"


def test_a_users_own_boundary_takes_part(iam: Policies) -> None:
    bob = iam.holder("User", PermissionsBoundary=iam.policy("fence", document(allow("s3:*"))))
    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)

    result = principal(iam)

    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_boundary_of_the_request_takes_the_place_of_the_users(iam: Policies) -> None:
    bob = iam.holder("User", PermissionsBoundary=iam.policy("fence", document(allow("s3:*"))))
    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)

    assert principal(iam, PermissionsBoundaryPolicyInputList=[document()])["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("identifier", "left"),
    [
        ({"PolicyType": "inline"}, ["orders", "AmazonSQSFullAccess"]),
        ({"PolicyType": "aws-managed"}, ["user_bob_own", "orders"]),
        ({"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/ord*"}, ["user_bob_own", "AmazonSQSFullAccess"]),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "own", "AttachmentType": "user", "AttachmentName": "b?b"}},
            ["orders", "AmazonSQSFullAccess"],
        ),
    ],
)
def test_policies_are_left_out_when_asked_for(iam: Policies, identifier: dict[str, Any], left: list[str]) -> None:
    bob = iam.holder("User")
    iam("PutUserPolicy", **bob, PolicyName="own", PolicyDocument=document())
    for arn in (iam.policy("orders"), AWS_SQS):
        iam("AttachUserPolicy", **bob, PolicyArn=arn)

    result = principal(iam, PolicyExclusionList=[identifier])

    assert [id_ for id_, _ in sources(result)] == left


def test_a_boundary_is_left_out_when_asked_for(iam: Policies) -> None:
    bob = iam.holder("User", PermissionsBoundary=iam.policy("fence", document(allow("s3:*"))))
    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)

    assert principal(iam, PolicyExclusionList=[{"PolicyType": "permission-boundary"}])["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("arn", "refused"),
    [
        (BOB, ("NoSuchEntity", "The user with name bob cannot be found.")),
        (f"arn:aws:iam::{ACCOUNT}:role/r", ("NoSuchEntity", "The role with name r cannot be found.")),
        (SESSION, ("InvalidInput", f"Invalid Entity Arn: {SESSION} does not clearly define entity type and name.")),
    ],
)
def test_who_is_not_there_is_not_simulated(iam: Policies, arn: str, refused: tuple[str, str]) -> None:
    assert iam.refusal("SimulatePrincipalPolicy", PolicySourceArn=arn, **SEND) == refused


def test_an_arn_must_have_the_users_path(iam: Policies) -> None:
    iam.holder("User", Path="/dev/")

    assert iam.refusal("SimulatePrincipalPolicy", PolicySourceArn=BOB, **SEND)[0] == "NoSuchEntity"
