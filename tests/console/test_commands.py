"""Whatever can be done in the console can be copied as a command: every form's page shows it, and it runs."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from html import unescape

import pytest

from chasqui.console.sections import routes
from tests.clients.aws_commands import AwsCommands
from tests.console.caller import Caller
from tests.console.commands_of import Seen, name_of, problem_of, seen_of
from tests.console.places import furnish, places
from tests.support import Server, eventually
from tests.unit.sns.direct_support import gcm

COMMANDS = {
    "queues/bulk/do": "sqs delete-queue",
    "queues/{name}/purge": "sqs purge-queue",
    "queues/{name}/delete": "sqs delete-queue",
    "queues/{name}/tags": "sqs tag-queue, sqs untag-queue",
    "queues/{name}/policy": "sqs set-queue-attributes",
    "queues/{name}/subscriptions": "sns subscribe",
    "queues/{name}/subscriptions/allow": "sqs set-queue-attributes",
    "queues/{name}/subscriptions/delete": "sns unsubscribe",
    "queues/{name}/triggers": "lambda create-event-source-mapping",
    "queues/{name}/triggers/switch": "lambda update-event-source-mapping",
    "queues/{name}/triggers/delete": "lambda delete-event-source-mapping",
    "queues/{name}/messages/poll": "sqs receive-message",
    "queues/{name}/messages/delete": "sqs delete-message",
    "queues/{name}/messages/hide": "sqs change-message-visibility",
    "queues/{name}/messages/release": "sqs change-message-visibility",
    "queues/{name}/messages/again": "sqs send-message",
    "queues/{name}/redrive/start": "sqs start-message-move-task",
    "queues/{name}/redrive/cancel": "sqs cancel-message-move-task",
    "topics/{name}/edit": "sns set-topic-attributes",
    "topics/{name}/subscriptions/{id}": "sns set-subscription-attributes",
    "topics/{name}/unsubscribe": "sns unsubscribe",
    "topics/{name}/confirm": "sns confirm-subscription",
    "topics/{name}/ask-again": "sns subscribe",
    "topics/{name}/policy": "sns set-topic-attributes",
    "topics/{name}/protection": "sns put-data-protection-policy",
    "topics/{name}/tags": "sns tag-resource, sns untag-resource",
    "topics/{name}/delete": "sns delete-topic",
    "topics/mailbox/empty": "curl DELETE /_chasqui/mailbox",
    "topics/mailbox/{id}": "sns confirm-subscription",
    "topics/phone/empty": "curl DELETE /_chasqui/sms",
    "topics/phone/{number}": "curl POST /_chasqui/sms/reply",
    "topics/sms": "sns create-sms-sandbox-phone-number, sns verify-sms-sandbox-phone-number, sns set-sms-attributes,"
    " sns delete-sms-sandbox-phone-number, curl POST /_chasqui/sms/sandbox",
    "topics/push": "sns create-platform-application",
    "topics/push/{platform}/{application}": "sns create-platform-endpoint, sns delete-endpoint,"
    " sns set-endpoint-attributes, sns delete-platform-application",
    "buckets/_new": "s3api create-bucket",
    "buckets/{name}/delete-ticked": "s3api delete-objects",
    "buckets/{name}/folder": "s3api put-object",
    "buckets/{name}/object-tags": "s3api put-object-tagging, s3api delete-object-tagging",
    "buckets/{name}/object-copy": "s3api copy-object, s3api delete-object",
    "buckets/{name}/versioning": "s3api put-bucket-versioning",
    "buckets/{name}/encryption": "s3api put-bucket-encryption",
    "buckets/{name}/tags": "s3api put-bucket-tagging, s3api delete-bucket-tagging",
    "buckets/{name}/events/new": "s3api put-bucket-notification-configuration",
    "buckets/{name}/events/delete": "s3api put-bucket-notification-configuration",
    "buckets/{name}/block": "s3api put-public-access-block",
    "buckets/{name}/policy": "s3api put-bucket-policy, s3api delete-bucket-policy",
    "buckets/{name}/ownership": "s3api put-bucket-ownership-controls",
    "buckets/{name}/cors": "s3api put-bucket-cors, s3api delete-bucket-cors",
    "buckets/{name}/lifecycle": "s3api put-bucket-lifecycle-configuration",
    "buckets/{name}/lifecycle-change": "s3api put-bucket-lifecycle-configuration, s3api delete-bucket-lifecycle",
    "buckets/{name}/abort-upload": "s3api abort-multipart-upload",
    "buckets/{name}/empty": "s3api list-object-versions, s3api delete-objects",
    "buckets/{name}/delete": "s3api delete-bucket",
    "functions/new": "lambda create-function",
    "functions/{name}/delete": "lambda delete-function",
    "functions/logs": "logs put-retention-policy, logs delete-retention-policy, logs delete-log-group",
    "functions/{name}/code": "lambda update-function-code",
    "functions/{name}/code/file": "lambda update-function-code",
    "functions/{name}/test": "lambda invoke",
    "functions/{name}/triggers/new": "lambda create-event-source-mapping",
    "functions/{name}/triggers/subscribe": "sns subscribe, lambda add-permission",
    "functions/{name}/triggers/unsubscribe": "sns unsubscribe",
    "functions/{name}/triggers/{uuid}": "lambda update-event-source-mapping",
    "functions/{name}/configuration/{part}": "lambda update-function-configuration, lambda put-function-concurrency,"
    " lambda delete-function-concurrency, lambda put-provisioned-concurrency-config,"
    " lambda delete-provisioned-concurrency-config, lambda put-function-event-invoke-config,"
    " lambda delete-function-event-invoke-config, lambda create-function-url-config,"
    " lambda update-function-url-config, lambda delete-function-url-config",
    "functions/{name}/versions": "lambda publish-version, lambda delete-function, lambda create-alias,"
    " lambda update-alias, lambda delete-alias",
    "functions/{name}/permissions": "lambda add-permission, lambda remove-permission",
    "functions/{name}/tags": "lambda tag-resource, lambda untag-resource",
    "access/create/users": "iam create-user",
    "access/create/groups": "iam create-group",
    "access/create/roles": "iam create-role",
    "access/create/policies": "iam create-policy",
    "access/create/keys": "kms create-key, kms create-alias",
    **{
        f"access/{path}/{{name}}/{deed}": told.replace("{}", noun)
        for path, noun in (("users", "user"), ("groups", "group"), ("roles", "role"))
        for deed, told in (
            ("inline", "iam put-{}-policy"),
            ("delete", "iam delete-{}"),
            ("attach", "iam attach-{}-policy"),
            ("detach", "iam detach-{}-policy"),
            ("drop-inline", "iam delete-{}-policy"),
            ("bound", "iam put-{}-permissions-boundary, iam delete-{}-permissions-boundary"),
            ("tag", "iam tag-{}"),
            ("untag", "iam untag-{}"),
            ("join", "iam add-user-to-group"),
            ("leave", "iam remove-user-from-group"),
        )
        if not (deed in ("bound", "tag", "untag") and path == "groups")
        and not (deed in ("join", "leave") and path == "roles")
    },
    "access/users/{name}/key-status": "iam update-access-key",
    "access/users/{name}/key-delete": "iam delete-access-key",
    "access/users/{name}/key-new": "iam create-access-key",
    "access/roles/{name}/trust": "iam update-assume-role-policy",
    "access/policies/{arn}/edit": "iam create-policy-version",
    "access/policies/{arn}/version": "iam set-default-policy-version, iam delete-policy-version",
    "access/policies/{arn}/delete": "iam delete-policy",
    "access/providers": "iam create-open-id-connect-provider",
    "access/providers/{arn}/delete": "iam delete-open-id-connect-provider",
    "access/keys/{key}/policy": "kms put-key-policy",
    "access/keys/{key}/{deed}": "kms disable-key, kms enable-key, kms enable-key-rotation, kms disable-key-rotation,"
    " kms cancel-key-deletion, kms create-alias, kms delete-alias, kms schedule-key-deletion",
    "advisor": "sqs create-queue",
}
"""What each form does, by its route: the page that has the form shows these commands."""

ON_DEMAND = {
    "queues/new": ({"show": "command", "QueueName": "made", "type": "standard"}, "sqs create-queue"),
    "queues/{name}/edit": ({"show": "command", "DelaySeconds": "5"}, "sqs set-queue-attributes"),
    "queues/{name}/messages/command": ({"body": "hello"}, "sqs send-message"),
    "topics/new": ({"show_commands": "1", "Name": "made"}, "sns create-topic"),
    "topics/{name}/subscribe": ({"show_commands": "1", "Protocol": "email", "Endpoint": "a@b.cd"}, "sns subscribe"),
    "topics/{name}/publish": ({"show_commands": "1", "message": "hello"}, "sns publish"),
    "topics/phone": ({"show_commands": "1", "number": "+33612345678", "message": "hello"}, "sns publish"),
}
"""Forms that have a button for it: what is typed in them becomes the command."""

_NOTHING = "changes nothing: it checks, sets out or searches what is typed, or asks once more"
WITHOUT = {
    "queues/bulk": _NOTHING,
    "queues/{name}/messages/format": _NOTHING,
    "queues/{name}/messages/edit": _NOTHING,
    "queues/{name}/messages/body": "a download",
    "queues/{name}/messages/send": "its form has the button of messages/command",
    "topics/check-filter": _NOTHING,
    "topics/{name}/rows": _NOTHING,
    "topics/{name}/who": _NOTHING,
    "buckets/{name}/delete-objects": _NOTHING,
    "buckets/{name}/upload/begin": "a part of an upload, whose page shows one command for all of it",
    "buckets/{name}/upload/complete": "a part of an upload",
    "buckets/{name}/upload/abort": "a part of an upload",
    "functions/{name}/triggers/match": _NOTHING,
    "access/policy-check": _NOTHING,
    "access/users/{name}/key-file": "a download of what the page shows",
}
"""Forms without a command, and why."""


def _attach(server: Server, examples: dict[str, str]) -> str:
    """Something in every list whose entries have buttons. Gives the id of a mapping."""
    sqs, sns, s3, iam, lambda_ = (server.client(name) for name in ("sqs", "sns", "s3", "iam", "lambda"))
    policy, queue = examples["access/policies"], "arn:aws:sqs:us-east-1:000000000000:orders"
    text = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]["Document"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(text), SetAsDefault=True)
    iam.add_user_to_group(UserName="ana", GroupName="staff")
    for noun, name in (("user", "ana"), ("group", "staff"), ("role", "runner")):
        named = {f"{noun.capitalize()}Name": name}
        getattr(iam, f"attach_{noun}_policy")(**named, PolicyArn=policy)
        put = {"PolicyName": "own", "PolicyDocument": json.dumps(text)}
        getattr(iam, f"put_{noun}_policy")(**named, **put)
    iam.tag_user(UserName="ana", Tags=[{"Key": "team", "Value": "shop"}])
    iam.tag_role(RoleName="runner", Tags=[{"Key": "team", "Value": "shop"}])
    key = iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="ana", AccessKeyId=key, Status="Inactive")
    sns.create_platform_application(Name="app", Platform="GCM", Attributes=gcm())
    sns.publish(PhoneNumber="+33612345678", Message="hello")
    topic = "arn:aws:sns:us-east-1:000000000000:news"
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint="arn:aws:lambda:us-east-1:000000000000:function:resize")
    s3.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
    s3.create_multipart_upload(Bucket="pictures", Key="half")
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket="pictures", LifecycleConfiguration={"Rules": [rule]})
    s3.create_bucket(Bucket="bare")
    open_to = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    access = {"Version": "2012-10-17", "Statement": [{**open_to, "Resource": queue}]}
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(access)})
    told = {"QueueConfigurations": [{"Id": "made", "QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=told)
    server.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=examples["access/kms"])
    server.client("logs").create_log_group(logGroupName="/aws/lambda/resize")
    iam.create_open_id_connect_provider(Url="https://issuer.example", ClientIDList=["app"])
    made = lambda_.create_event_source_mapping(FunctionName="resize", EventSourceArn=queue, Enabled=False)
    return str(made["UUID"])


@pytest.fixture(scope="module")
def seen(server: Server) -> list[Seen]:
    """Every page of a server that has some of everything, read."""
    examples = furnish(server)
    mapping, s3 = _attach(server, examples), server.client("s3")
    caller = Caller(server.url)
    mail = eventually(lambda: re.findall(r"topics/mailbox/(\d+)", caller.get("topics/mailbox").text))[0]
    found = [seen_of(each.path, each.text) for each in places(server, examples) if each.kind == "page"]
    sequence = re.findall(r"messages/one\?sequence=(\d+)", caller.get("queues/orders/messages/peek").text)[0]
    version = s3.list_object_versions(Bucket="pictures")["Versions"][0]["VersionId"]
    for path in (
        "buckets/bare/delete",
        f"queues/orders/messages/one?sequence={sequence}",
        f"topics/mailbox/{mail}",
        "topics/phone/%2B33612345678",
        "topics/push/GCM/app",
        "buckets/pictures/object?key=llamas/one.txt",
        f"buckets/pictures/object?key=llamas/one.txt&version={version}",
        "functions/resize/code?file=code.py",
        f"functions/resize/triggers/{mapping}",
        "functions/logs?group=/aws/lambda/resize",
    ):
        found.append(_asked(path, caller.get(path).text))
    found.append(_asked("redrive", _redriving(server, caller)))
    word = re.findall(r'name="key" value="([^"]+)"', caller.get("buckets/pictures?prefix=llamas/").text)[0]
    ticked = {"key": unescape(word), "prefix": "llamas/"}
    for path, fields in (
        ("queues/bulk", {"action": "delete", "queue": "orders"}),
        ("buckets/pictures/delete-objects", ticked),
        ("topics/news/unsubscribe", {"arn": "arn:aws:sns:us-east-1:000000000000:news:1"}),
    ):
        found.append(_asked(path, caller.post(path, fields).text))
    return found


def _redriving(server: Server, caller: Caller) -> str:
    """The page of a redrive that goes on: more messages than it moves while somebody looks."""
    sqs, arn = server.client(), "arn:aws:sqs:us-east-1:000000000000:"
    dead = sqs.create_queue(QueueName="many-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": f"{arn}many-dead", "maxReceiveCount": 3})
    sqs.create_queue(QueueName="many", Attributes={"RedrivePolicy": redrive})
    for _ in range(5):
        sqs.send_message_batch(QueueUrl=dead, Entries=[{"Id": str(at), "MessageBody": "x"} for at in range(10)])
    task = {"SourceArn": f"{arn}many-dead", "DestinationArn": f"{arn}many", "MaxNumberOfMessagesPerSecond": 1}
    sqs.start_message_move_task(**task)
    return caller.get("queues/many-dead/redrive").text


def _asked(path: str, text: str) -> Seen:
    assert "<h1" in text, path
    return seen_of(path, text)


def test_every_form_is_known_here() -> None:
    asked = {route.path for route in routes() if route.method == "POST"}
    known = {*COMMANDS, *ON_DEMAND, *WITHOUT}
    own = {each for each in asked if each.split("/")[0] in ("preferences", "sign-in", "sign-out")}
    assert asked - own == known


def test_every_page_shows_the_commands_of_its_forms(seen: list[Seen]) -> None:
    lacking = {
        (each.path, route, ", ".join(wanted))
        for each in seen
        for route in each.routes & set(COMMANDS)
        if (wanted := set(COMMANDS[route].split(", ")) - each.operations)
    }
    assert not lacking, "\n".join(map(str, sorted(lacking)))


def test_every_form_is_on_a_page_that_was_looked_at(seen: list[Seen]) -> None:
    met = {route for each in seen for route in each.routes}
    lacking = sorted(set(COMMANDS) - met)
    assert not lacking


@pytest.mark.parametrize("route", ON_DEMAND)
def test_forms_show_what_is_typed_as_a_command(server: Server, seen: list[Seen], route: str) -> None:
    fields, operation = ON_DEMAND[route]
    path = route.replace("{name}", "orders" if route.startswith("queues") else "news")
    shown = seen_of(path, Caller(server.url).post(path, fields).text)
    assert operation in shown.operations
    assert any(value in command for value in fields.values() for command in shown.commands)


def test_every_command_is_one_that_the_aws_cli_takes(seen: list[Seen]) -> None:
    lines = {line for each in seen for line in each.commands if line.startswith("aws ")}
    wrong = {(line, problem) for line in lines if (problem := problem_of(line))}
    assert len(lines) > len(COMMANDS)
    assert not wrong, "\n".join(map(str, sorted(wrong)))


# ------------------------------------------------------------------------------------------------------- they run, too

RUN = (
    ("access/users/ana", "iam tag-user"),
    ("access/users/ana", "iam update-access-key"),
    ("access/roles/runner", "iam update-assume-role-policy"),
    ("access/policies", "iam get-policy-version"),
    ("access/keys", "kms put-key-policy"),
    ("access/keys", "kms enable-key-rotation"),
    ("buckets/pictures/properties", "s3api put-bucket-versioning"),
    ("buckets/pictures/properties", "s3api put-bucket-encryption"),
    ("buckets/pictures/permissions", "s3api put-public-access-block"),
    ("buckets/pictures/permissions", "s3api put-bucket-cors"),
    ("buckets/pictures/management", "s3api put-bucket-lifecycle-configuration"),
    ("buckets/pictures/object", "s3api put-object-tagging"),
    ("functions/resize/configuration", "lambda update-function-configuration"),
    ("functions/resize/versions", "lambda publish-version"),
    ("queues/orders/tags", "sqs tag-queue"),
    ("queues/orders/messages", "sqs receive-message"),
    ("topics/news/tags", "sns tag-resource"),
    ("topics/sms", "sns set-sms-attributes"),
)
"""A sample, as (page, operation): none takes away what another test looks at."""


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsCommands]:
    """The AWS CLI, with a key of nobody's."""
    key = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    commands = AwsCommands({**os.environ, **key, "AWS_CONFIG_FILE": os.devnull})
    yield commands
    commands.close()


@pytest.mark.parametrize(("path", "operation"), RUN)
def test_commands_that_are_shown_run(seen: list[Seen], aws: AwsCommands, path: str, operation: str) -> None:
    shown = [line for each in seen if each.path.startswith(path) for line in each.commands]
    command = next(line for line in shown if name_of(line) == operation)
    aws(*shlex.split(command)[1:])


def test_emptying_a_bucket_runs_as_it_is_shown(server: Server, aws: AwsCommands, tmp_path: object) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="to-empty")
    s3.put_bucket_versioning(Bucket="to-empty", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "it's $(b)"):
        s3.put_object(Bucket="to-empty", Key=key, Body=b"x")
    s3.delete_object(Bucket="to-empty", Key="a")
    shown = seen_of("", Caller(server.url).get("buckets/to-empty/empty").text).commands
    listing = shlex.split(next(line for line in shown if name_of(line) == "s3api list-object-versions"))
    deleting = shlex.split(next(line for line in shown if name_of(line) == "s3api delete-objects"))
    versions = f"{tmp_path}/versions.json"
    with open(versions, "w", encoding="utf-8") as file:
        file.write(aws(*listing[1 : listing.index(">")]))
    aws(*deleting[1:-1], f"file://{versions}")
    left = s3.list_object_versions(Bucket="to-empty")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
