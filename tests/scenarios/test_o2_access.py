"""O2 on a strict server: signatures are verified, policies decide, refusals are AWS' own. And Q9's access policy, E8's
account boundaries and S1's service principal, as far as queues go."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engine
from tests.strict import (
    ACCOUNT,
    OTHER,
    House,
    StrictServer,
    allow,
    deny,
    policy,
    refusal,
    session_credentials,
    shared_house,
)
from tests.support import COMMAND, Server


@pytest.fixture(scope="module")
def house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server, and the credentials of another account's administrator."""
    with shared_house(tmp_path_factory.mktemp("strict"), *engine.options()) as both:
        yield both


@pytest.fixture
def server(house: House) -> StrictServer:
    return house[0]


@pytest.fixture
def admin(server: StrictServer) -> Any:
    return server.client()


@pytest.fixture
def queue(admin: Any, name: str) -> str:
    return str(admin.create_queue(QueueName=name)["QueueUrl"])


def arn_of(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:sqs:us-east-1:{account}:{name}"


def test_the_administrator_may_do_everything(admin: Any, queue: str) -> None:
    admin.send_message(QueueUrl=queue, MessageBody="olá")

    assert admin.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "olá"


def test_a_wrong_secret_is_refused(server: StrictServer, queue: str) -> None:
    sqs = server.client(aws_secret_access_key="not the secret at all, no")

    code, status, message = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")

    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_an_unknown_key_is_refused(server: StrictServer, queue: str) -> None:
    sqs = server.client(aws_access_key_id="AKIAIOSFODNN7EXAMPLE")

    code, status, message = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")

    assert (code, status, message) == (
        "InvalidClientTokenId",
        403,
        "The security token included in the request is invalid.",
    )


def test_an_inactive_key_is_refused_and_a_reactivated_one_is_not(server: StrictServer, queue: str) -> None:
    keys = server.user(allow("sqs:*"), name=(name := f"u-{uuid.uuid4().hex[:8]}"))
    sqs, iam = server.client(**keys), server.client("iam")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    iam.update_access_key(UserName=name, AccessKeyId=keys["aws_access_key_id"], Status="Inactive")

    code, status, _ = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")
    iam.update_access_key(UserName=name, AccessKeyId=keys["aws_access_key_id"], Status="Active")

    assert (code, status) == ("InvalidClientTokenId", 403)
    assert sqs.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]


def test_a_missing_permission_is_refused_with_action_resource_and_reason(
    server: StrictServer, queue: str, name: str
) -> None:
    keys = server.user(allow("sqs:ReceiveMessage"), name=(user := f"u-{uuid.uuid4().hex[:8]}"))

    code, status, message = refusal(server.client(**keys).send_message, QueueUrl=queue, MessageBody="x")

    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: sqs:sendmessage on resource:"
        f" {arn_of(name)} because no identity-based policy allows the sqs:sendmessage action"
    )


def test_an_explicit_deny_wins(server: StrictServer, queue: str, name: str) -> None:
    keys = server.user(allow("sqs:*"), deny("sqs:SendMessage", on=arn_of(name)))

    code, _, message = refusal(server.client(**keys).send_message, QueueUrl=queue, MessageBody="x")

    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_permissions_hold_for_the_queues_they_name(server: StrictServer, admin: Any, queue: str, name: str) -> None:
    other = admin.create_queue(QueueName=f"{name}-other")["QueueUrl"]
    sqs = server.client(**server.user(allow("sqs:SendMessage", on=arn_of(name))))

    sqs.send_message(QueueUrl=queue, MessageBody="x")

    assert refusal(sqs.send_message, QueueUrl=other, MessageBody="x")[0] == "AccessDenied"


def test_a_batch_needs_the_single_operations_permission(server: StrictServer, queue: str, name: str) -> None:
    sqs = server.client(**server.user(allow("sqs:SendMessage", on=arn_of(name))))
    entries = [{"Id": "a", "MessageBody": "x"}]

    assert sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]
    assert refusal(sqs.delete_message_batch, QueueUrl=queue, Entries=[{"Id": "a", "ReceiptHandle": "x"}])[0] == (
        "AccessDenied"
    )


def test_a_changed_policy_holds_at_once(server: StrictServer, queue: str) -> None:
    keys = server.user(allow("sqs:*"), name=(user := f"u-{uuid.uuid4().hex[:8]}"))
    sqs, iam = server.client(**keys), server.client("iam")
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    iam.delete_user_policy(UserName=user, PolicyName="its")

    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"


def test_a_group_lends_its_permissions(server: StrictServer, queue: str) -> None:
    keys = server.user(name=(user := f"u-{uuid.uuid4().hex[:8]}"))
    sqs, iam = server.client(**keys), server.client("iam")
    before = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[0]
    iam.create_group(GroupName=f"g-{user}")
    iam.attach_group_policy(GroupName=f"g-{user}", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")

    iam.add_user_to_group(GroupName=f"g-{user}", UserName=user)

    assert before == "AccessDenied"
    assert sqs.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]


def test_a_boundary_bounds(server: StrictServer, queue: str) -> None:
    keys = server.user(allow("sqs:*"), name=(user := f"u-{uuid.uuid4().hex[:8]}"))
    server.client("iam").put_user_permissions_boundary(
        UserName=user, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    )
    sqs = server.client(**keys)

    code, _, message = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")

    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    assert code == "AccessDenied"
    assert message.endswith("because no permissions boundary allows the sqs:sendmessage action")


def test_conditions_see_the_request(server: StrictServer, queue: str) -> None:
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    elsewhere = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    inside = server.client(**server.user(allow("sqs:SendMessage", Condition=here)))
    outside = server.client(**server.user(allow("sqs:SendMessage", Condition=elsewhere)))

    assert inside.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    assert inside.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    assert refusal(outside.send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"


def test_tls_can_be_demanded(server: StrictServer, admin: Any, queue: str, name: str) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": arn_of(name),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    admin.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(statement)})

    code, _, message = refusal(admin.send_message, QueueUrl=queue, MessageBody="x")

    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a resource-based policy")


# ------------------------------------------------------------------------------------------------------ other accounts


@pytest.fixture
def stranger(house: House) -> Any:
    """A client of another account's administrator."""
    return house[0].client(**house[1])


def test_another_account_is_let_in_by_the_queues_policy_alone_never_by_its_own(
    server: StrictServer, admin: Any, queue: str, name: str, stranger: Any
) -> None:
    code, _, message = refusal(stranger.send_message, QueueUrl=queue, MessageBody="x")
    admin.add_permission(QueueUrl=queue, Label="visitors", AWSAccountIds=[OTHER], Actions=["SendMessage"])

    assert code == "AccessDenied"
    assert message.endswith("because no resource-based policy allows the sqs:sendmessage action")
    assert stranger.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    assert refusal(stranger.receive_message, QueueUrl=queue)[0] == "AccessDenied"


def test_another_accounts_queue_is_not_found_by_name_without_permission(stranger: Any, queue: str, name: str) -> None:
    assert refusal(stranger.get_queue_url, QueueName=name, QueueOwnerAWSAccountId=ACCOUNT)[0] in (
        "AccessDenied",
        "AWS.SimpleQueueService.NonExistentQueue",
    )


def test_everybody_is_let_in_by_a_public_queue(server: StrictServer, admin: Any, queue: str, name: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn_of(name)}
    unsigned = unsigned_client(server)
    before = refusal(unsigned.send_message, QueueUrl=queue, MessageBody="x")

    admin.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(statement)})

    assert before[:2] == ("MissingAuthenticationToken", 403)
    assert unsigned.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    assert refusal(unsigned.receive_message, QueueUrl=queue)[0] == "MissingAuthenticationToken"


def unsigned_client(server: StrictServer) -> Any:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("sqs", endpoint_url=server.url, region_name="us-east-1", config=config)


# --------------------------------------------------------------------------------------------------------------- modes


def test_audit_mode_lets_in_and_logs_what_strict_would_refuse(tmp_path: Path) -> None:
    with StrictServer(tmp_path, mode="audit") as server:
        sqs = server.client(**server.user())
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        server.client(aws_access_key_id="test", aws_secret_access_key="test").send_message(
            QueueUrl=url, MessageBody="x"
        )

    told = [entry for entry in server.log if entry["message"].startswith("strict mode would refuse")]
    assert [entry.get("action") for entry in told if "action" in entry] == ["sqs:CreateQueue"]
    assert any("security token included in the request is invalid" in str(entry.get("reason")) for entry in told)


def test_permissive_mode_knows_the_keys_that_iam_gave_out(tmp_path: Path) -> None:
    with StrictServer(tmp_path, mode="permissive") as server:
        keys = server.user(name="ana")

        assert server.client("sts", **keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ana"
        assert (
            server.client("sts", aws_access_key_id="210987654321", aws_secret_access_key="x").get_caller_identity()[
                "Account"
            ]
            == "210987654321"
        )


def test_init_makes_an_administrator_and_a_profile(tmp_path: Path) -> None:
    home = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": str(tmp_path / "config")}
    done = subprocess.run(
        [str(COMMAND), "init", "--data", str(tmp_path / "data"), "--profile", "chasqui"],
        env={**home, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("AWS_"))

    with Server(tmp_path / "data", "--auth", "strict") as server:
        who = server.client(
            "sts",
            aws_access_key_id=shown["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=shown["AWS_SECRET_ACCESS_KEY"],
        ).get_caller_identity()

    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert shown["AWS_SECRET_ACCESS_KEY"] in (tmp_path / "credentials").read_text()
    assert "endpoint_url = http://127.0.0.1:4566" in (tmp_path / "config").read_text()
    assert (tmp_path / "credentials").stat().st_mode & 0o077 == 0


def test_leave_given_to_a_plain_call_is_not_leave_for_all_that_another_needs(server: StrictServer, name: str) -> None:
    sqs = server.client(**server.user(allow("sqs:CreateQueue")))
    sqs.create_queue(QueueName=name)

    assert refusal(sqs.create_queue, QueueName=name, tags={"team": "orders"})[0] == "AccessDenied"


def test_credentials_that_a_permissive_server_gave_out_open_no_strict_one(tmp_path: Path) -> None:
    with StrictServer(tmp_path, mode="permissive") as server:
        session = session_credentials(server.client("sts").get_session_token()["Credentials"])

    with StrictServer(tmp_path) as server:
        assert refusal(server.client(**session).list_queues)[:2] == ("InvalidClientTokenId", 403)


def test_what_may_be_done_to_a_user_may_hang_on_the_boundary_that_it_has(server: StrictServer) -> None:
    boundary = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    only_bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    keeper = server.client("iam", **server.user(allow("iam:AttachUserPolicy", Condition=only_bounded)))
    iam = server.client("iam")
    free, bounded = (f"u-{uuid.uuid4().hex[:8]}" for _ in range(2))
    iam.create_user(UserName=free)
    iam.create_user(UserName=bounded, PermissionsBoundary=boundary)

    assert keeper.attach_user_policy(UserName=bounded, PolicyArn=boundary)
    assert refusal(keeper.attach_user_policy, UserName=free, PolicyArn=boundary)[0] == "AccessDenied"
