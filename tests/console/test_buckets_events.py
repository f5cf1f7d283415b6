"""Event notifications by hand: the exercise with a bucket and a queue (S1), and the picture that is resized (S2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.console.browser import Visit
from tests.support import Server

_numbers = count(1)

Visits = Callable[..., Visit]
REFUSED = "Unable to validate the following destination configurations"


@pytest.fixture
def bucket(server: Server) -> str:
    """A new bucket's name."""
    name = f"events-{next(_numbers)}"
    server.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def queue(server: Server) -> str:
    """A new queue's name."""
    name = f"Events{next(_numbers)}"
    server.client("sqs").create_queue(QueueName=name)
    return name


def _fill(page: Any, name: str, kind: str, choice: str) -> None:
    page.get_by_label("Event name").fill(name)
    page.get_by_label("All object create events").check()
    page.get_by_role("radio", name=kind).check()
    page.get_by_role("combobox", name=kind).select_option(label=choice)


def _events(server: Server, queue: str) -> list[dict[str, Any]]:
    """The next message's records; the test event has none."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for _ in range(5):
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            records: list[dict[str, Any]] = json.loads(message["Body"]).get("Records", [])
            if records:
                return records
    return []


def test_without_the_policy_it_is_refused_as_on_aws_and_the_statement_is_offered(
    visit: Visits, server: Server, bucket: str, queue: str
) -> None:
    page = visit().open(f"buckets/{bucket}/properties")
    page.get_by_role("link", name="Create event notification").click()
    _fill(page, "VersSQS", "SQS queue", queue)
    page.get_by_role("button", name="Create event notification").click()
    page.get_by_text(REFUSED).wait_for()
    page.get_by_text("Permissions on the destination queue do not allow S3 to publish").wait_for()
    page.get_by_text("s3.amazonaws.com").wait_for()
    assert page.get_by_label("Event name").input_value() == "VersSQS"
    assert page.get_by_label("All object create events").is_checked()
    assert "QueueConfigurations" not in server.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    page.get_by_role("button", name="Add this statement to the queue's policy and create").click()
    page.get_by_text("The event notification was created.").wait_for()
    page.get_by_role("rowheader", name="VersSQS").wait_for()
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    condition = policy["Statement"][-1]["Condition"]
    assert condition["ArnLike"] == {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}


def test_an_uploaded_file_is_told_to_the_queue_and_the_notification_is_deleted(
    visit: Visits, server: Server, bucket: str, queue: str
) -> None:
    page = visit().open(f"buckets/{bucket}/events/new")
    _fill(page, "VersSQS", "SQS queue", queue)
    page.get_by_role("button", name="Create event notification").click()
    page.get_by_role("button", name="Add this statement").click()
    page.get_by_role("link", name="Objects").click()
    page.get_by_role("link", name="Upload").first.click()
    file = {"name": "rapport été.txt", "mimeType": "text/plain", "buffer": b"bonjour"}
    page.locator("#files").set_input_files([file])
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("cell", name="Uploaded").wait_for()
    record = _events(server, queue)[0]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["configurationId"] == "VersSQS"
    assert record["s3"]["object"]["key"] == "rapport+%C3%A9t%C3%A9.txt"
    page.get_by_role("link", name="To the objects").click()
    page.get_by_role("link", name="rapport été.txt").click()
    page.get_by_role("link", name="VersSQS").click()
    page.get_by_role("button", name="Delete VersSQS").click()
    page.get_by_text("There is no event notification yet.").wait_for()


def test_a_topic_gets_events_of_one_suffix(visit: Visits, server: Server, bucket: str) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name=f"told-{bucket}")["TopicArn"]
    page = visit().open(f"buckets/{bucket}/events/new")
    _fill(page, "pictures", "SNS topic", f"told-{bucket}")
    page.get_by_label("Suffix").fill(".jpg")
    page.get_by_role("button", name="Create event notification").click()
    page.get_by_role("button", name="Add this statement to the topic's policy and create").click()
    page.get_by_text("The event notification was created.").wait_for()
    found = server.client("s3").get_bucket_notification_configuration(Bucket=bucket)["TopicConfigurations"][0]
    assert found["TopicArn"] == topic
    assert found["Filter"]["Key"]["FilterRules"] == [{"Name": "Suffix", "Value": ".jpg"}]


def test_two_rules_for_one_event_are_refused_in_aws_words(
    visit: Visits, server: Server, bucket: str, queue: str
) -> None:
    here = visit()
    for name in ("first", "second"):
        page = here.open(f"buckets/{bucket}/events/new")
        _fill(page, name, "SQS queue", queue)
        page.get_by_role("button", name="Create event notification").click()
        if name == "first":
            page.get_by_role("button", name="Add this statement").click()
            page.get_by_text("The event notification was created.").wait_for()
    page.get_by_text("Configurations overlap.").wait_for()
    assert page.get_by_label("Event name").input_value() == "second"


def test_a_name_with_markup_is_text_and_can_be_deleted(visit: Visits, bucket: str, queue: str) -> None:
    name = "<b onclick=alert(1)>\"'&"
    page = visit().open(f"buckets/{bucket}/events/new")
    _fill(page, name, "SQS queue", queue)
    page.get_by_role("button", name="Create event notification").click()
    page.get_by_role("button", name="Add this statement").click()
    page.get_by_role("rowheader", name=name).wait_for()
    page.get_by_role("button", name=f"Delete {name}").click()
    page.get_by_text("There is no event notification yet.").wait_for()


def test_the_whole_exercise_by_hand_in_french(visit: Visits, server: Server) -> None:
    here = visit(language="fr")
    page = here.open("queues/new")
    page.get_by_label("Nom (obligatoire)").fill("FileS3Events")
    page.get_by_role("button", name="Créer une file d'attente").click()
    page.get_by_role("heading", level=1, name="FileS3Events").wait_for()
    page = here.open("buckets")
    page.get_by_role("link", name="Créer un compartiment").first.click()
    page.get_by_label("Nom du compartiment").fill("exercice-s3")
    page.get_by_role("button", name="Créer un compartiment").click()
    page.get_by_role("heading", level=1, name="exercice-s3").wait_for()

    page = here.open("queues/FileS3Events/policy")
    allowed = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "SQS:SendMessage",
                "Resource": "arn:aws:sqs:us-east-1:000000000000:FileS3Events",
                "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::exercice-s3"}},
            }
        ],
    }
    page.get_by_label("Politique d'accès").fill(json.dumps(allowed))
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("table").get_by_text("s3.amazonaws.com").wait_for()

    page = here.open("buckets/exercice-s3")
    page.get_by_role("link", name="Propriétés").click()
    page.get_by_role("link", name="Créer une notification d'événement").click()
    page.get_by_label("Nom de l'événement").fill("VersSQS")
    page.get_by_label("Tous les événements de création d'objet").check()
    page.get_by_role("radio", name="File d'attente SQS").check()
    page.get_by_role("combobox", name="File d'attente SQS").select_option(label="FileS3Events")
    page.get_by_role("button", name="Créer une notification d'événement").click()
    page.get_by_role("rowheader", name="VersSQS").wait_for()

    page.get_by_role("link", name="Objets", exact=True).click()
    page.get_by_role("link", name="Charger", exact=True).first.click()
    page.locator("#files").set_input_files([{"name": "photo.txt", "mimeType": "text/plain", "buffer": b"bonjour"}])
    page.get_by_role("button", name="Charger", exact=True).click()
    page.get_by_role("cell", name="Chargé", exact=True).wait_for()

    page = here.open("buckets/exercice-s3/properties")
    page.get_by_role("link", name="FileS3Events").click()
    page.get_by_role("button", name="Rechercher des messages").click()
    page.get_by_text("ObjectCreated:Put").first.wait_for()

    page = here.open("buckets/exercice-s3")
    page.get_by_role("link", name="Vider le compartiment").click()
    page.get_by_label("Pour confirmer").fill("exercice-s3")
    page.get_by_role("button", name="Vider le compartiment").click()
    page.get_by_text("1 version a été supprimée.").wait_for()
    page.get_by_role("link", name="Supprimer le compartiment").click()
    page.get_by_label("Pour confirmer").fill("exercice-s3")
    page.get_by_role("button", name="Supprimer le compartiment").click()
    page.get_by_text("Le compartiment exercice-s3 a été supprimé.").wait_for()
    page = here.open("queues/FileS3Events/details")
    danger = page.locator("details.danger", has=page.locator("summary", has_text="Supprimer"))
    danger.locator("summary").click()
    danger.get_by_label("Pour confirmer").fill("FileS3Events")
    danger.get_by_role("button", name="Supprimer").click()
    page.get_by_role("link", name="Créer une file d'attente").first.wait_for()
    assert "QueueUrls" not in server.client("sqs").list_queues(QueueNamePrefix="FileS3Events")
