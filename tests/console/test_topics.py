"""Topics by hand: creating, subscribing, filtering, publishing, deleting."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit, sign_in, visiting
from tests.console.caller import Caller
from tests.strict import StrictServer
from tests.support import Server

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"

Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def sns(server: Server) -> Any:
    return server.client("sns")


@pytest.fixture(scope="module")
def sqs(server: Server) -> Any:
    return server.client("sqs")


def queue(sqs: Any, name: str) -> tuple[str, str]:
    """(URL, ARN) of a new queue."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


@pytest.fixture(scope="module")
def invoices(sns: Any, sqs: Any) -> str:
    """A topic with queues for invoices and users, by their event types, and somebody who has not confirmed."""
    arn: str = sns.create_topic(Name="events")["TopicArn"]
    for name in ("invoice", "user"):
        endpoint = queue(sqs, f"{name}s")[1]
        policy = json.dumps({"eventType": [name]})
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes={"FilterPolicy": policy})
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="waiting@example.com")
    return arn


def test_a_standard_topic_is_created_with_its_attributes_and_tags(visit: Visits, sns: Any) -> None:
    page = visit().open("topics")
    page.get_by_role("link", name="Create topic").first.click()
    page.get_by_label("Name (required)").fill("made-by-hand")
    page.get_by_label("Display name").fill("By hand")
    page.get_by_text("Tags", exact=True).click()
    page.get_by_label("Key of tag 1").fill("team")
    page.get_by_label("Value of tag 1").fill("blue")
    page.get_by_role("button", name="Create topic").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("made-by-hand")
    arn = next(each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith("made-by-hand"))
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "By hand"
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_a_fifo_topic_gets_its_suffix_and_an_archive(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/new?type=fifo")
    page.get_by_label("Name (required)").fill("ordered")
    page.get_by_label("Content-based deduplication").check()
    page.get_by_text("Message archive", exact=True).click()
    page.get_by_label("Keep messages for (days)").fill("7")
    page.get_by_role("button", name="Create topic").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ordered.fifo")
    attributes = sns.get_topic_attributes(TopicArn="arn:aws:sns:us-east-1:000000000000:ordered.fifo")["Attributes"]
    assert attributes["ContentBasedDeduplication"] == "true"
    assert json.loads(attributes["ArchivePolicy"]) == {"MessageRetentionPeriod": "7"}


def test_what_is_refused_is_said_beside_its_field_and_keeps_what_was_typed(visit: Visits) -> None:
    page = visit().open("topics/new")
    page.get_by_label("Name (required)").fill("has a space")
    page.get_by_label("Display name").fill("kept")
    page.get_by_role("button", name="Create topic").click()
    expect(page.locator("#p-name")).to_contain_text("Topic Name")
    assert page.get_by_label("Display name").input_value() == "kept"


def test_a_form_is_shown_as_a_command_without_being_carried_out(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/new")
    page.get_by_label("Name (required)").fill("never-made")
    page.get_by_role("button", name="Show as a command").click()
    expect(page.get_by_text("sns create-topic --name never-made")).to_be_visible()
    assert not any("never-made" in each["TopicArn"] for each in sns.list_topics()["Topics"])


def test_topics_are_found_by_name_while_typing(visit: Visits, sns: Any, invoices: str) -> None:
    sns.create_topic(Name="searched-for")
    page = visit().open("topics")
    expect(page.get_by_role("link", name="events", exact=True)).to_be_visible()
    page.get_by_label("Search by name").fill("RCHED")
    expect(page.get_by_role("link", name="events", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="searched-for")).to_be_visible()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile("search=RCHED"))


def test_attributes_are_edited_and_only_what_changed_is_set(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="edited", Attributes={"DisplayName": "before"})["TopicArn"]
    page = visit().open("topics/edited/edit")
    page.get_by_label("Display name").fill(HOSTILE)
    page.get_by_label("Signature version").select_option("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 attributes were changed.")).to_be_visible()
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SignatureVersion"] == "2"


def test_a_policy_that_is_refused_is_shown_with_its_error(visit: Visits, sns: Any) -> None:
    sns.create_topic(Name="guarded")
    page = visit().open("topics/guarded/policy")
    editor = page.get_by_label("Access policy (JSON)")
    policy = json.loads(editor.input_value())
    policy["Statement"][0]["Action"] = "sqs:SendMessage"
    editor.fill(json.dumps(policy))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("out of service scope")
    policy["Statement"][0]["Action"] = "sns:Publish"
    page.get_by_label("Access policy (JSON)").fill(json.dumps(policy))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The access policy was saved.")).to_be_visible()


def test_tags_are_changed_as_rows(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="tagged", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])["TopicArn"]
    page = visit().open("topics/tagged/tags")
    page.get_by_label("Key of tag 1").fill("")
    page.get_by_label("Value of tag 2").fill("two")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The tags were saved.")).to_be_visible()
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "two"}]


def test_a_topic_is_deleted_only_when_its_name_is_typed(visit: Visits, sns: Any) -> None:
    sns.create_topic(Name="doomed")
    page = visit().open("topics/doomed/details")
    page.get_by_text("Delete topic").first.click()
    page.get_by_label("To confirm").fill("doomed")
    page.get_by_role("button", name="Delete topic").click()
    expect(page.get_by_text("The topic doomed was deleted.")).to_be_visible()
    assert not any(each["TopicArn"].endswith(":doomed") for each in sns.list_topics()["Topics"])


def test_a_queue_is_subscribed_and_lets_the_topic_in(visit: Visits, sns: Any, sqs: Any) -> None:
    arn = sns.create_topic(Name="fan-out")["TopicArn"]
    url, endpoint = queue(sqs, "fanned")
    page = visit().open("topics/fan-out/subscribe")
    page.get_by_label("Queue (ARN) (required)").fill(endpoint)
    page.get_by_label("Raw message delivery").check()
    page.get_by_role("button", name="Create subscription").click()
    expect(page.get_by_text("The topic was let in by a statement in its policy.")).to_be_visible()
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(policy)["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": arn}}
    sns.publish(TopicArn=arn, Message="raw")
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"] == "raw"


def test_firehose_is_refused_clearly(visit: Visits, invoices: str) -> None:
    page = visit().open("topics/events/subscribe?protocol=firehose")
    expect(page.get_by_text("This server has no Firehose")).to_be_visible()
    assert page.get_by_role("button", name="Create subscription").count() == 0


def test_ticked_subscriptions_are_deleted_after_being_asked(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="left-alone")["TopicArn"]
    for number in ("+12025550101", "+12025550102", "+12025550103"):
        sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint=number)
    page = visit().open("topics/left-alone/subscriptions")
    page.get_by_label("Tick +12025550101").check()
    page.get_by_label("Tick +12025550103").check()
    page.get_by_role("button", name="Delete the ticked").click()
    expect(page.get_by_role("heading", name="Delete 2 subscriptions?")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("2 subscriptions were deleted.")).to_be_visible()
    left = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert [each["Endpoint"] for each in left] == ["+12025550102"]


def test_a_filter_policy_is_judged_while_it_is_typed(visit: Visits, invoices: str) -> None:
    page = visit().open("topics/events/subscriptions")
    page.get_by_role("link", name="invoices").first.click()
    editor = page.get_by_label("Filter policy (JSON)")
    editor.fill('{\n  "eventType": [{"prefix": 5}]\n}')
    expect(page.locator("#verdict")).to_contain_text("prefix match pattern must be a string")
    expect(page.locator("#verdict")).to_contain_text("Line 2, column")
    editor.fill('{"eventType": ["invoice"]}')
    page.get_by_label("Name 1").fill("eventType")
    page.get_by_label("Value 1").fill("user")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_contain_text('It does not match. “eventType” is "user"; wanted: "invoice"')
    page.get_by_label("Value 1").fill("invoice")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_contain_text("It matches.")


def test_a_filter_policy_of_the_body_is_saved(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="filtered")["TopicArn"]
    subscription = sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+12025550104")["SubscriptionArn"]
    page = visit().open(f"topics/filtered/subscriptions/{subscription.rpartition(':')[2]}")
    page.get_by_label("Filter policy (JSON)").fill('{"order": {"total": [{"numeric": [">", 100]}]}}')
    page.get_by_label("Filter policy scope").select_option("MessageBody")
    page.get_by_role("button", name="Save the filter policy").click()
    expect(page.get_by_text("The subscription was changed.")).to_be_visible()
    kept = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert kept["FilterPolicyScope"] == "MessageBody"
    assert json.loads(kept["FilterPolicy"]) == {"order": {"total": [{"numeric": [">", 100]}]}}


def test_a_dead_letter_queue_is_set_and_lets_the_topic_in(visit: Visits, sns: Any, sqs: Any) -> None:
    arn = sns.create_topic(Name="careful")["TopicArn"]
    subscription = sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+12025550105")["SubscriptionArn"]
    url, dead = queue(sqs, "careful-dead")
    page = visit().open(f"topics/careful/subscriptions/{subscription.rpartition(':')[2]}")
    page.get_by_label("Queue (ARN)").fill(dead)
    page.get_by_role("button", name="Save the dead-letter queue").click()
    expect(page.get_by_role("link", name=dead)).to_be_visible()
    assert "Policy" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]


def test_who_would_get_a_message_is_said_with_the_reason(visit: Visits, invoices: str) -> None:
    page = visit().open("topics/events/publish")
    page.get_by_label("Message body").fill("hello")
    page.get_by_label("Name 1").fill("eventType")
    page.get_by_label("Value 1").fill("user")
    page.get_by_role("button", name="Who would get it?").click()
    expect(page.get_by_text("1 subscription of 3 would get this message.")).to_be_visible()
    rows = page.locator("#who tbody tr")
    expect(rows.filter(has_text=":users")).to_contain_text("Yes")
    expect(rows.filter(has_text=":invoices")).to_contain_text('“eventType” is "user"; wanted: "invoice"')
    expect(rows.filter(has_text="waiting@example.com")).to_contain_text("It is not confirmed yet.")


def test_a_message_is_published_and_reaches_whom_it_should(visit: Visits, sqs: Any, invoices: str) -> None:
    page = visit().open("topics/events/publish")
    page.get_by_label("Message body").fill(HOSTILE)
    page.get_by_label("Name 1").fill("eventType")
    page.get_by_label("Value 1").fill("invoice")
    page.get_by_role("button", name="Publish message").click()
    expect(page.get_by_text("The message was published.")).to_be_visible()
    identifier = page.locator("#content .alert code").first.inner_text()
    assert f"id={identifier}" in page.get_by_role("link", name="Follow its path").get_attribute("href")
    url = sqs.get_queue_url(QueueName="invoices")["QueueUrl"]
    body = json.loads(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"])
    assert (body["MessageId"], body["Message"]) == (identifier, HOSTILE)
    assert page.get_by_label("Message body").input_value() == HOSTILE


def test_a_protocol_gets_a_text_of_its_own(visit: Visits, sns: Any, sqs: Any) -> None:
    arn = sns.create_topic(Name="tailored")["TopicArn"]
    url, endpoint = queue(sqs, "tailored")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes={"RawMessageDelivery": "true"})
    page = visit().open("topics/tailored/publish")
    page.get_by_label("Message body").fill("for all")
    page.get_by_text("Another text for some protocols").click()
    page.get_by_label("sqs", exact=True).fill("for queues")
    page.get_by_label("Name 1").fill("kept")
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Name 6")).to_be_visible()
    assert page.get_by_label("Name 1").input_value() == "kept"
    page.get_by_label("Value 1").fill("yes")
    page.get_by_role("button", name="Publish message").click()
    expect(page.get_by_text("The message was published.")).to_be_visible()
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"] == "for queues"


@pytest.mark.parametrize(
    ("language", "create", "publish"),
    [
        ("fr", "Créer une rubrique", "Le message a été publié."),
        ("pt", "Criar tópico", "A mensagem foi publicada."),
    ],
)
def test_a_topic_is_made_and_published_to_in_its_visitors_language(
    visit: Visits, language: str, create: str, publish: str
) -> None:
    page = visit(language=language).open("topics")
    page.get_by_role("link", name=create).first.click()
    page.locator("#f-name").fill(f"made-in-{language}")
    page.get_by_role("button", name=create).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"made-in-{language}")
    page.get_by_role("link", name={"fr": "Publier le message", "pt": "Publicar mensagem"}[language]).click()
    page.locator("#f-message").fill(HOSTILE)
    page.get_by_role("button", name={"fr": "Publier le message", "pt": "Publicar mensagem"}[language]).click()
    expect(page.get_by_text(publish)).to_be_visible()


def test_hostile_texts_are_shown_as_text(visit: Visits, sns: Any, sqs: Any) -> None:
    arn = sns.create_topic(Name="hostile", Attributes={"DisplayName": HOSTILE})["TopicArn"]
    policy = json.dumps({HOSTILE: [HOSTILE]})
    endpoint = f"http://localhost:1/?q={HOSTILE.replace(' ', '+')}"
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=endpoint)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue(sqs, "hostile")[1], Attributes={"FilterPolicy": policy})
    for language in ("fr", "pt"):
        page = visit(language=language).open("topics/hostile/subscriptions")
        expect(page.get_by_role("rowheader").filter(has_text=endpoint)).to_be_visible()
        page.get_by_role("link", name=":hostile").first.click()
        assert json.loads(page.locator("#f-FilterPolicy").input_value()) == {HOSTILE: [HOSTILE]}
        page.locator("#f-try_body").fill("x")
        page.get_by_role("cell").locator("input").first.fill("other")
        page.get_by_role("cell").locator("input").nth(1).fill(HOSTILE)
        page.get_by_role("button", name={"fr": "Vérifier", "pt": "Verificar"}[language], exact=True).click()
        expect(page.locator("#verdict")).to_contain_text(HOSTILE.replace('"', '\\"')[:20])
        assert page.locator("#content img").count() == 0


def test_who_may_not_see_a_topics_attributes_is_told_so_and_sees_the_rest(browser: Any, tmp_path: Path) -> None:
    with StrictServer(tmp_path) as strict:
        strict.client("sns").create_topic(Name="secret")
        keys = strict.user({"Effect": "Allow", "Action": ["sns:List*"], "Resource": "*"})
        with visiting(browser, strict.url) as here:
            page = here.open("topics")
            sign_in(page, keys)
            expect(page.get_by_text("is not authorized to perform: SNS:GetTopicAttributes")).to_be_visible()
            page.get_by_role("link", name="secret").click()
            expect(page.get_by_text("Nobody has subscribed to this topic")).to_be_visible()


def test_a_topic_is_let_into_the_queue_of_the_arns_region_and_not_into_its_namesake(server: Server) -> None:
    server.client("sns").create_topic(Name="far-sighted")
    policies = {}
    for region in ("us-east-1", "eu-west-3"):
        server.client("sqs", region_name=region).create_queue(QueueName="twin")
    form = {"protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-3:000000000000:twin", "grants": "1"}
    Caller(server.url).post("topics/far-sighted/subscribe", form)
    for region in ("us-east-1", "eu-west-3"):
        sqs = server.client("sqs", region_name=region)
        url = sqs.get_queue_url(QueueName="twin")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
        policies[region] = found.get("Policy", "")
    assert "far-sighted" in policies["eu-west-3"]
    assert policies["us-east-1"] == ""


def test_a_refused_access_policy_leaves_the_data_protection_policy_on_the_page(server: Server) -> None:
    arn = server.client("sns").create_topic(Name="protected")["TopicArn"]
    statement = {
        "Sid": "s", "DataDirection": "Inbound", "Principal": ["*"], "Operation": {"Deny": {}},
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
    }  # fmt: skip
    policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [statement]})
    server.client("sns").put_data_protection_policy(ResourceArn=arn, DataProtectionPolicy=policy)
    answer = Caller(server.url).post("topics/protected/policy", {"Policy": "{nope"})
    assert answer.status == 400
    assert "data-identifier/EmailAddress" in answer.text
