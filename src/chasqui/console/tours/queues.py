"""Tours of queues: scenarios O3 and Q1 to Q7."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.parts import (
    deleted_queue,
    new_queue,
    new_topic,
    polled,
    published,
    sent,
    subscribed,
    tab,
)
from chasqui.console.tours.tour import Step, Tour

_TO_MESSAGES: Final = N_("Open the tab “Send and receive messages”.")
_SHOP: Final = "CommandesBoutique{turn}"
_SERVICES: Final = ("Paiement", "Stock", "Courriel", "Logistique")
_TO_DETAILS: Final = N_("Go back to the tab “Details”.")


def _first_queue() -> tuple[Step, ...]:
    name = "MaQueueTest{turn}"
    at = f"queues/{name}/messages"
    return (
        *new_queue(
            name,
            text=N_("A queue keeps messages until somebody has dealt with them. Choose “Create queue”."),
            before=(
                Step(
                    "queues/new",
                    'fieldset:has([name="type"])',
                    N_("Standard or FIFO is decided here and can't be changed afterwards. Leave “Standard”."),
                    "look",
                ),
            ),
        ),
        tab(f"queues/{name}/details", name, "messages", text=_TO_MESSAGES),
        *sent(name, '{"message": "Hello SQS depuis la console AWS"}'),
        Step(at, "#sent .alert.done", N_("The message is on disk. This is its ID, as SendMessage answers it."), "look"),
        polled(name),
        Step(at, "#received .letter-more > summary", N_("There it is. Look into it with “Show details”.")),
        Step(
            at,
            "#received .letter-more[open] .facts",
            N_("Its body, and what SQS knows of it: when it was sent and how often it was received. It is hidden from "
               "others now, for 30 seconds."),
            "look",
        ),
        Step(at, '#received [name="tick"]', N_("It was dealt with, so it is to be deleted: tick it."), "tick"),
        Step(at, "#letters > .actions > button.danger", N_("Delete what is ticked.")),
        Step(at, "#settled .alert", N_("Gone. Undeleted, it would have come back after 30 seconds."), "look"),
        tab(at, name, "details", text=_TO_DETAILS),
        *deleted_queue(name),
        Step("queues", "#told .alert.done", N_("The queue is gone, too: this was a message's whole life."), "look"),
    )  # fmt: skip


def _fifo() -> tuple[Step, ...]:
    name = "CommandesTest{turn}.fifo"
    at = f"queues/{name}/messages"
    return (
        *new_queue(
            name,
            before=(
                Step(
                    "queues/new",
                    '[name="type"][value="fifo"]',
                    N_("Choose FIFO: in order and once each, within a message group. The name ends in “.fifo”."),
                    "tick",
                ),
            ),
            between=(
                Step(
                    "queues/new",
                    '[name="ContentBasedDeduplication"]',
                    N_("Tick content-based deduplication: the same body within five minutes is one message."),
                    "tick",
                ),
            ),
        ),
        tab(f"queues/{name}/details", name, "messages", text=_TO_MESSAGES),
        Step(
            at,
            '[name="group"]',
            N_("Name the message group. What is in one group stays in order; groups do not wait for each other."),
            "type",
            "client-1",
        ),
        *sent(name, "CMD001", N_("Write the first order.")),
        *sent(name, "CMD002", N_("Then the second.")),
        *sent(name, "CMD003", N_("And the third.")),
        polled(name),
        Step(
            at,
            "#received li:nth-child(3)",
            N_("CMD001, CMD002, CMD003: in the order in which they were sent, each of them once."),
            "look",
        ),
        Step(at, "[data-ticks-all] input", N_("Tick all three."), "tick"),
        Step(at, "#letters > .actions > button.danger", N_("Delete what is ticked.")),
        Step(at, "#settled .alert", N_("Only now would the group's next message be given out."), "look"),
    )


def _lifecycle() -> tuple[Step, ...]:
    name = "DureesTest{turn}"
    edit, details, tags = (f"queues/{name}/{each}" for each in ("edit", "details", "tags"))
    return (
        *new_queue(name),
        Step(
            details,
            'a.button[href$="/edit"]',
            N_("What was set can be changed at any time, but for the type. Choose “Edit”."),
        ),
        Step(
            edit,
            '[name="VisibilityTimeout"]',
            N_("The visibility timeout: for so long a received message is hidden. Longer than its consumer needs."),
            "type",
            "45",
        ),
        Step(
            edit,
            '[name="MessageRetentionPeriod"]',
            N_("The retention period: what nobody deletes is kept for so long, from a minute to 14 days."),
            "type",
            "1",
        ),
        Step(edit, '[name="DelaySeconds"]', N_("The delivery delay: for so long a new message waits."), "type", "60"),
        Step(edit, ".queue-form > .actions > button:not([name])", N_("Save.")),
        Step(details, ".columns > .card:nth-child(2)", N_("This is how the queue is set now."), "look"),
        tab(details, name, "messages", text=_TO_MESSAGES),
        *sent(name, "Bonjour"),
        Step(
            f"queues/{name}/messages",
            'a[href$="/messages/peek"]',
            N_("A receive would find nothing yet. But one can look without receiving."),
        ),
        Step(
            f"queues/{name}/messages/peek",
            "table.peek",
            N_("There it waits, and the time until it can be received is counted down."),
            "look",
        ),
        tab(f"queues/{name}/messages/peek", name, "tags", text=N_("Tags say whose a queue is. Open the tab “Tags”.")),
        Step(tags, '[name="tag_key"]', N_("Write a key,"), "type", "equipe"),
        Step(tags, '[name="tag_value"]', N_("and its value."), "type", "logistique"),
        Step(tags, 'main [action$="/tags"] > div.actions > button', N_("Save.")),
        tab(tags, name, "details", text=_TO_DETAILS),
        Step(
            details,
            'details.danger:has([action$="/purge"]) > summary',
            N_("Purging deletes every message and keeps the queue. Open “Purge”."),
        ),
        Step(details, '[action$="/purge"] [name="confirm"]', N_("Type the queue's name."), "type", name),
        Step(details, '[action$="/purge"] button.danger', N_("Purge the queue.")),
        Step(details, "#told .alert.done", N_("The queue is empty. “Delete”, below, would take it away, too."), "look"),
    )


def _dead_letter() -> tuple[Step, ...]:
    name = "PaiementsTest{turn}"
    at, dead = f"queues/{name}/messages", f"queues/{name}-dlq/redrive"
    return (
        *new_queue(
            name,
            between=(
                Step(
                    "queues/new",
                    '[name="dlq_mode"][value="new"]',
                    N_("A dead-letter queue takes what no consumer manages. Have one made with this queue."),
                    "tick",
                ),
                Step(
                    "queues/new",
                    '[name="maxReceiveCount"]',
                    N_("How often a message may be received without being deleted: once, so that this is soon over."),
                    "type",
                    "1",
                ),
            ),
        ),
        tab(f"queues/{name}/details", name, "messages", text=_TO_MESSAGES),
        *sent(name, '{"commande": "CMD-100", "carte": "refusée"}', N_("Write a message that no consumer will manage.")),
        Step(at, "#poll > details > summary", N_("Now be the consumer who fails. Open the settings of receiving.")),
        Step(
            at,
            '#poll [name="visibility"]',
            N_("Let the message come back at once: no visibility timeout."),
            "type",
            "0",
        ),
        Step(at, '#poll [name="seconds"]', N_("Two seconds of polling are enough."), "type", "2"),
        polled(name),
        Step(
            at,
            "#poll-command details",
            N_("It was received, not deleted, and came back. The next receive moved it to the dead-letter queue."),
            "look",
        ),
        tab(at, name, "redrive", text=N_("Open the tab “Dead-letter queue”.")),
        Step(
            f"queues/{name}/redrive",
            f'main a[href$="/queues/{name}-dlq/redrive"]',
            N_("There is one message in it. Go to the dead-letter queue."),
        ),
        Step(dead, "#waiting ~ ul.letters", N_("The message, as it was sent. Say the fault is mended."), "look"),
        Step(
            dead,
            '[action$="/redrive/start"] > button',
            N_("“Start redrive” moves the messages back to where they came from, as fast as you allow."),
        ),
        Step(dead, "#tasks tbody tr", N_("How far it is, and a button to cancel it while it goes on."), "look"),
        Step(
            f"queues/{name}/messages",
            "#poll button.main",
            N_("Back in its queue: receive it again."),
        ),
        Step(at, "#received li", N_("This time the consumer would delete it."), "look"),
    )


def _shop() -> tuple[Step, ...]:
    topic, queues = _SHOP, tuple(f"{each}{{turn}}" for each in _SERVICES)
    made = tuple(step for each in queues for step in new_queue(each))
    told = tuple(step for each in queues for step in subscribed(topic, each))
    return (
        *made,
        *new_topic(topic),
        *told,
        tab(
            f"topics/{topic}/subscriptions",
            topic,
            "publish",
            text=N_("An order comes in. Open the tab “Publish message”."),
        ),
        *published(topic, '{"commande": "CMD-300", "total": 129.9}'),
        Step(
            "queues",
            "main table",
            N_("One order, four queues: each service takes its own message at its own pace."),
            "look",
        ),
        Step(
            f"queues/{queues[-1]}/messages",
            "#poll button.main",
            N_("Logistics was down and comes back: receive what it missed."),
        ),
        Step(f"queues/{queues[-1]}/messages", "#received li", N_("Nothing was lost while it was down."), "look"),
    )


TOURS: Final = (
    Tour(
        "first-queue",
        N_("Create a queue, and send and receive a message"),
        N_("The queue MaQueueTest: a message is sent, received, looked at and deleted; then the queue is."),
        5, "O3, Q1, Q2, Q5", (("queue", "MaQueueTest{turn}"),), _first_queue(),
    ),
    Tour(
        "fifo",
        N_("Orders that stay in order: a FIFO queue"),
        N_("CMD001, CMD002 and CMD003 are sent to a message group, and come in that order."),
        5, "Q3", (("queue", "CommandesTest{turn}.fifo"),), _fifo(),
    ),
    Tour(
        "lifecycle",
        N_("How long: visibility, retention and delay"),
        N_("A queue's times are changed, a delayed message is looked at, the queue is tagged and purged."),
        6, "Q4, Q5", (("queue", "DureesTest{turn}"),), _lifecycle(),
    ),
    Tour(
        "dead-letter",
        N_("When a consumer fails: the dead-letter queue"),
        N_("A message that is received and never deleted lands in the dead-letter queue, and is moved back."),
        6, "Q6", (("queue", "PaiementsTest{turn}"), ("queue", "PaiementsTest{turn}-dlq")), _dead_letter(),
    ),
    Tour(
        "shop",
        N_("One order, four services: an online shop"),
        N_("Payment, stock, e-mail and logistics have a queue each; an order reaches all four."),
        10, "Q7", (("topic", _SHOP), *(("queue", f"{each}{{turn}}") for each in _SERVICES)), _shop(),
    ),
)  # fmt: skip
