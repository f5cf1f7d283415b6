"""Lists that are longer than one answer of their operation are shown whole."""

from __future__ import annotations

from tests.console.caller import Caller
from tests.support import Server


def test_every_alias_of_a_key_is_shown_and_offered(server: Server) -> None:
    kms = server.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(4)]
    for number in range(120):
        kms.create_alias(AliasName=f"alias/many-{number:03}", TargetKeyId=keys[number // 40])
    kms.create_alias(AliasName="alias/z-the-last", TargetKeyId=keys[3])
    page = Caller(server.url)

    assert "alias/z-the-last" in page.get("access/keys").text
    assert "alias/z-the-last" in page.get("queues/new").text


def test_every_user_of_a_group_is_shown(server: Server) -> None:
    iam = server.client("iam")
    iam.create_group(GroupName="club")
    for number in range(101):
        iam.create_user(UserName=f"member-{number:03}")
        iam.add_user_to_group(UserName=f"member-{number:03}", GroupName="club")
    text = Caller(server.url).get("access/groups/club").text

    assert "member-000" in text
    assert "member-100" in text
