"""Events as receivers read them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chasqui.base.call import Call
from chasqui.base.principal import Principal, root_of, service_principal
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument, bucket_resource
from chasqui.services.s3.notifications.records import Happening, ObjectEvent, body, customer_id, principal_id

ACCOUNT = "123456789012"
AT_MS = 1_700_000_000_123
BUCKET = Bucket(bucket_resource("files", BucketDocument(ACCOUNT, "eu-west-1", 0)))
USER = Principal(kind="user", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/ana", id="AIDAEXAMPLE")
CALL = Call(ACCOUNT, "eu-west-1", USER, USER.id, "", request_id="R", source_address="192.0.2.7")
EVENT = ObjectEvent(order=0xABC, size=3, etag="e", version_id="v")


def record(event: str = "ObjectCreated:Put", told: ObjectEvent = EVENT, call: Call = CALL) -> dict[str, Any]:
    (found,) = json.loads(body(Happening(call, BUCKET, event, "a b", AT_MS), "rule", told))["Records"]
    assert isinstance(found, dict)
    return found


def test_a_record_has_what_aws_has_in_the_order_of_aws() -> None:
    found = record()
    assert list(found) == [
        "eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity", "requestParameters",
        "responseElements", "s3",
    ]  # fmt: skip
    assert found["eventTime"] == "2023-11-14T22:13:20.123Z"
    assert found["awsRegion"] == "eu-west-1"
    assert found["userIdentity"] == {"principalId": "AWS:AIDAEXAMPLE"}
    assert found["requestParameters"] == {"sourceIPAddress": "192.0.2.7"}
    assert found["responseElements"]["x-amz-request-id"] == "R"
    assert found["s3"]["s3SchemaVersion"] == "1.0"
    assert found["s3"]["configurationId"] == "rule"
    assert found["s3"]["bucket"] == {
        "name": "files", "ownerIdentity": {"principalId": customer_id(ACCOUNT)}, "arn": "arn:aws:s3:::files",
    }  # fmt: skip
    assert found["s3"]["object"] == {
        "key": "a+b", "size": 3, "eTag": "e", "versionId": "v", "sequencer": "0000000000000ABC",
    }  # fmt: skip


def test_sequencers_sort_as_texts() -> None:
    orders = [1, 0xF, 0x10, 2**62]
    texts = [record(told=ObjectEvent(each))["s3"]["object"]["sequencer"] for each in orders]
    assert texts == sorted(texts)


@pytest.mark.parametrize("event", ["ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"])
def test_changes_of_tags_and_acls_are_version_2_3_without_size_and_sequencer(event: str) -> None:
    found = record(event)
    assert found["eventVersion"] == "2.3"
    assert set(found["s3"]["object"]) == {"key", "eTag", "versionId"}


def test_a_deleted_object_has_neither_size_nor_etag() -> None:
    found = record("ObjectRemoved:Delete", ObjectEvent(1))
    assert set(found["s3"]["object"]) == {"key", "sequencer"}


def test_what_the_service_does_itself_is_the_services() -> None:
    service = service_principal("s3.amazonaws.com")
    call = msgspec.structs.replace(CALL, principal=service, source_address="")
    found = record("LifecycleExpiration:Delete", ObjectEvent(1), call)
    assert found["eventVersion"] == "2.3"
    assert found["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert found["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}


def test_the_account_itself_is_named_by_its_customer_id() -> None:
    assert principal_id(root_of(ACCOUNT)) == customer_id(ACCOUNT)
    assert customer_id(ACCOUNT) != customer_id("000000000000")
