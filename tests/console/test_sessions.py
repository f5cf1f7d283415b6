"""Signing in to a strict server's console, and what a session is worth: asked by hand, as no browser would."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from tests.console.caller import CONSOLE, Caller
from tests.strict import ADMIN, StrictServer, allow
from tests.support import eventually

COOKIE = "chasqui-console"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("sessions"), environ={"CHASQUI_RATE_FAILED_SIGNATURES": "1"}) as running:
        yield running


@pytest.fixture
def caller(server: StrictServer) -> Caller:
    return Caller(server.url)


@pytest.mark.parametrize("path", ["home", "queues", "access", "access/users", "map", "advisor", "jump?q=a"])
def test_nothing_is_shown_before_somebody_has_signed_in(caller: Caller, path: str) -> None:
    answer = caller.get(path, Accept="text/html")
    assert answer.status == 303
    assert answer.field("location").startswith(f"{CONSOLE}/us-east-1/sign-in?back=")


def test_nothing_is_done_before_somebody_has_signed_in(caller: Caller, server: StrictServer) -> None:
    assert caller.post("queues/new", {"name": "made-by-nobody"}).status == 303
    assert "QueueUrls" not in server.client().list_queues(QueueNamePrefix="made-by-nobody")


def test_the_page_that_asks_who_one_is_was_made_for_nobody(caller: Caller) -> None:
    for path in ("sign-in", "no/such/page"):
        text = caller.get(path).text
        assert 'data-account=""' in text
        assert "root" not in text


def test_who_signs_in_is_led_back_to_the_page_they_wanted(caller: Caller) -> None:
    back = caller.get("queues?prefix=a").field("location")
    assert caller.sign_in(ADMIN, back=f"{CONSOLE}/us-east-1/queues?prefix=a").field("location") in (
        f"{CONSOLE}/us-east-1/queues?prefix=a"
    )
    assert "prefix%3Da" in back
    assert caller.get("home").status == 200


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/", "//evil.test/", "/\\evil.test", "/bucket/page.html", f"{CONSOLE}/../../bucket/page.html",
        f"{CONSOLE}/%2e%2e/%2E./bucket/page.html", f"{CONSOLE}//evil.test", f"{CONSOLE}x/", "javascript:alert(1)",
        f"{CONSOLE}/us-east-1/home\r\nSet-Cookie: a=b", f"{CONSOLE}/a\tb", f"{CONSOLE}/.%2e/.%2e/bucket",
    ],
)  # fmt: skip
def test_who_signs_in_is_led_nowhere_else(caller: Caller, back: str) -> None:
    answer = caller.sign_in(ADMIN, back=back)
    assert answer.field("location") == f"{CONSOLE}/us-east-1/home"
    assert not answer.cookie("a")


def test_a_wrong_secret_is_refused_and_not_repeated(caller: Caller, server: StrictServer) -> None:
    answer = caller.sign_in({**server.user(), "aws_secret_access_key": "wrong-and-private"})
    assert answer.status == 403
    assert "wrong-and-private" not in answer.text
    assert caller.get("home").status == 303


def test_an_unknown_key_is_refused_with_the_same_words(caller: Caller, server: StrictServer) -> None:
    credentials = server.user()
    wrong = caller.sign_in({**credentials, "aws_secret_access_key": "another"}).text
    unknown = caller.sign_in({**credentials, "aws_access_key_id": "AKIANOBODYHASTHISKEY"}).text
    assert unknown.replace("AKIANOBODYHASTHISKEY", "") == wrong.replace(credentials["aws_access_key_id"], "")


def test_guesses_are_slowed_down(caller: Caller, server: StrictServer) -> None:
    credentials = server.user()
    guess = {**credentials, "aws_secret_access_key": "a guess"}
    assert eventually(lambda: caller.sign_in(guess).status == 429)
    assert caller.sign_in(credentials).status == 429


def test_a_session_has_another_token_than_the_visit_before(caller: Caller) -> None:
    caller.get("sign-in")
    before = caller.cookies[COOKIE]
    caller.sign_in(ADMIN)
    assert caller.cookies[COOKIE] != before


def test_a_token_that_somebody_else_chose_never_becomes_a_session(caller: Caller) -> None:
    caller.cookies[COOKIE] = "chosen-by-somebody-else"
    caller.sign_in(ADMIN)
    thief = Caller(caller.origin)
    thief.cookies[COOKIE] = "chosen-by-somebody-else"
    assert thief.get("home").status == 303


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_of_other_sites(caller: Caller) -> None:
    said = caller.sign_in(ADMIN).cookie(COOKIE).split("; ")[1:]
    assert {"Path=/_chasqui/console", "HttpOnly", "SameSite=Strict", "Max-Age=43200"} <= set(said)


def test_signing_out_ends_the_session_on_the_server(caller: Caller) -> None:
    caller.sign_in(ADMIN)
    kept = dict(caller.cookies)
    csrf = caller.csrf()
    assert caller.post("sign-out", {"csrf": csrf}).status == 303
    caller.cookies = kept
    assert caller.get("home").status == 303


def test_signing_in_again_ends_the_session_before(caller: Caller) -> None:
    caller.sign_in(ADMIN)
    before = caller.cookies[COOKIE]
    caller.sign_in(ADMIN)
    thief = Caller(caller.origin)
    thief.cookies[COOKIE] = before
    assert thief.get("home").status == 303
    assert caller.get("home").status == 200


def test_two_sessions_at_once_are_none(caller: Caller, server: StrictServer) -> None:
    caller.sign_in(ADMIN)
    planted = Caller(server.url)
    planted.sign_in(server.user())
    both = f"{COOKIE}={planted.cookies[COOKIE]}; {COOKIE}={caller.cookies[COOKIE]}"
    assert caller.get("home", Cookie=both).status == 303


@pytest.mark.parametrize("how", ["deactivated", "deleted", "its user deleted"])
def test_a_key_that_is_taken_away_ends_its_session(server: StrictServer, caller: Caller, how: str) -> None:
    name = f"leaver-{how.replace(' ', '-')}"
    credentials = server.user(name=name)
    caller.sign_in(credentials)
    assert caller.get("home").status == 200
    iam = server.client("iam")
    key = {"UserName": name, "AccessKeyId": credentials["aws_access_key_id"]}
    if how == "deactivated":
        iam.update_access_key(Status="Inactive", **key)
    else:
        iam.delete_access_key(**key)
    if how == "its user deleted":
        iam.delete_user(UserName=name)
    assert caller.get("home").status == 303


def test_temporary_credentials_last_until_they_expire(tmp_path_factory: pytest.TempPathFactory) -> None:
    with StrictServer(tmp_path_factory.mktemp("clock"), "--test-clock") as server:
        given = server.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
        credentials = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        caller = Caller(server.url)
        assert caller.sign_in({**credentials, "aws_session_token": ""}).status == 403
        caller.sign_in(credentials)
        assert caller.get("home").status == 200
        # In two steps: the second is signed by the real time, which may not be too far from the server's.
        _advance(server, 460)
        _advance(server, 460)
        assert caller.get("home").status == 303


def test_a_session_survives_the_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("restart")
    with StrictServer(data) as server:
        caller = Caller(server.url)
        caller.sign_in(ADMIN)
    with StrictServer(data) as server:
        again = Caller(server.url)
        again.cookies = caller.cookies
        assert again.get("home").status == 200


def test_what_is_done_in_the_console_is_in_the_audit_log_with_its_user(server: StrictServer, caller: Caller) -> None:
    credentials = server.user(allow("iam:CreateGroup"), name="auditee")
    caller.sign_in(credentials)
    caller.post("access/create/groups", {"name": "made-in-the-console"})
    trail = server.client("cloudtrail")
    (event,) = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateGroup"}])[
        "Events"
    ]
    assert event["Username"] == "auditee"
    record = json.loads(event["CloudTrailEvent"])
    assert record["userIdentity"]["accessKeyId"] == credentials["aws_access_key_id"]
    assert record["sourceIPAddress"] in ("127.0.0.1", "::1")


def test_signing_in_is_in_the_audit_log(server: StrictServer, caller: Caller) -> None:
    credentials = server.user(name="arrival")
    caller.sign_in(credentials)
    caller.sign_in({**credentials, "aws_secret_access_key": "another"})
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "arrival"}]
    )["Events"]
    records = [json.loads(each["CloudTrailEvent"]) for each in events if each["EventName"] == "ConsoleLogin"]
    assert [each["eventType"] for each in records] == ["AwsConsoleSignIn"] * 2
    assert sorted(str(each.get("errorMessage")) for each in records) == ["Failed authentication", "None"]


def test_a_user_may_what_its_policies_say_and_is_refused_in_aws_words(server: StrictServer, caller: Caller) -> None:
    caller.sign_in(server.user(name="powerless"))
    refused = caller.post("access/create/groups", {"name": "never-made"})
    assert refused.status != 303
    assert "is not authorized to perform: iam:CreateGroup" in refused.text
    assert not [each for each in server.client("iam").list_groups()["Groups"] if each["GroupName"] == "never-made"]


def test_a_form_of_another_size_is_refused(caller: Caller) -> None:
    csrf = caller.csrf()
    assert caller.post("sign-in", {"csrf": csrf, "access_key": "a" * 200_000}).status == 413


def _advance(server: StrictServer, seconds: int) -> None:
    body = json.dumps({"advance_seconds": seconds}).encode()
    request = AWSRequest("POST", f"{server.url}/_chasqui/clock", data=body)
    keys = Credentials(ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"])
    SigV4Auth(keys, "chasqui", "us-east-1").add_auth(request)
    assert URLLib3Session().send(request.prepare()).status_code == 200
