"""Users, keys, policies and questions about access, by clicking."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.console.browser import Visit, sign_in, visiting
from tests.strict import ADMIN, StrictServer, allow, policy
from tests.support import Server

POLICY = policy(allow("sqs:SendMessage"))


def test_a_user_is_made_with_a_key_that_is_shown_once(visit: Callable[..., Visit], server: Server) -> None:
    page = visit().open("access/users")
    page.get_by_role("link", name="Create user").first.click()
    page.get_by_label("Name (required)").fill("ana")
    page.get_by_label("Tags").fill("team=sales")
    page.get_by_role("button", name="Create user").click()
    page.get_by_role("heading", name="ana", exact=True).wait_for()
    page.get_by_role("button", name="Create access key").click()
    secret = page.locator(".copied", has_text="Secret access key").locator("code").text_content()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as .csv").click()
    assert secret in download.value.path().read_text()
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("cell", name="Active").wait_for()
    assert secret not in page.content()
    iam = server.client("iam")
    assert iam.get_user(UserName="ana")["User"]["Tags"] == [{"Key": "team", "Value": "sales"}]


def test_a_key_is_deactivated_and_deleted(visit: Callable[..., Visit], server: Server) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="key-owner")
    key = iam.create_access_key(UserName="key-owner")["AccessKey"]["AccessKeyId"]
    page = visit().open("access/users/key-owner")
    page.get_by_role("button", name=f"Deactivate: {key}").click()
    page.get_by_text("is refused from now on").wait_for()
    assert iam.list_access_keys(UserName="key-owner")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    page.get_by_role("button", name=f"Delete: {key}").click()
    page.get_by_text("It has no access key").wait_for()
    assert iam.list_access_keys(UserName="key-owner")["AccessKeyMetadata"] == []


def test_a_user_joins_a_group_and_has_policies(visit: Callable[..., Visit], server: Server) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="joiner")
    iam.create_group(GroupName="crew")
    page = visit().open("access/users/joiner")
    page.get_by_label("Add to a group").fill("crew")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="crew").wait_for()
    page.get_by_label("Attach a policy").fill("arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    page.get_by_role("button", name="Attach", exact=True).click()
    page.get_by_role("link", name="AmazonSQSFullAccess").wait_for()
    page.get_by_role("button", name="Detach: AmazonSQSFullAccess").click()
    page.get_by_text("The policy was detached.").wait_for()
    assert iam.list_groups_for_user(UserName="joiner")["Groups"][0]["GroupName"] == "crew"
    assert iam.list_attached_user_policies(UserName="joiner")["AttachedPolicies"] == []


def test_what_is_wrong_with_a_policy_is_said_as_it_is_written(visit: Callable[..., Visit], server: Server) -> None:
    server.client("iam").create_user(UserName="writer")
    page = visit().open("access/users/writer/inline")
    page.get_by_label("Name (required)").fill("its")
    editor = page.get_by_label("Policy (required)")
    editor.fill('{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "allow"}]\n}')
    page.get_by_text("“Effect” must be “Allow” or “Deny”.").wait_for()
    page.get_by_role("button", name="line 3, column 18").first.click()
    assert editor.evaluate("area => [document.activeElement === area, area.selectionStart]") == [True, 46]
    editor.fill(POLICY)
    page.get_by_text("Nothing is wrong with its form.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="its").wait_for()
    stored = server.client("iam").get_user_policy(UserName="writer", PolicyName="its")["PolicyDocument"]
    assert stored == json.loads(POLICY)


def test_a_policy_that_is_wrong_is_kept_in_its_form(visit: Callable[..., Visit]) -> None:
    page = visit().open("access/create/policies")
    page.get_by_label("Name (required)").fill("broken")
    page.get_by_label("Policy (required)").fill('{"Statement": ]')
    page.get_by_role("button", name="Create policy").click()
    page.wait_for_load_state()
    assert page.get_by_label("Name (required)").input_value() == "broken"
    assert page.get_by_label("Policy (required)").input_value() == '{"Statement": ]'
    page.get_by_text("line 1, column 15").wait_for()


def test_a_managed_policy_has_versions(visit: Callable[..., Visit], server: Server) -> None:
    iam = server.client("iam")
    arn = iam.create_policy(PolicyName="versioned", PolicyDocument=POLICY)["Policy"]["Arn"]
    page = visit().open("access/policies?scope=Local")
    page.get_by_role("link", name="versioned").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Policy (required)").fill(policy(allow("sqs:ReceiveMessage")))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The policy was saved.").wait_for()
    page.get_by_role("button", name="Put in force: v1").click()
    page.get_by_text("The version is in force.").wait_for()
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    page.get_by_text("Delete “versioned”").click()
    page.get_by_label("To confirm, type “versioned”").fill("versioned")
    page.locator("details.danger").get_by_role("button", name="Delete").click()
    page.get_by_text("“versioned” was deleted.").wait_for()


def test_a_role_says_who_may_take_it_on(visit: Callable[..., Visit], server: Server) -> None:
    page = visit().open("access/create/roles")
    page.get_by_label("Name (required)").fill("worker")
    page.get_by_text("Examples").click()
    page.get_by_role("button", name="Write this into the policy").nth(1).click()
    page.get_by_role("button", name="Create role").click()
    page.get_by_role("heading", name="worker", exact=True).wait_for()
    trust = server.client("iam").get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::000000000000:root"}


def test_a_user_is_deleted_with_what_hangs_on_it(visit: Callable[..., Visit], server: Server) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="leaver")
    iam.create_access_key(UserName="leaver")
    iam.put_user_policy(UserName="leaver", PolicyName="its", PolicyDocument=POLICY)
    page = visit().open("access/users/leaver")
    page.get_by_text("Delete “leaver”").click()
    page.get_by_label("To confirm, type “leaver”").fill("leaver")
    page.locator("details.danger").get_by_role("button", name="Delete").click()
    page.get_by_text("“leaver” was deleted.").wait_for()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="leaver")


def test_who_may_do_what_is_answered_with_the_statement(visit: Callable[..., Visit], server: Server) -> None:
    iam = server.client("iam")
    arn = iam.create_user(UserName="asked")["User"]["Arn"]
    iam.put_user_policy(UserName="asked", PolicyName="sends", PolicyDocument=POLICY)
    page = visit().open("access/explain")
    page.get_by_label("User or role (ARN)").fill(arn)
    page.get_by_label("Action").fill("sqs:SendMessage")
    page.get_by_role("button", name="May it?").click()
    page.get_by_text("Yes, it is allowed.").wait_for()
    page.get_by_role("heading", name="user_asked_sends").wait_for()
    assert '"sqs:SendMessage"' in page.locator("pre").first.text_content()
    page.get_by_label("Action").fill("sqs:DeleteQueue")
    page.get_by_role("button", name="May it?").click()
    page.get_by_text("No: no statement allows it.").wait_for()


def test_a_resources_own_policy_counts(visit: Callable[..., Visit], server: Server) -> None:
    arn = server.client("iam").create_user(UserName="guest")["User"]["Arn"]
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="open")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:000000000000:open"
    document = policy({**allow("sqs:SendMessage", on=queue), "Principal": {"AWS": arn}})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    page = visit().open(f"access/explain?principal={arn}&action=sqs:SendMessage&resource={queue}")
    page.get_by_text("Yes, it is allowed.").wait_for()
    page.get_by_text("Resource Policy").wait_for()


def test_the_audit_log_is_searched(visit: Callable[..., Visit], server: Server) -> None:
    server.client("iam").create_group(GroupName="logged")
    page = visit().open("access/log")
    page.get_by_label("Search in").select_option("EventName")
    page.get_by_label("for", exact=True).fill("CreateGroup")
    page.get_by_role("button", name="Search").click()
    page.locator("td summary", has_text="CreateGroup").first.click()
    page.get_by_text('"eventName": "CreateGroup"').first.wait_for()


def test_a_key_is_made_named_and_disabled(visit: Callable[..., Visit], server: Server) -> None:
    page = visit().open("access/create/keys")
    page.get_by_label("Alias").fill("orders")
    page.get_by_role("button", name="Create key").click()
    page.get_by_role("listitem").filter(has_text="alias/orders").wait_for()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Enable").wait_for()
    told = server.client("kms").describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert told["KeyState"] == "Disabled"
    page.get_by_text("Schedule the deletion").first.click()
    page.get_by_label(f"To confirm, type “{told['KeyId']}”").fill(told["KeyId"])
    page.get_by_label("Days until then (7 to 30)").fill("7")
    page.get_by_role("button", name="Schedule the deletion").click()
    page.get_by_role("button", name="Cancel the deletion").click()
    page.get_by_text("The key stays.").wait_for()


def test_a_provider_is_added(visit: Callable[..., Visit], server: Server) -> None:
    page = visit().open("access/providers")
    page.get_by_label("URL").fill("https://issuer.example")
    page.get_by_label("Audiences").fill("my-app")
    page.get_by_label("Thumbprints").fill("a" * 40)
    page.get_by_role("button", name="Add provider").click()
    page.get_by_role("heading", name="issuer.example").wait_for()
    found = server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert [each["Arn"].rpartition("/")[2] for each in found] == ["issuer.example"]


@pytest.mark.parametrize(("language", "heading"), [("fr", "Utilisateurs"), ("pt", "Usuários")])
def test_the_section_speaks_the_visitors_language(visit: Callable[..., Visit], language: str, heading: str) -> None:
    page = visit(language=language).open("access/users")
    page.get_by_role("heading", name=heading, exact=True).wait_for()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict")) as running:
        yield running


@pytest.fixture
def enter(browser: Any, strict: StrictServer) -> Iterator[Callable[..., Any]]:
    """Signs somebody in; the page they come to."""
    with visiting(browser, strict.url) as visit:

        def entered(credentials: dict[str, str], path: str) -> Any:
            page = visit.open(path)
            sign_in(page, credentials)
            page.wait_for_url(f"**/{path}")
            return page

        yield entered


def test_a_user_sees_what_it_may_and_is_told_of_the_rest(strict: StrictServer, enter: Callable[..., Any]) -> None:
    strict.client("iam").create_user(UserName="seen")
    credentials = strict.user(allow("iam:GetUser"), name="onlooker")
    page = enter(credentials, "access/users/seen")
    page.get_by_role("heading", name="seen", exact=True).wait_for()
    page.get_by_text("is not authorized to perform: iam:ListAccessKeys").wait_for()


def test_a_refusal_leads_to_why(strict: StrictServer, enter: Callable[..., Any]) -> None:
    page = enter(strict.user(allow("chasqui:ExplainAccess"), name="curious"), "access/roles")
    page.get_by_text("iam:ListRoles").wait_for()
    page.get_by_role("link", name="Why?").click()
    page.get_by_text("No policy allows it.").wait_for()
    page.get_by_text("A statement that would allow it").wait_for()


def test_who_signs_out_is_gone(enter: Callable[..., Any]) -> None:
    page = enter(ADMIN, "access")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.goto(page.url.replace("sign-in", "access"))
    page.get_by_role("heading", name="Sign in").wait_for()
