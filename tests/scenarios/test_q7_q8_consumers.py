"""Q7 and Q8: an order fans out to four queues; several workers share one queue's load."""

from __future__ import annotations

import json
import threading
from typing import Any

from tests.support import Server, receive_all

SERVICES = ("payment", "stock", "email", "logistics")


def test_q7_a_consumer_that_was_down_catches_up_and_loses_nothing(server: Server, sqs: Any, name: str) -> None:
    urls = {each: sqs.create_queue(QueueName=f"{name}-{each}")["QueueUrl"] for each in SERVICES}
    for order in range(5):
        for url in urls.values():
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"order": order}))

    handled = {each: receive_all(sqs, urls[each]) for each in SERVICES if each != "stock"}
    late = receive_all(sqs, urls["stock"])

    assert all(len(messages) == 5 for messages in handled.values())
    assert sorted(json.loads(message["Body"])["order"] for message in late) == list(range(5))


def test_q8_workers_share_the_load_without_overlap(server: Server, sqs: Any, queue: str) -> None:
    for start in range(0, 100, 10):
        entries = [{"Id": str(n), "MessageBody": f"notify-{n}"} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    done: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        client = server.client()
        while got := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=5, WaitTimeSeconds=1).get("Messages"):
            handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]
            client.delete_message_batch(QueueUrl=queue, Entries=handles)
            with lock:
                done.extend(m["Body"] for m in got)
        client.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(done) == sorted(f"notify-{n}" for n in range(100))
