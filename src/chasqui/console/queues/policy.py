"""A queue's access policy: seen in words and as JSON, changed, and asked who may do what."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from chasqui.access.policy.decision import Grants, Question, decide
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.base.arn import is_account, parse_arn
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.base.principal import Principal, root_of, service_principal
from chasqui.console import commands
from chasqui.console.bodies import pretty
from chasqui.console.language import N_
from chasqui.console.page import Page
from chasqui.console.policies import problems
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of
from chasqui.console.queues.words import allowing, told_of
from chasqui.console.statements import service_statement, with_statement

ACTIONS: Final = (
    "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue", "GetQueueAttributes",
    "SetQueueAttributes", "GetQueueUrl", "DeleteQueue", "TagQueue", "UntagQueue", "ListQueueTags", "AddPermission",
    "RemovePermission", "ListDeadLetterSourceQueues", "StartMessageMoveTask", "CancelMessageMoveTask",
    "ListMessageMoveTasks",
)  # fmt: skip
"""What can be done to a queue (service authorization reference, "Actions defined by Amazon SQS")."""
_ALL: Final = compile_policy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', PolicyType.IDENTITY, ""
)


class Verdict(msgspec.Struct, frozen=True):
    """Whether somebody may: "allowed", "explicitDeny" or "implicitDeny"; by which statements; and what was taken for
    granted (a message id, "" for nothing)."""

    decision: str
    statements: tuple[str, ...]
    granted: str = ""


async def show(page: Page) -> Reply:
    """The tab. With `principal` and `action` in the address it answers whether they may."""
    queue = await queue_of(page)
    return await _tab(page, queue, queue.attributes.get("Policy", ""))


async def _tab(page: Page, queue: QueueFacts, written: str, status: int = 200, problem: str = "") -> Reply:
    kept, query = queue.attributes.get("Policy", ""), page.query
    asked = {name: query.get(name).strip() for name in ("principal", "action", "source")}
    verdict, refused = None, ""
    if asked["principal"]:
        try:
            verdict = await may(page, queue, asked["principal"], asked["action"] or ACTIONS[0], asked["source"])
        except ServiceError as error:
            refused = str(error)
    return await page.render(
        "queues/policy.html",
        status,
        queue=queue,
        tab="policy",
        tabs=TABS,
        written=pretty(written),
        problems=problems(pretty(written), PolicyType.RESOURCE, page.text, queue.arn) if written else None,
        problem=problem,
        statements=told_of(kept),
        actions=ACTIONS,
        asked=asked,
        verdict=verdict,
        refused=refused,
        examples=_examples(page, queue),
        command=commands.both(page.api, "sqs", "SetQueueAttributes", QueueUrl=queue.url, Attributes={"Policy": kept}),
    )


def _examples(page: Page, queue: QueueFacts) -> list[tuple[str, str]]:
    bucket = service_statement("s3", "sqs:SendMessage", queue.arn, "arn:aws:s3:::my-bucket")
    topic = f"arn:aws:sns:{page.api.region}:{page.api.account}:my-topic"
    every: list[tuple[str, dict[str, Any]]] = [
        (page.text("A bucket may send its events"), bucket),
        (page.text("A topic may deliver"), service_statement("sns", "sqs:SendMessage", queue.arn, topic)),
        (
            page.text("Another account may send"),
            allowing("another", ["111122223333"], ["sqs:SendMessage"], queue.arn),
        ),
        (
            page.text("Nobody may without TLS"),
            {
                **allowing("tls", ["*"], ["sqs:*"], queue.arn),
                "Effect": "Deny",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ),
    ]
    return [(name, pretty(with_statement("", statement))) for name, statement in every]


async def save(page: Page) -> Reply:
    """Keep the policy that was written; an empty one removes it."""
    queue, form = await queue_of(page), await page.form()
    written = form.get("Policy").strip()
    try:
        await page.api("sqs", "SetQueueAttributes", QueueUrl=queue.url, Attributes={"Policy": written})
    except ServiceError as error:
        return await _tab(page, queue, written, error.status or 400, str(error))
    told = page.text("The access policy was saved.") if written else page.text("The access policy was removed.")
    return page.redirect(page.href("queues", queue.name, "policy"), done=told)


# ---------------------------------------------------------------------------------------------------------- who may?


async def may(page: Page, queue: QueueFacts, who: str, action: str, source: str) -> Verdict:
    """Whether somebody may do something to the queue: users and roles of this account by all their policies, as IAM
    simulates it; of others the queue's policy alone decides. Raises `ServiceError`."""
    policy, account = queue.attributes.get("Policy", ""), page.api.account
    arn = parse_arn(who)
    own = arn is not None and arn.service == "iam" and arn.account == account
    if arn is not None and own and arn.resource.startswith(("user/", "role/")):
        return await _simulated(page, queue, who, action, source, policy)
    principal = principal_of(who)
    if principal is None:
        message = page.text("This is no ARN of a user, role or account, no account number and no service's name.")
        raise ServiceError("InvalidInput", message, status=400)
    try:
        compiled = compile_policy(policy, PolicyType.RESOURCE, queue.arn) if policy else None
    except MalformedPolicy as error:
        raise ServiceError("MalformedPolicy", str(error), status=400) from error
    context = {"aws:SourceArn": source} if source else {}
    question = Question(principal, f"sqs:{action}", queue.arn, account, context)
    foreign = principal.kind != "service" and principal.account != account
    decision = decide(question, Grants(identity=(_ALL,) if foreign else (), boundary=None, session=None), compiled)
    granted = N_("Provided that the policies of its own account allow it.") if foreign else ""
    return Verdict(decision.verdict.value, tuple(_named(each.sid, each.index) for each in decision.decided_by), granted)


def _named(sid: str, index: int) -> str:
    return sid or f"#{index + 1}"


async def _simulated(page: Page, queue: QueueFacts, who: str, action: str, source: str, policy: str) -> Verdict:
    entry = {"ContextKeyName": "aws:SourceArn", "ContextKeyValues": [source], "ContextKeyType": "string"}
    found = await page.api(
        "iam",
        "SimulatePrincipalPolicy",
        PolicySourceArn=who,
        CallerArn=who,
        ActionNames=[f"sqs:{action}"],
        ResourceArns=[queue.arn],
        ResourcePolicy=policy or None,
        ContextEntries=[entry] if source else None,
    )
    result = found["EvaluationResults"][0]
    by = tuple(dict.fromkeys(each.get("SourcePolicyId", "") for each in result.get("MatchedStatements", ())))
    return Verdict(result["EvalDecision"], by)


def principal_of(who: str) -> Principal | None:
    """Whom people mean by an ARN, an account's number or a service's name; None for what is none of these. "*" is
    somebody unknown."""
    if who.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return service_principal(who)
    if who == "*":
        return Principal(kind="anonymous", account="", arn="", id="")
    arn = parse_arn(f"arn:aws:iam::{who}:root" if is_account(who) else who)
    if arn is None or arn.service not in ("iam", "sts") or len(arn.account) != 12:
        return None
    word, _, name = arn.resource.partition("/")
    if word == "root":
        return root_of(arn.account)
    kind: Literal["user", "role"] = "user" if word == "user" else "role"
    return Principal(kind=kind, account=arn.account, arn=who, id="", name=name, issuer="" if kind == "user" else who)
