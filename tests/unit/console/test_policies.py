"""What the policy editor says is wrong, and where."""

from __future__ import annotations

import pytest

from chasqui.console.policies import KINDS, Problem, problems, wrong

GOOD = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
     "Resource": "arn:aws:sqs:us-east-1:000000000000:q"},
    STATEMENT
  ]
}"""


def text(message: str, /, **values: object) -> str:
    return message % values


def of(statement: str, kind: str = "resource", own: str = "") -> list[Problem]:
    """The problems of a statement that begins on line 6, column 5."""
    return problems(GOOD.replace("STATEMENT", statement), KINDS[kind], text, own)


def test_a_policy_without_fault_has_no_problem() -> None:
    assert of('{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}') == []


def test_a_missing_comma_is_found_at_its_place() -> None:
    (found,) = problems('{\n  "Version": "2012-10-17"\n  "Statement": []\n}', KINDS["resource"], text)
    assert (found.line, found.column, found.text) == (3, 3, "A comma or a closing bracket is missing here.")


@pytest.mark.parametrize(
    ("statement", "column", "said"),
    [
        ('{"Effect": "allow", "Principal": "*", "Action": "sqs:*"}', 6, "“Effect” must be"),
        ('{"Effect": "Deny", "Principal": "*", "Actions": "sqs:*"}', 5, "“Action” is missing"),
        ('{"Effect": "Deny", "Principal": "*", "Action": ["sqs:*", "send"]}', 62, "as “sqs:SendMessage”"),
        ('{"Effect": "Deny", "Action": "sqs:*"}', 5, "“Principal” is missing"),
        ('{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "q"}', 61, "A resource is an ARN"),
        (
            '{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Likes": {}}}',
            75,
            "no condition operator “Likes”",
        ),
        ('{"Sid": "", "Sid": "", "Effect": "Deny", "Principal": "*", "Action": "sqs:*"}', 17, "is there twice"),
        ('{"Effect": "Deny", "Principal": {"AWS": "bob"}, "Action": "sqs:*"}', 5, "Invalid principal in policy"),
        ("[]", 5, "A statement is an object"),
    ],
)
def test_a_fault_is_said_where_it_is(statement: str, column: int, said: str) -> None:
    found = of(statement)
    assert [each for each in found if (each.line, each.column) == (6, column) and said in each.text], found
    assert wrong(found)


def test_everybody_without_a_condition_is_remarked_and_may_be_saved() -> None:
    (found,) = of('{"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}')
    assert found.warning
    assert "everybody" in found.text
    assert not wrong([found])


def test_a_statement_on_another_resource_is_remarked() -> None:
    own = "arn:aws:sqs:us-east-1:000000000000:q"
    (found,) = of('{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "arn:aws:sqs:::r"}', own=own)
    assert own in found.text
    assert found.warning


def test_who_may_take_a_role_on_has_no_resource() -> None:
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},'
        ' "Action": "sts:AssumeRole", "Resource": "*"}}'
    )
    (found,) = problems(document, KINDS["trust"], text)
    assert "“Resource”" in found.text


def test_a_policy_of_a_user_has_no_principal() -> None:
    assert "it is about who has it" in " ".join(each.text for each in of('{"Effect": "Deny"}', "identity"))


@pytest.mark.parametrize("written", ["", "   ", "[" * 5000, "null", "1", '"a"', '{"Statement": 3}', "{" * 200_000])
def test_anything_may_be_written(written: str) -> None:
    assert wrong(problems(written, KINDS["identity"], text))


def test_a_number_without_end_is_told_as_a_fault() -> None:
    assert [each.line for each in problems(f"[{'1' * 5000}]", KINDS["identity"], text)] == [1]


def test_of_very_many_faults_only_the_first_are_placed() -> None:
    said: list[str] = []

    def counting(message: str, /, **values: object) -> str:
        said.append(message)
        return message % values

    found = problems(f'{{"Statement": [{",".join("1" * 20_000)}]}}', KINDS["identity"], counting)

    assert len(found) == 50
    assert len(said) < 300
