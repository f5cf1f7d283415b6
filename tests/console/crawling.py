"""Goes through the console as somebody who follows every link, on a server where every field that users control says
what attackers say."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from chasqui.console.sections import routes
from tests.console.caller import CONSOLE, Answer, Caller
from tests.support import CREDENTIALS, Server, eventually

MARKUP: Final = (
    "<script>window.owned=1;alert(1)</script>",
    '"><img src=x data-hostile onerror=alert(1)>',
    "'><svg data-hostile onload=alert(1)>",
    "</textarea></title></style></pre></code></script><x-hostile>",
    '<a hx-get="/hostile" hx-trigger="load" data-hx-get="/hostile" hx-on:click="alert(1)" data-hostile>x</a>',
    '<hx-partial hx-target="#content" hx-swap="innerHTML"><x-hostile>x</x-hostile></hx-partial>',
    "<!--><x-hostile>--><![CDATA[<x-hostile>]]>",
    "&lt;x-hostile&gt;&amp;lt;x-hostile&amp;gt;",
)
PLAIN: Final = (
    "javascript:alert(document.domain)//",
    "{{7*7}}{% raw %}{{ visitor.csrf }}{#",
    "${alert(1)}`<%= 7*7 %>",
    "%(name)s %(num)s %s %d %% {0} {name}",
    "\u202etxt.exe\u2066\u200b\u00ad",
    "🦙👩‍👩‍👧‍👦\U000e0001",
    "x" * 2000,
)
LINES: Final = (
    "a\r\nSet-Cookie: owned=1\r\n\r\n<x-hostile>",
    "\n\ndata: <x-hostile></x-hostile>\n\nevent: hostile\nid: 7\rretry: 1\r\n\r\n",
)
CONTROL: Final = ("\x00\x01\x08\x1b[31m\x7f\x85", "\ufffe\uffff")
PAYLOADS: Final = (*MARKUP, *PLAIN, *LINES, *CONTROL)
TOGETHER: Final = "".join((*MARKUP, *PLAIN[:-1]))

NEVER: Final = (
    "x-hostile", "[data-hostile]", "[onerror]", "[onload]", "[onclick]", "[hx-get='/hostile']", "[data-hx-get]",
    "hx-partial", "script:not([src])", "iframe", "object", "embed", "base",
    "[href^='javascript:' i]", "[action^='javascript:' i]", "[formaction^='javascript:' i]", "[src^='javascript:' i]",
)  # fmt: skip
"""Elements that no page of ours has, whoever wrote what is on it."""

_ACCOUNT: Final = "000000000000"
_CODE: Final = """
import json
SAID = json.loads({said!r})
def handler(event, context):
    for each in SAID:
        print(each)
    if event == {{"raise": True}}:
        raise type("Hostile", (Exception,), {{}})(SAID[0] + SAID[1])
    return {{"said": SAID, SAID[0]: 1}}
"""


class Planted(msgspec.Struct):
    """What stands where: `by_field` has what was taken of the payloads, `examples` fills in the braces of routes,
    `starts` are further addresses to begin with."""

    by_field: dict[str, list[str]]
    examples: dict[str, str]
    starts: list[str]

    def plant(self, field: str, put: Callable[[str], Any], payloads: tuple[str, ...] = PAYLOADS) -> None:
        """Writes every payload into a field; what AWS' rules refuse stays out."""
        for each in payloads:
            try:
                put(each)
            except (ClientError, ParamValidationError, ValueError):
                continue
            self.by_field.setdefault(field, []).append(each)


def infest(server: Server) -> Planted:
    """Writes the payloads into everything."""
    planted = Planted({}, {"tours": "queue"}, [])
    for each in (_queue, _topic, _bucket, _access, _function, _logs):
        each(server, planted)
    return planted


def _statement(sid: str, resource: str, action: str) -> str:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    statement["Condition"] = {"StringLike": {"aws:PrincipalTag/x": [sid], "aws:UserAgent": list(MARKUP)}}
    return json.dumps({"Version": "2012-10-17", "Id": sid, "Statement": [statement]})


def _queue(server: Server, planted: Planted) -> None:
    sqs, plant = server.client("sqs"), planted.plant
    dead = sqs.create_queue(QueueName="hostile-dead")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{_ACCOUNT}:"
    redrive = json.dumps({"deadLetterTargetArn": f"{arn}hostile-dead", "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="hostile", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})[
        "QueueUrl"
    ]
    fifo = sqs.create_queue(QueueName="hostile.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for each in (url, dead):
        plant("message body", lambda text, each=each: sqs.send_message(QueueUrl=each, MessageBody=text))
    plant(
        "message attribute",
        lambda text: sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps({text: [text]}),
            MessageAttributes={"said": {"DataType": "String", "StringValue": text}},
        ),
    )
    plant(
        "message group",
        lambda text: sqs.send_message(
            QueueUrl=fifo, MessageBody=text, MessageGroupId=text[:128], MessageDeduplicationId=text[:128]
        ),
        (*MARKUP, "(.*)+$<x-hostile>", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    )
    plant("queue tag", lambda text: sqs.tag_queue(QueueUrl=url, Tags={text[:128]: text[:256]}))
    plant(
        "queue policy",
        lambda text: sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": _statement(text, f"{arn}hostile", "sqs:SendMessage")}
        ),
    )
    planted.examples["queues"] = "hostile"
    planted.starts += [f"queues/{name}/messages" for name in ("hostile-dead", "hostile.fifo")]
    planted.starts += ["queues/hostile-dead/messages/peek", "queues/hostile.fifo/messages/peek"]


def _topic(server: Server, planted: Planted) -> None:
    sns, plant = server.client("sns"), planted.plant
    topic = sns.create_topic(Name="hostile")["TopicArn"]
    plant(
        "display name",
        lambda text: sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue=text),
    )
    plant(
        "topic tag", lambda text: sns.tag_resource(ResourceArn=topic, Tags=[{"Key": text[:128], "Value": text[:256]}])
    )
    plant(
        "topic policy",
        lambda text: sns.set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=_statement(text, topic, "sns:Publish")
        ),
    )
    arn = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{_ACCOUNT}:hostile", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    plant(
        "filter policy",
        lambda text: sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=json.dumps({text: [text]})
        ),
    )
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com")
    mails = server.client("sns")
    plant(
        "endpoint",
        lambda text: mails.subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://example.com/{text}"),
    )
    plant(
        "mail endpoint", lambda text: mails.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{text}@example.com")
    )
    plant("published message", lambda text: sns.publish(TopicArn=topic, Message=text))
    plant("subject", lambda text: sns.publish(TopicArn=topic, Message="x", Subject=text[:100]))
    plant("text message", lambda text: sns.publish(PhoneNumber="+12065550100", Message=text))
    planted.examples |= {
        "topics": "hostile", "subscriptions": arn.rpartition(":")[2], "topics/phone": "+12065550100",
        "topics/mailbox": "1",
    }  # fmt: skip


def _bucket(server: Server, planted: Planted) -> None:
    s3, plant = server.client("s3"), planted.plant
    s3.create_bucket(Bucket="hostile")
    s3.put_bucket_versioning(Bucket="hostile", VersioningConfiguration={"Status": "Enabled"})

    def put(text: str) -> None:
        s3.put_object(Bucket="hostile", Key=f"{text}/{text}"[:1000], Body=text.encode(), ContentType="text/html")
        s3.put_object(Bucket="hostile", Key=text[:1000], Body=TOGETHER.encode())

    plant("object key", put)
    plant(
        "object metadata",
        lambda text: s3.put_object(
            Bucket="hostile", Key="described", Body=b"x", Metadata={"said": text.encode("ascii").decode()},
            ContentType=text, CacheControl=text, ContentDisposition=text,
        ),
        (*(each for each in (*MARKUP, *PLAIN) if each.isascii()),),
    )  # fmt: skip
    plant(
        "object tag",
        lambda text: s3.put_object_tagging(
            Bucket="hostile", Key="described", Tagging={"TagSet": [{"Key": text[:128], "Value": text[:256]}]}
        ),
    )
    plant(
        "bucket tag",
        lambda text: s3.put_bucket_tagging(
            Bucket="hostile", Tagging={"TagSet": [{"Key": text[:128], "Value": text[:256]}]}
        ),
    )
    plant(
        "lifecycle",
        lambda text: s3.put_bucket_lifecycle_configuration(
            Bucket="hostile",
            LifecycleConfiguration={
                "Rules": [
                    {"ID": text[:255], "Status": "Enabled", "Filter": {"Prefix": text}, "Expiration": {"Days": 9}}
                ]
            },
        ),
        (*PAYLOADS[8:], *MARKUP),
    )
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:hostile", "Events": ["s3:ObjectCreated:*"]}
    plant(
        "notification",
        lambda text: s3.put_bucket_notification_configuration(
            Bucket="hostile",
            NotificationConfiguration={
                "QueueConfigurations": [
                    {**queue, "Id": text, "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": text}]}}}
                ]
            },
            SkipDestinationValidation=True,
        ),
        (*PAYLOADS[8:], *MARKUP),
    )
    plant("unfinished upload", lambda text: s3.create_multipart_upload(Bucket="hostile", Key=text[:1000]), MARKUP)
    planted.examples["buckets"] = "hostile"


def _access(server: Server, planted: Planted) -> None:
    iam, kms, plant = server.client("iam"), server.client("kms"), planted.plant
    trust = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    )
    iam.create_user(UserName="hostile")
    iam.create_group(GroupName="hostile")
    iam.create_role(RoleName="hostile", AssumeRolePolicyDocument=trust)
    plant("user name", lambda text: iam.create_user(UserName=text[:60]), (*PAYLOADS, "a+=,.@-_%s"))
    plant("path", lambda text: iam.create_user(UserName=f"u{abs(hash(text))}", Path=f"/{text}/"))
    plant("user tag", lambda text: iam.tag_user(UserName="hostile", Tags=[{"Key": text[:128], "Value": text[:256]}]))
    plant("role description", lambda text: iam.update_role(RoleName="hostile", Description=text[:1000]))
    plant(
        "inline policy",
        lambda text: iam.put_user_policy(
            UserName="hostile",
            PolicyName="said",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{text}"}],
                }
            ),
        ),
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    made: list[str] = []
    plant(
        "policy description",
        lambda text: made.append(
            iam.create_policy(
                PolicyName=f"said-{len(made)}", PolicyDocument=document, Description=text[:1000], Path="/hostile/"
            )["Policy"]["Arn"]
        ),
    )
    key = kms.create_key(Description=TOGETHER[:8000])["KeyMetadata"]["KeyId"]
    planted.by_field["key description"] = [TOGETHER[:8000]]
    plant("caller", lambda text: _as(server, text), MARKUP)
    planted.examples |= {f"access/{kind}": "hostile" for kind in ("users", "groups", "roles")}
    planted.examples |= {"access/policies": made[0], "access/keys": key}


def _as(server: Server, text: str) -> None:
    """A call by a program that says it is `text`."""
    config = Config(user_agent=text)
    boto3.client("iam", endpoint_url=server.url, config=config, **CREDENTIALS).create_group(GroupName=f"g{text[2]}")


def _zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        package.writestr("code.py", _CODE.format(said=json.dumps([*MARKUP, *PLAIN[:5]])))
        for at, each in enumerate((*MARKUP, *PLAIN[1:4], "a\r\nb.py")):
            package.writestr(f"{each}{at}.py", each)
    return data.getvalue()


def _function(server: Server, planted: Planted) -> None:
    functions, plant = server.client("lambda"), planted.plant
    role = f"arn:aws:iam::{_ACCOUNT}:role/hostile"
    functions.create_function(
        FunctionName="hostile", Runtime="python3.12", Role=role, Handler="code.handler", Code={"ZipFile": _zipped()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="hostile", WaiterConfig={"Delay": 1})
    plant(
        "function description",
        lambda text: functions.update_function_configuration(FunctionName="hostile", Description=text[:256]),
        (*PAYLOADS[8:], *MARKUP),
    )
    values = {f"SAID_{at}": each for at, each in enumerate(MARKUP)}
    functions.update_function_configuration(FunctionName="hostile", Environment={"Variables": values})
    planted.by_field["environment"] = list(MARKUP)
    plant(
        "function tag",
        lambda text: functions.tag_resource(
            Resource=f"arn:aws:lambda:us-east-1:{_ACCOUNT}:function:hostile", Tags={text[:128]: text[:256]}
        ),
    )
    for event in (b'{"raise": true}', b"{}"):
        functions.invoke(FunctionName="hostile", Payload=event)
    plant(
        "version description",
        lambda text: functions.publish_version(FunctionName="hostile", Description=text[:256]),
        MARKUP[:1],
    )
    plant(
        "alias description",
        lambda text: functions.create_alias(
            FunctionName="hostile", Name=f"a{abs(hash(text))}", FunctionVersion="1", Description=text[:256]
        ),
        MARKUP,
    )
    planted.by_field["log line"] = list(MARKUP)
    planted.by_field["package file"] = [f"{each}{at}.py" for at, each in enumerate(MARKUP)]
    planted.examples["functions"] = "hostile"


def _logs(server: Server, planted: Planted) -> None:
    logs = server.client("logs")
    logs.create_log_group(logGroupName="/hostile/#group")
    when = eventually(lambda: logs.describe_log_groups()["logGroups"])[0]["creationTime"]

    def write(text: str) -> None:
        name = text[:500].replace(":", ".").replace("*", ".")
        logs.create_log_stream(logGroupName="/hostile/#group", logStreamName=name)
        events = [{"timestamp": when, "message": text}]
        logs.put_log_events(logGroupName="/hostile/#group", logStreamName=name, logEvents=events)
        planted.by_field.setdefault("log stream", []).append(name)

    planted.plant("stored log line", write)
    planted.starts += ["functions/logs?group=%2Fhostile%2F%23group", "functions/logs?group=%2Faws%2Flambda%2Fhostile"]


# ------------------------------------------------------------------------------------------------------------- crawling


class Found(msgspec.Struct, frozen=True):
    """An address below the region, and the answer to it. `kind` is "page", "piece", "file", "stream", "other";
    `shape` is the same for addresses that differ only in what is asked for."""

    path: str
    kind: str
    answer: Answer
    shape: str


_LINKS: Final = re.compile(r'(?:href|hx-get|data-live|hx-sse:connect)="([^"]+)"')
_SAME_MAX: Final = 4


def kind_of(answer: Answer) -> str:
    """What an answer is for a browser."""
    content = answer.field("content-type").partition(";")[0]
    if answer.field("content-disposition").startswith("attachment"):
        return "file"
    if content == "text/event-stream":
        return "stream"
    if content == "text/html":
        return "page" if answer.body.lstrip().startswith(b"<!doctype html>") else "piece"
    return "other"


def crawl(caller: Caller, starts: list[str], same_max: int = _SAME_MAX) -> list[Found]:
    """Every page that links lead to; of those that differ only in what is asked for, the first `same_max`."""
    table = [(route.path.split("/"), route.path) for route in routes() if route.method == "GET"]
    waiting, seen, counts, found = list(dict.fromkeys(starts)), set(starts), dict[str, int](), []
    while waiting:
        path = waiting.pop(0)
        if "/live" in path or "logs-live" in path:
            found.append(Found(path, "stream", Answer(0, [], b""), ""))
            continue
        answer = caller.get(path)
        kind = kind_of(answer)
        found.append(Found(path, kind, answer, _shape(path, table)))
        if kind in ("page", "piece"):
            for link in _links(answer.body.decode(), path):
                shape = _shape(link, table)
                if link not in seen and counts.get(shape, 0) < same_max:
                    counts[shape] = counts.get(shape, 0) + 1
                    seen.add(link)
                    waiting.append(link)
    return found


def _links(text: str, path: str) -> Iterator[str]:
    base = f"{CONSOLE}/us-east-1/"
    for link in _LINKS.findall(text):
        address = urljoin(f"{base}{path}", html.unescape(link)).partition("#")[0]
        if address.startswith(base) and urlsplit(address).path != base:
            yield address.removeprefix(base)


def _shape(link: str, table: list[tuple[list[str], str]]) -> str:
    parts = urlsplit(link)
    segments = parts.path.split("/")
    path = next((name for pattern, name in table if _fits(pattern, segments)), parts.path)
    asked = sorted(name for name, _ in parse_qsl(parts.query))
    return f"{path}?{'&'.join(asked)}"


def _fits(pattern: list[str], segments: list[str]) -> bool:
    if len(pattern) != len(segments):
        return False
    return all(each.startswith("{") or each == unquote(given) for each, given in zip(pattern, segments, strict=True))


# ---------------------------------------------------------------------------------------------------------------- forms


class Field(msgspec.Struct):
    """A control of a form. `options` are those of a list or of radio buttons."""

    name: str
    kind: str
    value: str
    options: list[str]


class Formed(msgspec.Struct):
    """A form as a browser would send it."""

    method: str
    action: str
    encoding: str
    fields: list[Field]

    def values(self) -> list[tuple[str, str]]:
        """What it says as it stands."""
        return [(each.name, each.value) for each in self.fields if each.kind not in ("checkbox-off", "submit")]

    def typed(self) -> list[Field]:
        """The fields that somebody may write anything into."""
        return [each for each in self.fields if each.name not in ("csrf", "confirm")]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Formed] = []
        self._open: Formed | None = None
        self._list: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or given.get("hx-post") or ""
            encoding = given.get("hx-encoding") or given.get("enctype") or ""
            self._open = Formed(given.get("method", "get").upper(), action, encoding, [])
            self.found.append(self._open)
        elif self._open is None:
            return
        elif tag == "option" and self._list is not None:
            self._list.options.append(given.get("value", ""))
            if "selected" in given or len(self._list.options) == 1:
                self._list.value = given.get("value", "")
        elif given.get("name") and tag in ("input", "select", "textarea", "button"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else {"button": "submit"}.get(tag, tag)
        if kind in ("checkbox", "radio") and "checked" not in given:
            kind = "checkbox-off"
        field = Field(given["name"], kind, given.get("value", ""), [])
        assert self._open is not None
        self._open.fields.append(field)
        self._list = field if tag == "select" else None
        self._area = field if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._list = None
        elif tag == "textarea":
            self._area = None


def forms_of(text: str) -> list[Formed]:
    """The forms of a page."""
    reader = _Forms()
    reader.feed(text)
    return reader.found
