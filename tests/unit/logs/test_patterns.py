"""Filter patterns, with the examples of CloudWatch's user guide."""

from __future__ import annotations

import time

import pytest

from chasqui.services.logs.filters.errors import InvalidPattern
from chasqui.services.logs.filters.fields import fields_of
from chasqui.services.logs.filters.pattern import compile_pattern

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
TERMS = (BAD_REQUEST, UNAUTHORIZED, MISSING, INVALID)
TRAIL = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],'
    ' "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true,'
    ' "user": {"id": 1, "email": "John.Stiles@example.com"}, "bandwidth": 1.5e3, "a.b": "dotted"}'
)
ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", TERMS),
        ("ERROR", TERMS),
        ("error", ()),
        ("ERROR ARGUMENTS", (MISSING, INVALID)),
        ("?UNAUTHORIZED ?MISSING", (UNAUTHORIZED, MISSING)),
        ("ERROR ?MISSING", TERMS),
        ("ERROR -ARGUMENTS", (BAD_REQUEST, UNAUTHORIZED)),
        ('"ERROR 401"', (UNAUTHORIZED,)),
        ('-"BAD REQUEST" -MISSING', (UNAUTHORIZED, INVALID)),
        ("%AUTHORIZED%", (UNAUTHORIZED,)),
        ("%40[01]%", (BAD_REQUEST, UNAUTHORIZED)),
        (r"%ERROR 4\d{2}\] (MIS)?%", None),
        (r"%\] BAD|\] INV%", (BAD_REQUEST, INVALID)),
        (r"%^\[ERROR .19%", (MISSING,)),
        ("%ARGUMENTS$%", (MISSING, INVALID)),
        ("%A{2}%", ()),
        ("%S{2,3}I+N?%", (MISSING,)),
    ],
)
def test_terms_match_as_the_guide_shows(pattern: str, found: tuple[str, ...] | None) -> None:
    if found is None:
        with pytest.raises(InvalidPattern):
            compile_pattern(pattern)
        return
    matches = compile_pattern(pattern).matches
    assert tuple(each for each in TERMS if matches(each)) == found


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = UpdateTrail }", True),
        ("{ $.eventType = Update* }", True),
        ('{ $.sourceIPAddress != "123.123.*" }', True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[2] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ('{ ($.user.id = 1) && ($.user.email = "John.*") }', True),
        ('{ $.user.id = 2 || $.user.email = "nobody" }', False),
        ("{ ($.user.id = 2 || $.user.id = 1) && $.bandwidth > 75 }", True),
        ("{ $.bandwidth >= 1500 }", True),
        ("{ $.bandwidth < 1.5e3 }", False),
        ("{ $.eventType = %Trail$% }", True),
        ("{ $.['a.b'] = dotted }", True),
        ("{ $.missing != 1 }", False),
        ("{$.user.id=1}", True),
    ],
)
def test_json_patterns_match_as_the_guide_shows(pattern: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(TRAIL) is matches


def test_a_json_pattern_matches_nothing_that_is_no_json() -> None:
    assert not compile_pattern("{ $.a NOT EXISTS }").matches("a: 1")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code]", False),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes > 2000]", False),
        ("[ip, user, username, timestamp, request, status_code=404 || status_code=410, bytes]", True),
        ("[ip != 127.*, ...]", False),
        ("[..., status_code=404, bytes]", True),
        ("[..., size=404]", False),
        (r"[ip=%127\.0\.0\.[1-9]%, ...]", True),
        ("[w1=ERROR && w1!=x, ...]", False),
    ],
)
def test_space_delimited_patterns_match_as_the_guide_shows(pattern: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(ACCESS) is matches


def test_what_quotes_or_brackets_enclose_is_one_field() -> None:
    assert fields_of(ACCESS)[3:5] == ["10/Oct/2000:13:25:15 -0700", "GET /index.html HTTP/1.0"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("a:b", "Invalid character(s) in term 'a:b'"),
        ("{ a = 1 }", "Invalid filter pattern"),
        ("{ $.a ~ 1 }", "Invalid filter pattern"),
        ("{ $.a > text }", "Invalid filter pattern"),
        ("{ $.a = 1 } && x }", "Invalid filter pattern"),
        ("[..., a, ...]", "Invalid filter pattern"),
        ("%something!%", "Invalid filter pattern"),
        ("%a{900}%", "Invalid filter pattern"),
        ("%[z-a]%", "Invalid filter pattern"),
        ('"open', "Invalid filter pattern"),
        ("{ " + "(" * 200 + "$.a = 1" + ")" * 200 + " }", "Invalid filter pattern"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(InvalidPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value) == message


def test_a_regular_expression_takes_time_in_proportion_to_the_text() -> None:
    matches = compile_pattern("%a*a*a*a*a*a*a*b%").matches
    started = time.process_time()
    assert not matches("a" * 50_000)
    assert time.process_time() - started < 2
