"""Scenarios O3 and S1 by clicking, without the tours: everything is found by the words that its reader sees, which are
those of AWS' localised documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from chasqui.console.language import Language
from tests.console.browser import Visit
from tests.support import Server

Visits = Callable[..., Visit]
BODY = '{"message": "Hello SQS depuis la console AWS"}'
REGIONS = {"en": "us-east-1", "fr": "eu-west-3", "pt": "sa-east-1"}
#: English, French, Portuguese; "create" and so on are what the tests below call them.
WORDS = {
    "create": ("Create queue", "Créer une file d'attente", "Criar fila"),
    "messages": ("Send and receive messages", "Envoyer et recevoir des messages", "Enviar e receber mensagens"),
    "body": ("Message body", "Corps du message", "Corpo da mensagem"),
    "send": ("Send message", "Envoyer le message", "Enviar mensagem"),
    "receive": ("Receive messages", "Recevoir des messages", "Receber mensagens"),
    "poll": ("Poll for messages", "Rechercher des messages", "Buscar mensagens"),
    "show": ("Show details", "Afficher les détails", "Exibir detalhes"),
    "delete": ("Delete", "Supprimer", "Excluir"),
    "create_bucket": ("Create bucket", "Créer un compartiment", "Criar bucket"),
    "properties": ("Properties", "Propriétés", "Propriedades"),
    "notifications": ("Event notifications", "Notifications d'événements", "Notificações de eventos"),
    "upload": ("Upload", "Charger", "Fazer upload"),
    "add_files": ("Add files", "Ajouter des fichiers", "Adicionar arquivos"),
}


class Reader:
    """Somebody who reads one language, at the console."""

    def __init__(self, visit: Visits, language: str) -> None:
        self.at = list(REGIONS).index(language)
        self.visit = visit(language=language, region=REGIONS[language])
        self.page = self.visit.page
        self.text = Language(language).text

    def word(self, name: str) -> str:
        return WORDS[name][self.at]

    def click(self, role: Any, name: str, within: str = "main") -> None:
        self.page.locator(within).get_by_role(role, name=name, exact=True).first.click()

    def write(self, label: str, value: str) -> None:
        """Into the field whose label begins so; what is required says it behind."""
        pattern = re.compile(rf"^{re.escape(label)}( \(|$)")
        self.page.locator("main").get_by_role("textbox", name=pattern).fill(value)

    def make_queue(self, name: str) -> None:
        self.visit.open("queues")
        self.click("link", self.word("create"))
        self.write(self.text("Name"), name)
        self.click("button", self.word("create"))
        self.page.get_by_role("heading", name=name, exact=True).wait_for()

    def receive(self, queue: str) -> Any:
        """Poll on the queue's tab; the list of what came."""
        self.visit.open(f"queues/{queue}/details")
        self.click("link", self.word("messages"))
        region = self.page.get_by_role("region", name=self.word("receive"), exact=True)
        region.get_by_role("button", name=self.word("poll"), exact=True).click()
        return region.locator("#received")

    def delete_queue(self, name: str) -> None:
        self.visit.open(f"queues/{name}/details")
        self.page.locator("summary").get_by_text(self.word("delete"), exact=True).click()
        self.page.get_by_role("textbox", name=f"{name}").last.fill(name)
        self.click("button", self.word("delete"), 'form[action$="/delete"]')
        self.page.get_by_role("heading", name=self.text("Queues"), exact=True).wait_for()


@pytest.fixture(params=list(REGIONS))
def reader(visit: Visits, request: pytest.FixtureRequest) -> Reader:
    """A reader of each language."""
    return Reader(visit, request.param)


def test_a_message_is_sent_received_looked_at_and_deleted(reader: Reader, server: Server) -> None:
    page = reader.page
    reader.make_queue("MaQueueTest")
    reader.click("link", reader.word("messages"))
    reader.write(reader.word("body"), BODY)
    reader.click("button", reader.word("send"))
    sent = page.locator("#sent code").first.inner_text()
    received = reader.receive("MaQueueTest")
    received.get_by_text(reader.word("show")).click()
    assert sent in received.inner_text()
    assert json.loads(received.locator("details[open] pre").first.inner_text()) == json.loads(BODY)
    received.get_by_role("checkbox").check()
    reader.click("button", reader.word("delete"), "#letters")
    page.locator("#settled .alert.done").wait_for()
    sqs = server.client("sqs", region_name=reader.visit.region)
    url = sqs.get_queue_url(QueueName="MaQueueTest")["QueueUrl"]
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert [counted[f"ApproximateNumberOfMessages{each}"] for each in ("", "NotVisible")] == ["0", "0"]
    reader.delete_queue("MaQueueTest")
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="MaQueueTest")


def test_a_file_tells_a_queue_once_the_queues_policy_lets_it(reader: Reader, server: Server) -> None:
    page, bucket = reader.page, f"exercice-{reader.visit.region}"
    reader.make_queue("FileS3Events")
    reader.visit.open("buckets")
    reader.click("link", reader.word("create_bucket"))
    reader.write(reader.text("Bucket name"), bucket)
    reader.click("button", reader.word("create_bucket"))
    reader.click("link", reader.word("properties"))
    page.get_by_role("heading", name=reader.word("notifications"), exact=True).wait_for()
    create = reader.text("Create event notification")
    reader.click("link", create)
    reader.write(reader.text("Event name"), "VersSQS")
    page.get_by_label(reader.text("All object create events"), exact=True).check()
    page.get_by_role("combobox", name=reader.text("SQS queue"), exact=True).select_option("FileS3Events")
    reader.click("button", create)
    page.get_by_text("InvalidArgument").wait_for()
    reader.click("button", reader.text("Add this statement to the queue's policy and create"))
    page.get_by_role("rowheader", name="VersSQS").wait_for()
    sqs = server.client("sqs", region_name=reader.visit.region)
    url = sqs.get_queue_url(QueueName="FileS3Events")["QueueUrl"]
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert f"arn:aws:s3:::{bucket}" in json.dumps(policy["Statement"][-1]["Condition"])

    reader.visit.open(f"buckets/{bucket}")
    reader.click("link", reader.word("upload"))
    with page.expect_file_chooser() as chooser:
        reader.click("button", reader.word("add_files"))
    chooser.value.set_files([{"name": "facture.txt", "mimeType": "text/plain", "buffer": b"42"}])
    reader.click("button", reader.word("upload"))
    page.get_by_role("cell", name=reader.text("Uploaded"), exact=True).wait_for()
    event = reader.receive("FileS3Events").get_by_role("listitem").filter(has_text="facture.txt")
    event.get_by_text(reader.word("show")).click()
    told = json.loads(event.locator("details[open] pre").first.inner_text())["Records"][0]
    assert (told["eventName"], told["s3"]["configurationId"]) == ("ObjectCreated:Put", "VersSQS")

    reader.visit.open(f"buckets/{bucket}")
    page.get_by_role("checkbox", name=reader.text("Tick %(name)s", name="facture.txt"), exact=True).check()
    reader.click("button", reader.text("Delete what is ticked"))
    reader.click("button", reader.word("delete"))
    reader.click("link", reader.text("Delete bucket"))
    page.get_by_role("textbox", name=bucket).fill(bucket)
    reader.click("button", reader.text("Delete bucket"))
    page.get_by_role("heading", name=reader.text("Buckets"), exact=True).wait_for()
    reader.delete_queue("FileS3Events")
    assert bucket not in str(server.client("s3").list_buckets()["Buckets"])
