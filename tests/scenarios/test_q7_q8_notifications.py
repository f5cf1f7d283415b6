"""Q7 and Q8 with notifications: an order is published once; whoever must know gets it, at a pace of their own."""

from __future__ import annotations

import json
import threading

from tests.scenarios.notifying import World, follow, link, text_attribute
from tests.support import eventually


def test_q7_one_order_reaches_four_consumers_and_who_was_down_catches_up(world: World) -> None:
    topic = world.topic()
    queues = {name: world.subscribed(topic) for name in ("payment", "stock", "email", "logistics")}

    orders = [json.dumps({"order": number}) for number in range(20)]
    for start in (0, 10):
        entries = [{"Id": str(n), "Message": each} for n, each in enumerate(orders[start : start + 10])]
        answer = world.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        assert len(answer["Successful"]) == 10

    for name in ("payment", "email", "logistics"):
        assert sorted(world.bodies(queues[name], 20)) == sorted(orders)
    late = world.bodies(queues["stock"], 20)
    assert sorted(late) == sorted(orders)
    assert all(world.is_empty(queue) for queue in queues.values())


def test_q8_workers_send_the_mails_and_texts_that_orders_ask_for(world: World) -> None:
    """orders → queue → workers → e-mail and SMS, both by SNS."""
    orders, mails = world.topic(), world.topic()
    queue = world.subscribed(orders)
    address, number = f"{world.name}@example.com", f"+1202555{int(world.name[:5], 16) % 10_000:04d}"
    world.subscribe(mails, "email", address)
    assert follow(link(world.mails(address, 1)[0]["text"], "ConfirmSubscription"))[0] == 200
    before = len(world.control("/_aws/sns/sms-messages")["sms_messages"].get(number, []))
    for start in (0, 10):
        entries = [{"Id": str(n), "Message": str(start + n)} for n in range(10)]
        world.sns.publish_batch(TopicArn=orders, PublishBatchRequestEntries=entries)
    shares: list[int] = []
    left = threading.Semaphore(20)

    def work() -> None:
        worker, done = World(world.server), 0
        while left.acquire(blocking=False):
            got = worker.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
            worker.publish(mails, f"order {got['Body']} is on its way")
            worker.sns.publish(
                PhoneNumber=number,
                Message=f"order {got['Body']}",
                MessageAttributes={"AWS.SNS.SMS.SMSType": text_attribute("Transactional")},
            )
            worker.sqs.delete_message(QueueUrl=queue, ReceiptHandle=got["ReceiptHandle"])
            done += 1
        shares.append(done)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert sum(shares) == 20
    assert sorted(world.texts(number, before + 20)[before:]) == sorted(f"order {n}" for n in range(20))
    told = [each["text"].splitlines()[0] for each in world.mails(address, 21)[1:]]
    assert sorted(told) == sorted(f"order {n} is on its way" for n in range(20))
    eventually(lambda: world.is_empty(queue))
