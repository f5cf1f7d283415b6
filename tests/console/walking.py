"""Follows the guided tours as a reader would: reads what the panel says, and acts on what is highlighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.console.browser import Visit
from tests.support import Server

PANEL = "section.tour"


def messages(server: Server, queue: str) -> dict[str, int]:
    """A queue's counts: visible, in flight, delayed."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = {"visible": "", "in flight": "NotVisible", "delayed": "Delayed"}
    return {each: int(found[f"ApproximateNumberOfMessages{name}"]) for each, name in names.items()}


def _none_left(server: Server) -> None:
    assert "MaQueueTest" not in str(server.client("sqs").list_queues())


def _in_order(server: Server) -> None:
    assert messages(server, "CommandesTest.fifo") == {"visible": 0, "in flight": 0, "delayed": 0}


def _set_and_purged(server: Server) -> None:
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="DureesTest")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    wanted = {"VisibilityTimeout": "45", "MessageRetentionPeriod": "86400", "DelaySeconds": "60"}
    assert {name: found[name] for name in wanted} == wanted
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"equipe": "logistique"}
    assert messages(server, "DureesTest")["delayed"] == 0


def _moved_back(server: Server) -> None:
    assert messages(server, "PaiementsTest")["in flight"] == 1
    assert messages(server, "PaiementsTest-dlq") == {"visible": 0, "in flight": 0, "delayed": 0}


def _all_four(server: Server) -> None:
    assert [messages(server, each)["visible"] for each in ("Paiement", "Stock", "Courriel")] == [1, 1, 1]
    assert messages(server, "Logistique")["in flight"] == 1


def _fanned_out(server: Server) -> None:
    assert [messages(server, each)["in flight"] for each in ("Facturation", "Expedition")] == [1, 1]
    subscriptions = server.client("sns").list_subscriptions()["Subscriptions"]
    assert [each["SubscriptionArn"].count(":") for each in subscriptions if each["Protocol"] == "email"] == [6]


def _filtered(server: Server) -> None:
    assert messages(server, "Factures")["in flight"] == 1
    assert messages(server, "Utilisateurs") == {"visible": 0, "in flight": 0, "delayed": 0}


def _cleaned_up(server: Server) -> None:
    assert "exercice-s3" not in str(server.client("s3").list_buckets()["Buckets"])
    assert "FileS3Events" not in str(server.client("sqs").list_queues())


def _worked_on(server: Server) -> None:
    assert server.client("s3").get_object(Bucket="images-000000000000", Key="chat.jpg")["Body"].read() == b"a file"
    events = server.client("logs").filter_log_events(logGroupName="/aws/lambda/traiter-image")["events"]
    assert any("image : chat.jpg" in each["message"] for each in events)


def _may_send(server: Server) -> None:
    iam = server.client("iam")
    assert len(iam.list_access_keys(UserName="producteur")["AccessKeyMetadata"]) == 1
    assert iam.list_user_policies(UserName="producteur")["PolicyNames"] == ["envoyer"]


ENDS: dict[str, Callable[[Server], None]] = {
    "first-queue": _none_left,
    "fifo": _in_order,
    "lifecycle": _set_and_purged,
    "dead-letter": _moved_back,
    "shop": _all_four,
    "fan-out": _fanned_out,
    "filters": _filtered,
    "s3-events": _cleaned_up,
    "pictures": _worked_on,
    "access": _may_send,
}
"""The tours, and what has come of them when they are over."""


class Walk:
    """One tour, being followed."""

    def __init__(self, visit: Visit, tour: str) -> None:
        self.visit = visit
        self.page = visit.open(f"tours/{tour}")
        self.steps: list[dict[str, str]] = self.page.evaluate(
            "(address) => fetch(address).then((answer) => answer.json()).then((told) => told.steps)",
            visit.address(f"tours/{tour}/steps?begins=1"),
        )

    def begin(self) -> None:
        """Press the button that starts it."""
        self.page.locator("[data-starts-tour]").click()

    def reached(self, number: int) -> None:
        """Waits until the panel is at a step, on the step's page: other pages are left by the links that it shows."""
        for _ in range(5):
            self.page.wait_for_function(
                """(number) => {
                    const panel = document.querySelector("section.tour");
                    const target = document.querySelector(".tour-target");
                    return panel?.dataset.step === String(number) && (panel.dataset.here === "yes" || target);
                }""",
                arg=number,
            )
            if self.page.locator(PANEL).get_attribute("data-here") == "yes":
                return
            before = self.page.url
            self.page.locator(".tour-target").click()
            self.page.wait_for_url(lambda url, before=before: url != before)
        raise AssertionError(f"step {number + 1} is not reached by what is highlighted: {self.page.url}")

    def follow(self) -> None:
        """All steps, from the first to the last."""
        self.begin()
        for number, step in enumerate(self.steps):
            try:
                self.reached(number)
                assert step["text"] in self.page.locator(PANEL).inner_text()
                self.act(step)
            except Exception as error:
                error.add_note(f"step {number + 1}, {step}, on {self.page.url}")
                raise
        over = self.page.locator(f"{PANEL}[data-step='{len(self.steps)}']")
        over.wait_for()
        over.locator("button").last.click()
        self.page.locator(PANEL).wait_for(state="detached")

    def act(self, step: dict[str, str]) -> None:
        """What a step asks for."""
        target = self.page.locator(".tour-target")
        target.wait_for()
        if step["act"] == "click":
            target.click()
        elif step["act"] == "type":
            target.fill(step["value"])
            target.blur()
        elif step["act"] == "look":
            self.press_next()
        elif step["act"] == "file":
            with self.page.expect_file_chooser() as chooser:
                target.click()
            chooser.value.set_files([{"name": step["value"], "mimeType": "image/jpeg", "buffer": b"a file"}])
        elif self.is_so(target, step):
            self.press_next()
        elif step["act"] == "tick":
            target.check()
        else:
            target.select_option(label=step["value"])

    def is_so(self, target: Any, step: dict[str, str]) -> bool:
        """Whether a choice is made already."""
        if step["act"] == "tick":
            return bool(target.is_checked())
        chosen: str = target.evaluate("(list) => list.selectedOptions[0].textContent.trim()")
        return chosen == step["value"]

    def press_next(self) -> None:
        """The panel's button for the next step, which is the first one there that is not quiet."""
        self.page.locator(f"{PANEL} button:not(.quiet)").first.click()
