"""Session policies and tags are checked, and measured, before they go into a token."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest

from tests.unit.sts.scene import Scene, allow, policy, trust, user_arn


@pytest.fixture
def role(scene: Scene) -> str:
    return scene.role("reader", trust(user_arn("bob")))


def noise(seed: int, length: int) -> str:
    """A text that does not compress; of the same seed, the same."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


def refusal(scene: Scene, role: str, **given: Any) -> tuple[str, str]:
    return scene.assume_refused(scene.user("bob"), role, **given)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"Version": "2012-10-17", "Statement": [7]})])
def test_a_policy_that_is_none_is_refused(scene: Scene, role: str, text: str) -> None:
    assert refusal(scene, role, Policy=text)[0] == "MalformedPolicyDocument"


def test_a_session_policy_names_no_principal(scene: Scene, role: str) -> None:
    statement = {**allow("sqs:*"), "Principal": "*"}

    assert refusal(scene, role, Policy=policy(statement))[0] == "MalformedPolicyDocument"


def test_a_policy_has_2048_characters_at_most(scene: Scene, role: str) -> None:
    code, message = refusal(scene, role, Policy=policy(allow("sqs:*")).ljust(2049))

    assert code == "ValidationError"
    assert message.endswith(
        "at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048"
    )


def test_managed_policies_must_be_there(scene: Scene, role: str) -> None:
    arn = "arn:aws:iam::111111111111:policy/missing"

    assert refusal(scene, role, PolicyArns=[{"arn": arn}]) == ("ValidationError", f"{arn} is invalid")


def test_there_are_ten_managed_policies_at_most(scene: Scene, role: str) -> None:
    arns = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}] * 11

    assert refusal(scene, role, PolicyArns=arns)[0] == "ValidationError"


def test_a_managed_policy_narrows_a_session(scene: Scene, role: str) -> None:
    arns = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]

    answer = scene.assume(scene.user("bob"), role, PolicyArns=arns)

    assert len(scene.holder(answer).grants.session or ()) == 1


def test_what_does_not_fit_a_token_is_refused_with_how_much_it_takes(scene: Scene, role: str) -> None:
    tags = [{"Key": f"key-{number}", "Value": noise(number, 256)} for number in range(50)]

    code, message = refusal(scene, role, Tags=tags)

    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed policy consumes ")
    assert message.endswith("% of allotted space, please use smaller policy.")


def test_what_compresses_well_must_fit_a_header_all_the_same(scene: Scene, role: str) -> None:
    bob = scene.user("bob")
    tags = [{"Key": f"{number:02d}".ljust(128, "k"), "Value": "v" * 256} for number in range(50)]
    wide = [{**tag, "Value": "\N{HIRAGANA LETTER A}" * 256} for tag in tags]

    answer = scene.assume(bob, role, Tags=tags)

    assert len(answer.Credentials.SessionToken) < 32 * 1024
    assert scene.assume_refused(bob, role, Tags=wide)[0] == "PackedPolicyTooLarge"
