"""A queue's access policy, topics, functions; and who may not see everything."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit, sign_in, visiting
from tests.strict import StrictServer, allow
from tests.support import Server

Visits = Callable[..., Visit]

ROLE = "arn:aws:iam::000000000000:role/worker"


def made(server: Server, name: str, **attributes: str) -> tuple[str, str]:
    """The URL and the ARN of a new queue."""
    sqs = server.client()
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def policy_of(server: Server, url: str) -> str:
    found = server.client().get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    return str(found.get("Attributes", {}).get("Policy", ""))


def statement(arn: str, **changes: Any) -> str:
    given = {"Sid": "one", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [given | changes]})


# ------------------------------------------------------------------------------------------------------- the policy


def test_a_fault_in_a_policy_is_found_while_it_is_written(server: Server, visit: Visits) -> None:
    _, arn = made(server, "faulty")
    page = visit().open("queues/faulty/policy")

    page.get_by_label("Access policy", exact=True).fill(statement(arn, Effect="Perhaps"))

    expect(page.locator("#p-Policy")).to_contain_text("“Effect” must be “Allow” or “Deny”.")


def test_a_policy_is_saved_and_told_in_words(server: Server, visit: Visits) -> None:
    url, arn = made(server, "worded")
    page = visit().open("queues/worded/policy")
    page.get_by_label("Access policy", exact=True).fill(statement(arn))
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The access policy was saved.")).to_be_visible()
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="one"))
    expect(line).to_contain_text("Open to the world")
    assert json.loads(policy_of(server, url))["Statement"][0]["Sid"] == "one"


def test_a_policy_that_is_refused_stays_in_the_form(server: Server, visit: Visits) -> None:
    made(server, "unsaved")
    page = visit().open("queues/unsaved/policy")
    page.get_by_label("Access policy", exact=True).fill('{"Statement": []}')
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert").first).to_contain_text("InvalidAttributeValue")
    expect(page.get_by_label("Access policy", exact=True)).to_have_value(re.compile("Statement"))


def test_an_open_queue_is_warned_of(server: Server, visit: Visits) -> None:
    url, arn = made(server, "open")
    server.client().set_queue_attributes(QueueUrl=url, Attributes={"Policy": statement(arn)})
    page = visit().open("queues/open/details")

    expect(page.get_by_text("Everybody may use this queue")).to_be_visible()


@pytest.mark.parametrize(
    ("who", "action", "answer"),
    [
        ("111122223333", "SendMessage", "Allowed"),
        ("111122223333", "DeleteQueue", "Not allowed"),
        ("444455556666", "SendMessage", "Not allowed"),
        (ROLE, "ReceiveMessage", "Allowed"),
        (ROLE, "PurgeQueue", "Denied"),
        ("nobody at all", "SendMessage", "InvalidInput"),
    ],
)
def test_it_is_told_who_may_do_what(server: Server, visit: Visits, who: str, action: str, answer: str) -> None:
    url, arn = made(server, "may")
    iam = server.client("iam")
    if not any(each["RoleName"] == "worker" for each in iam.list_roles()["Roles"]):
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=document)
        rights = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
        iam.put_role_policy(
            RoleName="worker",
            PolicyName="its",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rights}),
        )
    policy = json.loads(statement(arn, Principal={"AWS": "111122223333"}))
    denied = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": arn}
    policy["Statement"].append(denied)
    server.client().set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    page = visit().open("queues/may/policy")

    page.get_by_label("Who", exact=True).fill(who)
    page.get_by_label("Action", exact=True).select_option(action)
    page.get_by_role("button", name="Check").click()

    expect(page.locator("main .alert").filter(has_text=re.compile(f"^{answer}"))).to_be_visible()


# ----------------------------------------------------------------------------------------------- topics and functions


def test_subscribing_to_a_topic_lets_it_deliver(server: Server, visit: Visits) -> None:
    url, _ = made(server, "subscribed")
    topic = server.client("sns").create_topic(Name="news")["TopicArn"]
    page = visit().open("queues/subscribed/subscriptions")
    page.get_by_label("Topic (required)").fill("news")
    page.get_by_label("Raw message delivery").check()
    page.get_by_role("button", name="Subscribe", exact=True).click()

    expect(page.get_by_text("has a statement that lets the topic deliver")).to_be_visible()
    expect(page.get_by_role("link", name="news")).to_be_visible()
    server.client("sns").publish(TopicArn=topic, Message="told")
    received = server.client().receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert [each["Body"] for each in received] == ["told"]


def test_a_topic_that_may_not_deliver_is_shown_and_let_in(server: Server, visit: Visits) -> None:
    url, arn = made(server, "locked")
    sns = server.client("sns")
    topic = sns.create_topic(Name="outside")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    page = visit().open("queues/locked/subscriptions")
    expect(page.get_by_text("Not allowed by the access policy")).to_be_visible()

    page.get_by_role("button", name="Let it deliver: outside").click()

    expect(page.get_by_text("The access policy now lets outside deliver.")).to_be_visible()
    assert topic in policy_of(server, url)


def test_a_topic_that_does_not_exist_changes_no_policy(server: Server, visit: Visits) -> None:
    url, _ = made(server, "unchanged")
    page = visit().open("queues/unchanged/subscriptions")
    page.get_by_label("Topic (required)").fill("no-such-topic")
    page.get_by_role("button", name="Subscribe", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("NotFound")
    assert policy_of(server, url) == ""


def test_unsubscribing(server: Server, visit: Visits) -> None:
    _, arn = made(server, "leaving")
    sns = server.client("sns")
    sns.subscribe(TopicArn=sns.create_topic(Name="left")["TopicArn"], Protocol="sqs", Endpoint=arn)
    page = visit().open("queues/leaving/subscriptions")

    page.get_by_role("button", name="Unsubscribe from left").click()

    expect(page.get_by_text("No topic delivers to this queue.")).to_be_visible()


def test_a_function_is_made_to_work_a_queue_off(server: Server, visit: Visits) -> None:
    _, arn = made(server, "worked", VisibilityTimeout="60")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return None\n")
    lambda_ = server.client("lambda")
    lambda_.create_function(
        FunctionName="worker",
        Runtime="python3.12",
        Role=ROLE,
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
    )
    page = visit().open("queues/worked/triggers")
    page.get_by_label("Function (required)").fill("worker")
    page.get_by_label("Batch size").fill("5")
    page.get_by_label("Enabled").uncheck()
    page.get_by_role("button", name="Add a trigger").click()
    expect(page.get_by_text("The trigger was created.")).to_be_visible()

    (mapping,) = lambda_.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (5, ["ReportBatchItemFailures"])

    page.get_by_role("button", name="Enable worker").click()
    expect(page.get_by_role("button", name="Disable worker")).to_be_visible()
    page.get_by_role("button", name="Delete the trigger of worker").click()
    expect(page.get_by_text("The trigger is being deleted.")).to_be_visible()


# ------------------------------------------------------------------------------------------------ what is not allowed


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict")) as started:
        yield started


def test_who_may_not_see_the_overview_has_the_list_by_name(browser: Any, strict: StrictServer) -> None:
    for name in ("seen", "unseen"):
        strict.client().create_queue(QueueName=name)
    keys = strict.user(
        allow("sqs:ListQueues"), allow("sqs:GetQueueAttributes", on="arn:aws:sqs:us-east-1:000000000000:seen")
    )

    with visiting(browser, strict.url) as visit:
        page = visit.open("queues")
        sign_in(page, keys)

        expect(page.get_by_text("In the order of names, without ages")).to_contain_text("chasqui:ListQueues")
        expect(page.locator("tbody th")).to_have_text(["seen", "unseen"])
        expect(page.get_by_role("row").filter(has_text="unseen").get_by_role("cell").nth(2)).to_have_text("–")


# ----------------------------------------------------------------------------------------------------- hostile content

HOSTILE = """<script>alert(1)</script> "><img src=x onerror=alert(1)> '-alert(1)-' {{ 7*7 }}{% raw %} %(name)s %s
</textarea><svg onload=alert(1)> &lt;b&gt; \u202e"""
LINE = HOSTILE.replace("\n", " ")


def test_what_is_typed_is_shown_as_text(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill(LINE)
    page.get_by_label("Visibility timeout", exact=True).fill(LINE)
    page.get_by_label("Advanced: write it as JSON").check()
    page.get_by_label("Access policy", exact=True).fill(HOSTILE)
    page.get_by_label("Key of tag").first.fill(LINE)
    page.get_by_label("Value of tag").first.fill(LINE)
    page.get_by_role("button", name="Show as a command").click()
    expect(page.locator("#command pre").first).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_label("Name (required)")).to_have_value(LINE)
    expect(page.get_by_label("Access policy", exact=True)).to_have_value(HOSTILE)
    expect(page.get_by_label("Key of tag").first).to_have_value(LINE[:128])
    assert page.locator("main script:not([src]), main img, main svg[onload]").count() == 0


def test_what_policies_say_is_shown_as_text(server: Server, visit: Visits) -> None:
    url, arn = made(server, "hostile")
    condition = {"StringEquals": {"aws:PrincipalTag/x": LINE}}
    server.client().set_queue_attributes(QueueUrl=url, Attributes={"Policy": statement(arn, Condition=condition)})
    page = visit().open(f"queues/hostile/policy?principal={quote(LINE)}")

    expect(page.get_by_role("cell", name="StringEquals aws:PrincipalTag/x")).to_contain_text(
        "<script>alert(1)</script>"
    )
    expect(page.get_by_label("Who", exact=True)).to_have_value(LINE)
    assert page.locator("main script:not([src]), main img, main svg[onload]").count() == 0
