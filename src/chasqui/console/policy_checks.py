"""Who may do what to a resource that has a policy: asked beside the policies of queues, topics, buckets and KMS keys.

Users and roles of the visitor's account are judged by all their policies, as IAM's simulator does it; of others the
resource's policy alone decides.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from chasqui.access.policy.decision import Decision, Grants, Question, decide
from chasqui.access.policy.decision import Verdict as Outcome
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.base.arn import is_account, parse_arn
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal, root_of, service_principal
from chasqui.console.language import N_
from chasqui.console.page import Page

QUEUE_ACTIONS: Final = (
    "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue", "GetQueueAttributes",
    "SetQueueAttributes", "GetQueueUrl", "DeleteQueue", "TagQueue", "UntagQueue", "ListQueueTags", "AddPermission",
    "RemovePermission", "ListDeadLetterSourceQueues", "StartMessageMoveTask", "CancelMessageMoveTask",
    "ListMessageMoveTasks",
)  # fmt: skip
"""What can be done to a queue (service authorization reference, "Actions defined by Amazon SQS")."""
TOPIC_ACTIONS: Final = (
    "Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes", "ListSubscriptionsByTopic", "AddPermission",
    "RemovePermission", "DeleteTopic", "GetDataProtectionPolicy", "PutDataProtectionPolicy", "ListTagsForResource",
)  # fmt: skip
_OBJECT_ACTIONS: Final = (
    "GetObject", "PutObject", "DeleteObject", "GetObjectVersion", "DeleteObjectVersion", "GetObjectTagging",
    "PutObjectTagging", "GetObjectAttributes", "AbortMultipartUpload", "ListMultipartUploadParts",
)  # fmt: skip
BUCKET_ACTIONS: Final = (
    *_OBJECT_ACTIONS,
    "ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "GetBucketLocation", "GetBucketPolicy",
    "PutBucketPolicy", "GetBucketNotification", "PutBucketNotification", "PutLifecycleConfiguration",
    "PutEncryptionConfiguration", "PutBucketVersioning", "PutBucketTagging", "DeleteBucket",
)  # fmt: skip
KEY_ACTIONS: Final = (
    "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "Sign",
    "Verify", "GenerateMac", "VerifyMac", "GetPublicKey", "DescribeKey", "CreateGrant", "GetKeyPolicy", "PutKeyPolicy",
    "EnableKey", "DisableKey", "ScheduleKeyDeletion",
)  # fmt: skip
_ALL: Final = compile_policy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', PolicyType.IDENTITY, ""
)
_GRANTS_ASIDE: Final = N_("Grants of the key are not looked at.")
_PUBLIC_ASIDE: Final = N_("Access control lists and the block of public access are not looked at.")


class Subject(msgspec.Struct, frozen=True):
    """What has a policy: the service that its actions belong to, its ARN, the policy's text ("" for none)."""

    service: str
    arn: str
    policy: str
    actions: tuple[str, ...]

    @property
    def exclusive(self) -> bool:
        """Whether nobody is let in but by its own policy, itself or by naming the account."""
        return self.service == "kms"

    @property
    def aside(self) -> str:
        """What the answer does not tell of."""
        return {"kms": _GRANTS_ASIDE, "s3": _PUBLIC_ASIDE}.get(self.service, "")

    def resource(self, action: str, key: str) -> str:
        """The ARN that an action is on: a bucket's, or that of an object in it; "*" is any."""
        return f"{self.arn}/{key or '*'}" if self.service == "s3" and action in _OBJECT_ACTIONS else self.arn


class Verdict(msgspec.Struct, frozen=True):
    """Whether somebody may: "allowed", "explicitDeny" or "implicitDeny"; by which statements; and what was taken for
    granted (a message id, "" for nothing)."""

    decision: str
    statements: tuple[str, ...]
    granted: str = ""


class Check(msgspec.Struct, frozen=True):
    """The question as it stands in the address, and the answer or what is wrong with the question."""

    subject: Subject
    asked: dict[str, str]
    verdict: Verdict | None = None
    refused: str = ""


async def checked(page: Page, subject: Subject) -> Check:
    """The answer to what the address asks (`principal`, `action`, `source`, of objects `key`), if it asks."""
    asked = {name: page.query.get(name).strip() for name in ("principal", "action", "source", "key")}
    if not asked["principal"]:
        return Check(subject, asked)
    try:
        return Check(subject, asked, await may(page, subject, asked))
    except ServiceError as error:
        return Check(subject, asked, refused=str(error))


async def may(page: Page, subject: Subject, asked: dict[str, str]) -> Verdict:
    """Whether somebody may do something to it; services on behalf of the visitor's account. Raises `ServiceError`."""
    who, account = asked["principal"], page.api.account
    action = asked["action"] if asked["action"] in subject.actions else subject.actions[0]
    principal = principal_of(who)
    if principal is None:
        message = page.text("This is no ARN of a user, role or account, no account number and no service's name.")
        raise ServiceError("InvalidInput", message, status=400)
    context = {"aws:SourceArn": asked["source"]} if asked["source"] else {}
    if principal.kind == "service":
        context["aws:SourceAccount"] = account
    resource = subject.resource(action, asked["key"])
    question = Question(principal, f"{subject.service}:{action}", resource, account, context)
    arn = parse_arn(who)
    own = arn is not None and arn.service == "iam" and arn.account == account
    if arn is not None and own and arn.resource.startswith(("user/", "role/")):
        return await _simulated(page, subject, who, question)
    foreign = principal.kind != "service" and principal.account != account
    decision = _decided(subject, question, trusting=foreign)
    granted = N_("Provided that the policies of its own account allow it.") if foreign else ""
    return _told(decision, granted)


def _told(decision: Decision, granted: str = "") -> Verdict:
    statements = tuple(each.sid or f"#{each.index + 1}" for each in decision.decided_by if each.kind != _IDENTITY)
    return Verdict(decision.verdict.value, statements, granted)


_IDENTITY: Final = "identity-based policy"


def _decided(subject: Subject, question: Question, *, trusting: bool) -> Decision:
    """What the resource's policy says; `trusting`: as if the caller's own policies allowed everything. Raises
    `ServiceError`."""
    try:
        compiled = compile_policy(subject.policy, PolicyType.RESOURCE, subject.arn) if subject.policy else None
    except MalformedPolicy as error:
        raise ServiceError("MalformedPolicy", str(error), status=400) from error
    grants = Grants(identity=(_ALL,) if trusting else (), boundary=None, session=None)
    return decide(question, grants, compiled, subject.exclusive)


async def _simulated(page: Page, subject: Subject, who: str, question: Question) -> Verdict:
    entries: list[dict[str, Any]] = [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in question.context.items()
    ]
    if subject.exclusive:
        # The simulator knows of no resource whose policy must let in whom their own policies allow.
        let_in = _decided(subject, question, trusting=True)
        if let_in.verdict is not Outcome.ALLOWED:
            return _told(let_in)
    found = await page.api(
        "iam",
        "SimulatePrincipalPolicy",
        PolicySourceArn=who,
        CallerArn=who,
        ActionNames=[question.action],
        ResourceArns=[question.resource],
        ResourcePolicy=subject.policy or None,
        ContextEntries=entries or None,
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
