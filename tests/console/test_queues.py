"""Queues by clicking: the list, making, changing, emptying and deleting them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.console.caller import CONSOLE, Caller
from tests.support import Server

Visits = Callable[..., Visit]


def made(server: Server, name: str, **attributes: str) -> str:
    """The URL of a new queue."""
    url: str = server.client().create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def attributes_of(server: Server, name: str) -> dict[str, str]:
    sqs = server.client()
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def row(page: Any, name: str) -> Any:
    """A queue's row in the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


# --------------------------------------------------------------------------------------------------------- the list


def test_a_region_without_queues_offers_the_tours(visit: Visits) -> None:
    page = visit(region="sa-east-1").open("queues")

    page.get_by_role("link", name="Show me how to create one").click()

    expect(page).to_have_url(re.compile(r"/sa-east-1/tours/first-queue$"))


def test_the_list_is_sorted_by_what_is_in_the_queues(server: Server, visit: Visits) -> None:
    sqs = server.client()
    for name, count in (("sorted-few", 1), ("sorted-many", 3), ("sorted-none", 0)):
        url = made(server, name)
        for number in range(count):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

    page = visit().open("queues?search=sorted-")
    page.get_by_role("link", name="Visible").click()

    expect(page.get_by_role("columnheader", name="Visible")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody th")).to_have_text(["sorted-many", "sorted-few", "sorted-none"])


def test_a_search_finds_names_anywhere_or_at_their_beginning(server: Server, visit: Visits) -> None:
    made(server, "found-here")
    made(server, "also-found")
    page = visit().open("queues")

    page.get_by_label("Search").fill("FOUND")
    page.get_by_label("Search").press("Enter")
    expect(page.locator("tbody th")).to_have_text(["also-found", "found-here"])

    page.get_by_label("Search").fill("found")
    page.get_by_label("Where").select_option(label="at its beginning")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("tbody th")).to_have_text(["found-here"])


def test_the_list_has_pages_of_a_hundred(server: Server, visit: Visits) -> None:
    for number in range(103):
        made(server, f"paged-{number:03}")
    page = visit().open("queues?search=paged-")
    expect(page.get_by_text("103 queues · rows 1 to 100")).to_be_visible()

    page.get_by_role("link", name="Next page").click()

    expect(page.locator("tbody th")).to_have_text(["paged-100", "paged-101", "paged-102"])


def test_figures_change_while_one_looks(server: Server, visit: Visits) -> None:
    url = made(server, "live")
    page = visit().open("queues?search=live")
    cells = row(page, "live").get_by_role("cell")
    expect(cells.nth(2)).to_have_text("0")

    server.client().send_message(QueueUrl=url, MessageBody="x")

    expect(cells.nth(2)).to_have_text("1")


def test_what_is_ticked_is_deleted_after_it_was_said_what_goes(server: Server, visit: Visits) -> None:
    for name in ("ticked-1", "ticked-2", "ticked-kept"):
        made(server, name)
    page = visit().open("queues?search=ticked-")
    page.get_by_label("Select ticked-1").check()
    page.get_by_label("Select ticked-2").check()

    page.get_by_role("button", name="Delete the selected…").click()
    expect(page.get_by_role("rowheader")).to_have_text(["ticked-1", "ticked-2"])
    page.get_by_label("To confirm").fill("delete")
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_text("2 queues were deleted.")).to_be_visible()
    page.goto(page.url + "?search=ticked-")
    expect(page.locator("tbody th")).to_have_text(["ticked-kept"])


def test_of_what_could_not_be_done_it_is_said_why(server: Server, visit: Visits) -> None:
    made(server, "half-1")
    gone = made(server, "half-2")
    page = visit().open("queues?search=half-")
    page.get_by_label("Select half-1").check()
    page.get_by_label("Select half-2").check()
    page.get_by_role("button", name="Purge the selected…").click()
    server.client().delete_queue(QueueUrl=gone)

    page.get_by_label("To confirm").fill("purge")
    page.get_by_role("button", name="Purge", exact=True).click()

    expect(page.get_by_text("1 queue was purged.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="half-2: ")).to_contain_text("QueueDoesNotExist")


# ----------------------------------------------------------------------------------------------------------- making


@pytest.mark.parametrize(
    ("language", "create", "name"),
    [("en", "Create queue", "Name"), ("fr", "Créer une file d'attente", "Nom"), ("pt", "Criar fila", "Nome")],
)
def test_a_queue_is_made(server: Server, visit: Visits, language: str, create: str, name: str) -> None:
    page = visit(language=language).open("queues")
    page.get_by_role("link", name=create).click()

    page.get_by_label(name, exact=False).first.fill(f"MaQueueTest-{language}")
    page.get_by_role("button", name=create).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"MaQueueTest-{language}")
    assert attributes_of(server, f"MaQueueTest-{language}")["VisibilityTimeout"] == "30"


def test_a_fifo_queue_gets_its_ending_and_its_attributes(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    expect(page.get_by_label("Content-based deduplication")).to_be_hidden()

    page.get_by_label("FIFO", exact=True).check()
    page.get_by_label("Name (required)").fill("ordered")
    page.get_by_label("Content-based deduplication").check()
    page.get_by_label("Deduplication scope").select_option(label="Message group")
    page.get_by_label("FIFO throughput limit").select_option(label="Per message group ID")
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("ordered.fifo")
    found = attributes_of(server, "ordered.fifo")
    assert (found["ContentBasedDeduplication"], found["FifoThroughputLimit"]) == ("true", "perMessageGroupId")


def test_enter_in_a_field_makes_the_queue(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("entered")
    page.get_by_label("Name (required)").press("Enter")

    expect(page.get_by_text("Queue entered was created.")).to_be_visible()


def test_measures_are_typed_in_the_unit_that_one_likes(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("measured")
    page.get_by_label("Message retention period", exact=True).fill("14")
    page.get_by_label("Visibility timeout", exact=True).fill("2")
    page.get_by_label("Unit of Visibility timeout").select_option(label="hours")
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_text("Queue measured was created.")).to_be_visible()
    found = attributes_of(server, "measured")
    assert (found["MessageRetentionPeriod"], found["VisibilityTimeout"]) == ("1209600", "7200")


def test_what_sqs_refuses_is_said_beside_the_field_and_nothing_typed_is_lost(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("refused")
    page.get_by_label("Visibility timeout", exact=True).fill("13")
    page.get_by_label("Unit of Visibility timeout").select_option(label="hours")
    page.get_by_role("button", name="Create queue").click()

    field = page.get_by_label("Visibility timeout", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("13")
    expect(page.locator("#p-VisibilityTimeout")).to_contain_text("InvalidAttributeValue")
    expect(page.get_by_label("Name (required)")).to_have_value("refused")


def test_a_name_that_is_taken_is_refused(server: Server, visit: Visits) -> None:
    made(server, "taken")
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("taken")
    page.get_by_role("button", name="Create queue").click()

    expect(page.locator("#p-QueueName")).to_contain_text("QueueNameExists")


def test_a_dead_letter_queue_is_picked_among_those_of_the_type(server: Server, visit: Visits) -> None:
    made(server, "pick-letters")
    made(server, "pick-letters.fifo", FifoQueue="true")
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("picking")
    page.get_by_label("A queue that exists").check()
    page.get_by_label("Queue", exact=True).press_sequentially("pick-lett")
    expect(page.locator("#dlq-options option")).to_have_count(1)
    page.get_by_label("Queue", exact=True).fill("pick-letters")
    page.get_by_label("Maximum receives").fill("3")
    page.get_by_role("button", name="Create queue").click()

    page.get_by_role("link", name="pick-letters").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("pick-letters")
    page.get_by_role("link", name="picking").click()
    policy = json.loads(attributes_of(server, "picking")["RedrivePolicy"])
    assert int(policy["maxReceiveCount"]) == 3


def test_a_dead_letter_queue_is_made_along(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("FIFO", exact=True).check()
    page.get_by_label("Name (required)").fill("along")
    page.get_by_label("A new queue, made with this one").check()
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_role("link", name="along-dlq.fifo")).to_be_visible()


def test_a_queue_is_encrypted_with_a_kms_key(server: Server, visit: Visits) -> None:
    kms = server.client("kms")
    kms.create_alias(AliasName="alias/shop", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("sealed")
    page.get_by_label("KMS key (SSE-KMS)").check()
    expect(page.locator("#kms-keys option[value='alias/shop']")).to_have_count(1)
    page.get_by_label("KMS key", exact=True).fill("alias/shop")
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_text("SSE-KMS – alias/shop")).to_be_visible()


def test_a_policy_is_made_of_who_may_send(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("basic")
    page.get_by_label("Basic: choose who may send and receive").check()
    page.get_by_label("Who may send, beside this account").fill("111122223333\ns3.amazonaws.com")
    page.get_by_role("button", name="Show the policy").click()
    expect(page.locator("#policy-shown")).to_contain_text('"Service"')
    page.get_by_role("button", name="Create queue").click()

    expect(page.get_by_text("Queue basic was created.")).to_be_visible()
    statements = json.loads(attributes_of(server, "basic")["Policy"])["Statement"]
    assert [each["Sid"] for each in statements] == ["owner", "senders"]


def test_a_form_is_shown_as_a_command_that_makes_the_same_queue(server: Server, visit: Visits) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)").fill("told")
    page.get_by_label("Delivery delay", exact=True).fill("5")
    page.get_by_label("Key of tag").first.fill("team")
    page.get_by_label("Value of tag").first.fill("it's us")

    page.get_by_role("button", name="Show as a command").click()

    shown = page.locator("#command")
    expect(shown).to_contain_text("aws --endpoint-url")
    expect(shown).to_contain_text("""--attributes '{"DelaySeconds": "5"}'""")
    expect(shown).to_contain_text("boto3.client('sqs'")
    with pytest.raises(server.client().exceptions.QueueDoesNotExist):
        server.client().get_queue_url(QueueName="told")


def test_a_change_that_is_refused_leaves_no_dead_letter_queue_behind(server: Server, visit: Visits) -> None:
    made(server, "changed")
    page = visit().open("queues/changed/edit")
    page.get_by_label("A new queue, made with this one").check()
    page.get_by_label("Visibility timeout", exact=True).fill("99999999")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was changed: see below.")).to_be_visible()
    assert server.client().list_queues(QueueNamePrefix="changed")["QueueUrls"] == [f"{server.url}/000000000000/changed"]

    page.get_by_label("Visibility timeout", exact=True).fill("60")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Queue changed was changed.")).to_be_visible()
    assert "changed-dlq" in attributes_of(server, "changed")["RedrivePolicy"]


# ----------------------------------------------------------------------------------------- changing, emptying, deleting


def test_a_queue_is_changed_where_it_was_changed(server: Server, visit: Visits) -> None:
    made(server, "edited", DelaySeconds="90")
    page = visit().open("queues/edited/edit")
    expect(page.get_by_label("Delivery delay", exact=True)).to_have_value("90")

    page.get_by_label("Visibility timeout", exact=True).fill("1")
    page.get_by_label("Unit of Visibility timeout").select_option(label="minutes")
    page.get_by_role("button", name="Show as a command").click()
    expect(page.locator("#command")).to_contain_text("""'{"VisibilityTimeout": "60"}'""")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Queue edited was changed.")).to_be_visible()
    found = attributes_of(server, "edited")
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("60", "90")


def test_encryption_and_the_dead_letter_queue_are_taken_away(server: Server, visit: Visits) -> None:
    made(server, "without-dlq")
    target = attributes_of(server, "without-dlq")["QueueArn"]
    made(server, "without", RedrivePolicy=json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": "2"}))
    page = visit().open("queues/without/edit")

    page.get_by_role("group", name="Dead-letter queue").get_by_label("No queue").check()
    page.get_by_role("group", name="Encryption").get_by_label("None").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Queue without was changed.")).to_be_visible()
    found = attributes_of(server, "without")
    assert "RedrivePolicy" not in found
    assert found["SqsManagedSseEnabled"] == "false"


def test_a_queue_is_purged_once_its_name_is_typed(server: Server, visit: Visits) -> None:
    url = made(server, "purged")
    server.client().send_message(QueueUrl=url, MessageBody="x")
    page = visit().open("queues/purged/details")
    page.get_by_text("Purge", exact=True).first.click()
    expect(page.get_by_text("1 message is deleted for good.", exact=True)).to_be_visible()

    page.get_by_label("To confirm").first.fill("purged")
    page.get_by_role("button", name="Purge").click()

    expect(page.get_by_text("All messages of purged were deleted.")).to_be_visible()
    assert attributes_of(server, "purged")["ApproximateNumberOfMessages"] == "0"


def test_the_server_asks_for_the_name_too(server: Server, visit: Visits) -> None:
    made(server, "asked")
    page = visit().open("queues/asked/details")
    page.get_by_text("Delete", exact=True).first.click()
    field = page.get_by_label("To confirm").last
    field.fill("something else")
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("alert").filter(has_text="Type “asked” to confirm.")).to_be_visible()
    assert attributes_of(server, "asked")


def test_a_queue_is_deleted_once_its_name_is_typed(server: Server, visit: Visits) -> None:
    made(server, "deleted")
    page = visit().open("queues/deleted/details")
    page.get_by_text("Delete", exact=True).first.click()
    page.get_by_label("To confirm").last.fill("deleted")
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("Queue deleted was deleted.")).to_be_visible()
    with pytest.raises(server.client().exceptions.QueueDoesNotExist):
        server.client().get_queue_url(QueueName="deleted")


def test_tags_are_added_changed_and_removed(server: Server, visit: Visits) -> None:
    sqs = server.client()
    url = sqs.create_queue(QueueName="tagged", tags={"old": "1", "kept": "2"})["QueueUrl"]
    page = visit().open("queues/tagged/tags")
    page.get_by_role("button", name="Add a tag").click()
    expect(page.get_by_label("Key of tag")).to_have_count(5)

    keys, values = page.get_by_label("Key of tag"), page.get_by_label("Value of tag")
    keys.nth([keys.nth(place).input_value() for place in range(2)].index("old")).fill("")
    keys.last.fill("équipe")
    values.last.fill("a=b")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The tags were saved.")).to_be_visible()
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"kept": "2", "équipe": "a=b"}


# ------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", ["new", "live", "options", "tag-row", "bulk"])
def test_a_queue_that_is_called_as_a_page_is_reached(server: Server, name: str) -> None:
    region = "eu-south-2"  # where no other test's queues are fuller
    sqs = server.client(region_name=region)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="so that it is among the fullest")
    caller = Caller(server.url)
    for page in (f"jump?q={name}", "home?figures=1", "map"):
        text = caller.ask("GET", f"{CONSOLE}/{region}/{page}").text
        assert f"/queues/{name}/details" in text.replace("&#39;", "'"), page
    assert caller.ask("GET", f"{CONSOLE}/{region}/queues/{name}/details").status == 200
