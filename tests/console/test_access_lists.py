"""Lists and editors of "Access", by requests: nothing that is searched is lost between pages, nothing that was typed is
lost with a refusal."""

from __future__ import annotations

import re

import pytest

from tests.console.caller import Caller
from tests.support import Server

_BROKEN = '{"Version": "2012-10-17"}'


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server.url)


def test_every_user_that_is_searched_is_on_one_of_the_pages(server: Server, caller: Caller) -> None:
    iam = server.client("iam")
    for number in range(130):
        iam.create_user(UserName=f"searched-{number:03}")

    first = caller.get("access/users?search=searched").text
    following = re.search(r'href="[^"]*/(access/users\?[^"]*marker=[^"]*)"', first)
    assert following is not None
    second = caller.get(following[1].replace("&amp;", "&")).text

    pages = [set(re.findall(r">(searched-\d+)</a>", text)) for text in (first, second)]
    assert [len(each) for each in pages] == [100, 30]
    assert len(pages[0] | pages[1]) == 130


def test_an_inline_policy_that_is_refused_keeps_its_name(server: Server, caller: Caller) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="editor")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.put_user_policy(UserName="editor", PolicyName="mine", PolicyDocument=document)

    answer = caller.post("access/users/editor/inline?policy=mine", {"policy": "mine", "document": _BROKEN})

    assert answer.status == 400
    assert '<input type="hidden" name="policy" value="mine">' in answer.text


def test_a_role_that_is_refused_keeps_its_description(caller: Caller) -> None:
    answer = caller.post("access/create/roles", {"name": "r", "trust": _BROKEN, "description": "what it is for"})

    assert answer.status == 400
    assert 'value="what it is for"' in answer.text


def test_what_is_said_of_an_endless_name_fits_into_a_cookie(caller: Caller) -> None:
    answer = caller.post("access/users/nobody/tag", {"key": "日" * 2000, "value": ""})

    assert answer.status == 303
    assert 0 < len(answer.cookie("chasqui-told")) <= 4096
    assert "日日" in caller.get("home").text
