"""The README's pictures of the console: a small shop on a server of its own, and three of its pages.

Run it after pages have changed (`make pictures`); needs Chromium.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import chasqui.testing

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "console"
WIDTH, HEIGHT = 1200, 720
BYTES_MAX = 150_000
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars")
ARN = "arn:aws:sqs:us-east-1:000000000000:"


def furnish(aws: chasqui.testing.TestServer) -> None:
    """A shop: orders are told to four queues, photographs to a fifth."""
    sqs, sns, s3 = aws.client("sqs"), aws.client("sns"), aws.client("s3")
    for name in ("payment", "stock", "logistics", "emails"):
        sqs.create_queue(QueueName=f"{name}-dlq", Attributes={"MessageRetentionPeriod": "1209600"})
        redrive = json.dumps({"deadLetterTargetArn": f"{ARN}{name}-dlq", "maxReceiveCount": 3})
        sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})
    sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    topic = sns.create_topic(Name="orders-placed")["TopicArn"]
    for name in ("payment", "stock", "logistics"):
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"{ARN}{name}", Attributes={"RawMessageDelivery": "true"}
        )
    wanted = {"FilterPolicy": json.dumps({"kind": ["invoice"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{ARN}emails", Attributes=wanted)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com")
    for number in range(14):
        kind = {"kind": {"DataType": "String", "StringValue": "invoice" if number % 4 == 0 else "order"}}
        order = json.dumps({"order": number, "total": 11.5 * number, "customer": {"name": "Ana", "city": "Cusco"}})
        sns.publish(TopicArn=topic, Message=order, MessageAttributes=kind)
    sqs.send_message(QueueUrl=f"{aws.url}/000000000000/payment-dlq", MessageBody='{"order": 3, "error": "card"}')
    for number in range(5):
        url = f"{aws.url}/000000000000/orders.fifo"
        sqs.send_message(QueueUrl=url, MessageBody=f"CMD{number:03}", MessageGroupId=f"shop-{number % 2}")
    s3.create_bucket(Bucket="photographs")
    sqs.create_queue(QueueName="thumbnails", Attributes={"Policy": json.dumps(_for_s3("thumbnails", "photographs"))})
    rule = {"Id": "new", "QueueArn": f"{ARN}thumbnails", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="photographs", NotificationConfiguration={"QueueConfigurations": [rule]}
    )
    s3.put_object(Bucket="photographs", Key="llamas/one.jpg", Body=b"...")
    for name in ("emails", "logistics", "stock", "payment", "thumbnails", "orders.fifo"):
        sqs.receive_message(QueueUrl=f"{aws.url}/000000000000/{name}", VisibilityTimeout=0)


def _for_s3(queue: str, bucket: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}
    return {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": f"{ARN}{queue}", "Condition": source}]}


def stir(aws: chasqui.testing.TestServer, page: Any) -> None:
    """Some traffic, while a page looks on."""
    sqs, sns = aws.client("sqs"), aws.client("sns")
    for number in range(12):
        kind = {"kind": {"DataType": "String", "StringValue": "invoice" if number % 3 == 0 else "order"}}
        sns.publish(TopicArn=f"{ARN.replace('sqs', 'sns')}orders-placed", Message="{}", MessageAttributes=kind)
        for name in ("emails", "logistics", "stock", "thumbnails", "orders.fifo"):
            sqs.receive_message(QueueUrl=f"{aws.url}/000000000000/{name}")
        page.wait_for_timeout(300)


def take(browser: Any, aws: chasqui.testing.TestServer, path: str, name: str, language: str, theme: str) -> int:
    """One page's picture; its size in bytes."""
    url = aws.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(
        locale=language, color_scheme=theme, viewport={"width": WIDTH, "height": HEIGHT}, timezone_id="UTC"
    )
    page = context.new_page()
    page.goto(f"{url}/_chasqui/console/us-east-1/{path}")
    if path.endswith("/messages"):
        page.locator("#poll button.main").click()
        page.locator("#received li").nth(9).wait_for()
        page.locator("#received summary").first.click()
        page.locator("#receive-title").scroll_into_view_if_needed()
        page.evaluate("document.getElementById('receive-title').scrollIntoView()")
    if path == "map":
        stir(aws, page)
    page.wait_for_timeout(1500)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=str(file))
    context.close()
    return file.stat().st_size


def main() -> int:
    """Take them all; 1 if one is too heavy for a README."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chasqui.testing.server() as aws, sync_playwright() as playwright:
        furnish(aws)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        sizes = [
            take(browser, aws, "queues", "queues", "en", "light"),
            take(browser, aws, "queues/payment/messages", "messages", "fr", "dark"),
            take(browser, aws, "map", "map", "pt-BR", "light"),
        ]
        browser.close()
    print(sizes)
    return 1 if max(sizes) > BYTES_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
