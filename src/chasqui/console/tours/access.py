"""A tour of access: scenario O2."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.tour import Step, Tour

_DOCUMENT: Final = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "sqs:SendMessage",
    "Resource": "arn:aws:sqs:*:{account}:*"
  }]
}"""


def _user() -> tuple[Step, ...]:
    user = "producteur{turn}"
    at, explain = f"access/users/{user}", "access/explain"
    asking = 'form:has([name="principal"]) > button'
    return (
        Step("access/users", 'main a[href$="/access/create/users"]',
             N_("A program gets a user of its own, that may what it must and no more. Choose “Create user”.")),
        Step("access/create/users", '[name="name"]', N_("Name it after what it does."), "type", user),
        Step("access/create/users", 'main form > .actions > button', N_("Create the user.")),
        Step(at, f'a[href$="/users/{user}/inline"]', N_("It may do nothing yet. Choose “Write an inline policy”.")),
        Step(f"{at}/inline", '[name="policy"]', N_("Name the policy."), "type", "envoyer"),
        Step(f"{at}/inline", '[name="document"]',
             N_("Say what it may: send to queues of this account. Mistakes "
                "are shown as you write."), "type", _DOCUMENT),
        Step(f"{at}/inline", 'main form > .actions > button', N_("Save.")),
        Step(at, '[action$="/key-new"] > button', N_("Programs sign with an access key: “Create access key”.")),
        Step(at, "main .copied", N_("Copy it now, the secret is never shown again."), "look"),
        Step(at, f'main a.button[href$="/access/users/{user}"]', N_("Choose “I have kept it”.")),
        Step(at, 'a[href*="/access/explain?principal="]',
             N_("Ask the policies before a program does: “What may it do?”.")),
        Step(explain, '[name="action"]', N_("May it delete a queue? Write the action."), "type", "sqs:DeleteQueue"),
        Step(explain, asking, N_("Ask.")),
        Step(explain, "#verdict",
             N_("No, and on a strict server it would be refused. Refusals are explained here, too."), "look"),
        Step(explain, '[name="action"]', N_("And send to a queue?"), "type", "sqs:SendMessage"),
        Step(explain, '[name="resource"]',
             N_("Which queue it is about."), "type", "arn:aws:sqs:{region}:{account}:MaQueueTest"),
        Step(explain, asking, N_("Ask.")),
        Step(explain, "#verdict", N_("Yes, and below is the statement that allows it."), "look"),
    )  # fmt: skip


TOURS: Final = (
    Tour(
        "access",
        N_("Who may what: a user, a policy and a key"),
        N_("A user that may send and nothing else; why it would be refused the rest."),
        6, "O2", (("user", "producteur{turn}"),), _user(),
    ),
)  # fmt: skip
