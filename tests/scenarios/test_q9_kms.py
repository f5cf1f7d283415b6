"""Q9 with KMS keys: queues whose messages are sealed under a key that somebody controls, in both ways of letting in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engines import Engine
from tests.scenarios.test_q9_encryption import on_disk
from tests.strict import ACCOUNT, StrictServer, allow, policy, refusal
from tests.support import Server

SECRET = "o segredo do chasqui"
MANAGED = "alias/aws/sqs"


@pytest.fixture
def kms(server: Server) -> Iterator[Any]:
    client = server.client("kms")
    yield client
    client.close()


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def create(sqs: Any, key: str, **attributes: str) -> str:
    """The URL of a new queue under this key."""
    name = f"queue-{uuid.uuid4().hex[:12]}"
    return str(sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key, **attributes})["QueueUrl"])


def bodies(sqs: Any, url: str, **options: Any) -> list[str]:
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
    return sorted(message["Body"] for message in got.get("Messages", []))


def code(call: Any, **parameters: Any) -> str:
    """The error that a call must give, as SDKs name it."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return type(caught.value).__name__


def test_q9_messages_under_a_kms_key_are_sent_and_received(sqs: Any, kms: Any, key: str) -> None:
    alias = f"alias/{uuid.uuid4().hex}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    alias_arn = key.partition(":key/")[0] + ":" + alias
    for name in (key, key.partition("/")[2], alias, alias_arn, MANAGED):
        url = create(sqs, name)

        sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes=_note("x"))
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "two"}])

        assert bodies(sqs, url, MessageAttributeNames=["All"]) == ["one", "two"]


def _note(text: str) -> dict[str, Any]:
    return {"note": {"DataType": "String", "StringValue": text}}


def test_q9_a_fifo_queue_under_a_kms_key_keeps_its_order(sqs: Any, key: str) -> None:
    attributes = {"KmsMasterKeyId": key, "FifoQueue": "true", "ContentBasedDeduplication": "true"}
    name = f"queue-{uuid.uuid4().hex[:12]}.fifo"
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    for body in ("1", "2", "2", "3"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")

    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    assert [message["Body"] for message in got] == ["1", "2", "3"]


@pytest.mark.parametrize("key_id", ["1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "alias/none", "testKeyId"])
def test_q9_a_key_that_is_not_there_refuses_what_is_sent(sqs: Any, key_id: str) -> None:
    url = create(sqs, key_id)

    assert code(sqs.send_message, QueueUrl=url, MessageBody="x") == "KmsNotFound"
    assert code(sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}]) == "KmsNotFound"
    assert bodies(sqs, url) == []


def test_q9_a_disabled_key_refuses_and_the_messages_stay(sqs: Any, kms: Any, key: str) -> None:
    url = create(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="x")

    kms.disable_key(KeyId=key)

    assert code(sqs.send_message, QueueUrl=url, MessageBody="y") == "KmsDisabled"
    assert code(sqs.receive_message, QueueUrl=url) == "KmsDisabled"
    kms.enable_key(KeyId=key)
    assert bodies(sqs, url) == ["x"]


def test_q9_what_can_not_be_opened_is_not_dead_lettered(sqs: Any, kms: Any, key: str, queue: str) -> None:
    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    redrive = json.dumps({"deadLetterTargetArn": shown["QueueArn"], "maxReceiveCount": 1})
    url = create(sqs, key, RedrivePolicy=redrive)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    kms.disable_key(KeyId=key)

    for _ in range(3):
        assert code(sqs.receive_message, QueueUrl=url) == "KmsDisabled"

    kms.enable_key(KeyId=key)
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert got["Attributes"] == {"ApproximateReceiveCount": "1"}


def test_q9_what_is_under_another_key_that_fails_comes_back_at_once(sqs: Any, kms: Any, key: str) -> None:
    url = create(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": MANAGED})
    kms.disable_key(KeyId=key)

    assert code(sqs.receive_message, QueueUrl=url) == "KmsDisabled"

    kms.enable_key(KeyId=key)
    assert bodies(sqs, url) == ["x"]


def test_q9_a_key_on_its_way_out_refuses(sqs: Any, kms: Any, key: str) -> None:
    url = create(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="x")

    kms.schedule_key_deletion(KeyId=key)

    assert code(sqs.send_message, QueueUrl=url, MessageBody="y") == "KmsInvalidState"
    assert code(sqs.receive_message, QueueUrl=url) == "KmsInvalidState"


def test_q9_a_key_for_something_else_refuses(sqs: Any, kms: Any) -> None:
    other = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]

    assert code(sqs.send_message, QueueUrl=create(sqs, other), MessageBody="x") == "KmsInvalidKeyUsage"


def test_q9_messages_under_a_kms_key_open_in_their_dead_letter_queue(sqs: Any, key: str, queue: str) -> None:
    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    redrive = json.dumps({"deadLetterTargetArn": shown["QueueArn"], "maxReceiveCount": 1})
    url = create(sqs, key, RedrivePolicy=redrive)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url, VisibilityTimeout=0) == ["x"]

    assert bodies(sqs, url) == []
    assert bodies(sqs, queue) == ["x"]


def test_q9_what_was_sent_before_a_change_of_keys_still_opens(sqs: Any, key: str, queue: str) -> None:
    for number, key_id in enumerate(("", key, MANAGED, "")):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": key_id})
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))

    assert bodies(sqs, queue) == ["0", "1", "2", "3"]


def test_q9_a_look_into_a_queue_opens_what_a_kms_key_seals(server: Server, sqs: Any, key: str) -> None:
    from urllib.request import Request, urlopen

    url = create(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="x")

    asked = Request(f"{server.url}/_aws/sqs/messages?QueueUrl={url}", headers={"accept": "application/json"})
    with urlopen(asked) as answer:
        shown = json.load(answer)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]

    assert [message["Body"] for message in shown] == ["x"]


def test_q9_neither_bodies_nor_data_keys_lie_readable_on_disk(tmp_path: Path, engine: Engine) -> None:
    secret = f"{SECRET} {uuid.uuid4()}"
    options = engine.options()
    with Server(tmp_path, *options) as server:
        sqs, kms = server.client(), server.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        url = create(sqs, key)
        sqs.send_message(QueueUrl=url, MessageBody=secret, MessageAttributes=_note(secret))
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        sqs.close(), kms.close()

    assert not on_disk(engine.folder or tmp_path, secret)
    with Server(tmp_path, *options) as server:
        sqs, kms = server.client(), server.client("kms")
        url = sqs.get_queue_url(QueueName=url.rpartition("/")[2])["QueueUrl"]
        assert bodies(sqs, url) == [secret]
        assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
        sqs.close(), kms.close()


# ------------------------------------------------------------------------------------------------------------- strict


@pytest.fixture(scope="module")
def strict(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict"), *engine.options()) as running:
        yield running


@pytest.fixture
def admin(strict: StrictServer) -> Any:
    return strict.client("kms")


@pytest.fixture
def guarded(admin: Any) -> str:
    """A key of the strict server."""
    return str(admin.create_key()["KeyMetadata"]["Arn"])


def clerk(strict: StrictServer, *statements: dict[str, Any], service: str = "sqs") -> tuple[Any, str]:
    """A client of a new user who may use queues, and what the statements say; and the user's ARN."""
    name = f"user-{uuid.uuid4().hex[:12]}"
    credentials = strict.user(allow("sqs:*"), *statements, name=name)
    return strict.client(service, **credentials), f"arn:aws:iam::{ACCOUNT}:user/{name}"


def test_q9_sending_needs_leave_to_make_data_keys_and_to_open_them(strict: StrictServer, guarded: str) -> None:
    url = create(strict.client(), guarded)
    for actions, missing in (((), "kms:GenerateDataKey"), (("kms:GenerateDataKey",), "kms:Decrypt")):
        statements = [allow(*actions, on=guarded)] if actions else []
        user, arn = clerk(strict, *statements)

        told = refusal(user.send_message, QueueUrl=url, MessageBody="x")

        assert told == (
            "KMS.AccessDeniedException",
            400,
            f"User: {arn} is not authorized to perform: {missing} on resource: {guarded} because no identity-based"
            f" policy allows the {missing} action",
        )
    user, _ = clerk(strict, allow("kms:GenerateDataKey", "kms:Decrypt", on=guarded))
    user.send_message(QueueUrl=url, MessageBody="x")


def test_q9_receiving_needs_leave_to_open(strict: StrictServer, guarded: str) -> None:
    admin = strict.client()
    url = create(admin, guarded)
    admin.send_message(QueueUrl=url, MessageBody="x")
    without, _ = clerk(strict)
    via = {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}
    context = {"StringLike": {"kms:EncryptionContext:aws:sqs:arn": "arn:aws:sqs:*"}}
    user, _ = clerk(strict, allow("kms:Decrypt", on=guarded, Condition={**via, **context}))

    assert refusal(without.receive_message, QueueUrl=url)[0] == "KMS.AccessDeniedException"
    assert bodies(user, url) == ["x"]


def test_q9_the_managed_key_is_for_all_who_may_use_the_queue(strict: StrictServer) -> None:
    user, _ = clerk(strict)
    url = create(strict.client(), MANAGED)

    user.send_message(QueueUrl=url, MessageBody="x")

    assert bodies(user, url) == ["x"]


def test_q9_a_managed_key_is_not_made_for_whom_it_is_not_for(strict: StrictServer, admin: Any) -> None:
    user, _ = clerk(strict, service="kms")

    assert refusal(user.encrypt, KeyId="alias/aws/ssm", Plaintext=b"x")[0] == "AccessDeniedException"
    assert refusal(user.describe_key, KeyId="alias/aws/ssm")[0] == "AccessDeniedException"

    assert "alias/aws/ssm" not in [each["AliasName"] for each in admin.list_aliases()["Aliases"]]
    assert admin.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyManager"] == "AWS"


def test_q9_a_grant_lets_in_whom_no_policy_does(strict: StrictServer, admin: Any, guarded: str) -> None:
    url = create(strict.client(), guarded)
    user, arn = clerk(strict)
    queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.rpartition('/')[2]}"
    grant = {"KeyId": guarded, "GranteePrincipal": arn, "Operations": ["GenerateDataKey", "Decrypt"]}
    elsewhere = admin.create_grant(Constraints={"EncryptionContextEquals": {"aws:sqs:arn": "other"}}, **grant)

    assert refusal(user.send_message, QueueUrl=url, MessageBody="x")[0] == "KMS.AccessDeniedException"
    made = admin.create_grant(Constraints={"EncryptionContextEquals": {"aws:sqs:arn": queue_arn}}, **grant)
    user.send_message(QueueUrl=url, MessageBody="x")
    for each in (made, elsewhere):
        admin.revoke_grant(KeyId=guarded, GrantId=each["GrantId"])
    assert refusal(user.receive_message, QueueUrl=url)[0] == "KMS.AccessDeniedException"


def test_q9_a_key_is_its_key_policys_to_open(strict: StrictServer, admin: Any, guarded: str) -> None:
    """A user whose own policies allow everything, where the key policy does not hand the account the key."""
    user, _ = clerk(strict, allow("kms:*"), service="kms")
    user.encrypt(KeyId=guarded, Plaintext=b"x")
    me = strict.client("sts").get_caller_identity()["Arn"]
    owner = {**allow("kms:*"), "Principal": {"AWS": me}}

    admin.put_key_policy(KeyId=guarded, Policy=policy(owner))

    told = refusal(user.encrypt, KeyId=guarded, Plaintext=b"x")
    assert told[0] == "AccessDeniedException"
    assert told[2].endswith("because no resource-based policy allows the kms:Encrypt action")
    admin.encrypt(KeyId=guarded, Plaintext=b"x")


def test_q9_leave_for_a_key_counts_by_whatever_name_it_is_called(
    strict: StrictServer, admin: Any, guarded: str
) -> None:
    alias = f"alias/{uuid.uuid4().hex}"
    admin.create_alias(AliasName=alias, TargetKeyId=guarded)
    user, _ = clerk(strict, allow("kms:Encrypt", "kms:Decrypt", on=guarded), service="kms")
    other = admin.create_key()["KeyMetadata"]["KeyId"]

    sealed = user.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]

    assert user.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert refusal(user.encrypt, KeyId=other, Plaintext=b"x")[0] == "AccessDeniedException"
    admin.update_alias(AliasName=alias, TargetKeyId=other)
    assert refusal(user.encrypt, KeyId=alias, Plaintext=b"x")[0] == "AccessDeniedException"


def test_q9_a_grantee_may_retire_what_it_was_given_leave_to(strict: StrictServer, admin: Any, guarded: str) -> None:
    user, arn = clerk(strict, service="kms")
    other, other_arn = clerk(strict, service="kms")
    made = admin.create_grant(KeyId=guarded, GranteePrincipal=arn, Operations=["Encrypt", "RetireGrant"])
    admin.create_grant(KeyId=guarded, GranteePrincipal=other_arn, Operations=["Encrypt", "RetireGrant"])

    assert refusal(other.retire_grant, KeyId=guarded, GrantId=made["GrantId"])[0] == "AccessDeniedException"
    user.retire_grant(GrantToken=made["GrantToken"])
    assert refusal(user.encrypt, KeyId=guarded, Plaintext=b"x")[0] == "AccessDeniedException"
    other.encrypt(KeyId=guarded, Plaintext=b"x")
