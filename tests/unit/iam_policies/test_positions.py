"""Where statements stand: the places that AWS' own examples show."""

from __future__ import annotations

from chasqui.services.iam.positions import statement_places


def test_a_statement_alone_begins_behind_its_brace() -> None:
    """The AWS CLI's example of simulate-custom-policy, and what it shows."""
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )

    assert statement_places(text) == (((1, 38), (1, 167)),)


def test_the_first_statement_of_a_list_begins_behind_the_bracket() -> None:
    """AdministratorAccess, and the place that AWS names for it."""
    text = (
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": "*",\n'
        '      "Resource": "*"\n    }\n  ]\n}'
    )

    assert statement_places(text) == (((3, 17), (8, 6)),)


def test_each_further_statement_begins_where_the_one_before_ended() -> None:
    text = '{"Statement":[{"Action":"a:b"},{"Action":"c:d"}]}'

    assert statement_places(text) == (((1, 15), (1, 31)), ((1, 31), (1, 48)))


def test_braces_in_strings_and_conditions_do_not_count() -> None:
    text = '{"Id":"{[\\"Statement\\":","Statement":[{"Resource":"}]${aws:username}","Condition":{"a":{"b":["c"]}}}]}'

    ((_, end),) = statement_places(text)

    assert end == (1, len(text) - 1)
