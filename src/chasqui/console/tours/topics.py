"""Tours of topics: scenarios N1 and N3."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.parts import new_queue, new_topic, polled, published, subscribed, tab
from chasqui.console.tours.tour import Step, Tour

_TO_PUBLISH: Final = N_("Open the tab “Publish message”.")


def _fan_out() -> tuple[Step, ...]:
    topic, first, second = "CommandesTopic{turn}", "Facturation{turn}", "Expedition{turn}"
    subscriptions = f"topics/{topic}/subscriptions"
    return (
        *new_queue(first,
             text=N_("Two services are to be told of every order: a queue for each. Choose “Create queue”.")),
        *new_queue(second),
        *new_topic(topic),
        *subscribed(topic, first),
        *subscribed(topic, second),
        Step(subscriptions, f'a[href$="/topics/{topic}/subscribe"]',
             N_("And somebody by e-mail. Choose “Create subscription”.")),
        Step(f"topics/{topic}/subscribe", 'a[href$="protocol=email"]', N_("Choose “Email”.")),
        Step(f"topics/{topic}/subscribe", '[name="endpoint"]',
             N_("Write an address. No mail leaves this machine."), "type", "marie{turn}@example.com"),
        Step(f"topics/{topic}/subscribe", '[action$="/subscribe"] > .actions > button:not([name])',
             N_("Create the subscription.")),
        Step(
            subscriptions,
            'a[href*="/topics/mailbox?address="]',
            N_("Whoever is subscribed by e-mail is asked first. The mail is in the server's own mailbox: open it."),
        ),
        Step("topics/mailbox", "#mails tbody a", N_("Open the mail.")),
        Step("topics/mailbox/*", "main section form > button:not(.danger)",
             N_("Its link confirms the subscription; this button does what the link would.")),
        Step(f"topics/{topic}/publish", '[name="subject"]', N_("Mails have a subject."), "type", "CMD-200"),
        *published(topic, '{"commande": "CMD-200", "total": 59.9}'),
        polled(first),
        Step(f"queues/{first}/messages", "#received li",
             N_("The first service has the order, within SNS' JSON."), "look"),
        polled(second),
        Step(f"queues/{second}/messages", "#received li", N_("So has the second."), "look"),
        Step("topics/mailbox", '#mails tbody tr:has(+ tr .badge)',
             N_("And the mail has come: one publish, three recipients."), "look"),
    )  # fmt: skip


def _filters() -> tuple[Step, ...]:
    topic, first, second = "EvenementsTest{turn}", "Factures{turn}", "Utilisateurs{turn}"
    at = f"topics/{topic}/subscribe"
    folded = Step(
        at, 'details:has([name="FilterPolicy"]) > summary', N_("Not everything is to come. Open “Filter policy”.")
    )
    return (
        *new_queue(first, text=N_("A queue for invoices. Choose “Create queue”.")),
        *new_queue(second, text=N_("A queue for users. Choose “Create queue”.")),
        *new_topic(topic),
        *subscribed(
            topic,
            first,
            (
                folded,
                Step(at, '[name="FilterPolicy"]',
                     N_("Only messages whose attribute eventType is “invoice”."), "type", '{"eventType": ["invoice"]}'),
                Step(at, '[name="try_name"]',
                     N_("Would a message match? Write an attribute's name,"), "type", "eventType"),
                Step(at, '[name="try_value"]', N_("and a value that should not match."), "type", "user"),
                Step(at, 'button[type="button"][hx-post$="/check-filter"]', N_("Ask: “Check”.")),
                Step(at, "#verdict .alert",
                     N_("It does not match, and the reason is told. Try other values, if you like."), "look"),
            ),
        ),
        *subscribed(
            topic,
            second,
            (
                folded,
                Step(at, '[name="FilterPolicy"]',
                     N_("And this one gets what is about users."), "type", '{"eventType": ["user"]}'),
            ),
        ),
        tab(f"topics/{topic}/subscriptions", topic, "publish", text=_TO_PUBLISH),
        *published(
            topic,
            '{"facture": 42}',
            (
                Step(f"topics/{topic}/publish", '[name="attribute_name"]',
                     N_("Give it the attribute that filters look at,"), "type", "eventType"),
                Step(f"topics/{topic}/publish", '[name="attribute_value"]',
                     N_("and say that it is an invoice."), "type", "invoice"),
            ),
        ),
        polled(first),
        Step(f"queues/{first}/messages", "#received li", N_("The invoice came to the queue for invoices,"), "look"),
        Step(f"queues/{second}/details", "main .tiles", N_("and not to the queue for users: it is empty."), "look"),
    )  # fmt: skip


TOURS: Final = (
    Tour(
        "fan-out",
        N_("One message, many recipients: a topic"),
        N_("A topic tells two queues and an e-mail address, which confirms first."),
        8, "N1, N2", 
        (("topic", "CommandesTopic{turn}"), ("queue", "Facturation{turn}"), ("queue", "Expedition{turn}")),
        _fan_out(),
    ),
    Tour(
        "filters",
        N_("To each their own: filter policies"),
        N_("Invoices go to one queue and users to another; would this message match?"),
        8, "N3", 
        (("topic", "EvenementsTest{turn}"), ("queue", "Factures{turn}"), ("queue", "Utilisateurs{turn}")),
        _filters(),
    ),
)  # fmt: skip
