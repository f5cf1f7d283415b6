"""O4: the advisor's page mends what it finds, and `chasqui advise` tells CI."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from tests.console.browser import Visit
from tests.support import COMMAND, Server


def advise(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHASQUI_", "AWS_"))}
    command = [str(COMMAND), "advise", "--url", server.url, *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def codes(server: Server) -> list[tuple[str, str]]:
    found: dict[str, Any] = json.loads(advise(server, "--json").stdout)
    return [(each["code"], each["arn"].rpartition(":")[2]) for each in found["findings"]]


def test_o4_a_finding_is_mended_by_its_button(visit: Callable[..., Visit], server: Server) -> None:
    server.client().create_queue(QueueName="orders")
    page = visit().open("advisor")
    finding = page.get_by_role("article", name="orders has no dead-letter queue")
    finding.get_by_role("button", name="Mend this").click()
    page.get_by_role("status").get_by_text("Mended: orders has no dead-letter queue").wait_for()
    assert page.get_by_role("article", name="orders has no dead-letter queue").count() == 0
    attributes = server.client().get_queue_attributes(
        QueueUrl=server.client().get_queue_url(QueueName="orders")["QueueUrl"], AttributeNames=["RedrivePolicy"]
    )["Attributes"]
    assert json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].endswith(":orders-dlq")


def test_o4_ci_is_told_by_the_exit_status(server: Server) -> None:
    server.client().create_queue(QueueName="payments")
    told = advise(server)
    assert told.returncode == 2, told.stderr
    assert "payments has no dead-letter queue" in told.stdout
    assert "create-queue --queue-name payments-dlq" in told.stdout
    assert advise(server, "--fail-on", "error").returncode == 0
    assert advise(server, "--region", "eu-west-1").returncode == 0


def test_o4_the_printed_commands_mend_it_too(server: Server) -> None:
    server.client().create_queue(QueueName="shipping")
    found = json.loads(advise(server, "--json").stdout)["findings"]
    (finding,) = [each for each in found if each["arn"].endswith(":shipping")]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    tools = str(COMMAND.parent)
    environment["PATH"] = f"{tools}{os.pathsep}{environment['PATH']}"
    for command in finding["commands"]:
        subprocess.run(command, shell=True, check=True, env=environment, capture_output=True, timeout=60)
    assert ("queue-without-dlq", "shipping") not in codes(server)
