"""Who may do what to objects, on a strict server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict import StrictServer, allow, deny
from tests.unit.s3_objects.support import Bucket, refused


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    """A server that checks its callers."""
    with StrictServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def owned(house: StrictServer) -> Bucket:
    """The administrator's bucket, with an object."""
    made = Bucket(house.client("s3"), versioning="Enabled")
    made.put("k", b"secret")
    return made


def as_user(house: StrictServer, bucket: Bucket, *statements: dict[str, Any]) -> Bucket:
    """The bucket in the hands of a new user."""
    other = Bucket.__new__(Bucket)
    other.client, other.name = house.client("s3", **house.user(*statements)), bucket.name
    return other


def on(bucket: Bucket, key: str = "*") -> str:
    return f"arn:aws:s3:::{bucket.name}/{key}"


def test_whoever_may_not_list_is_not_told_what_is_missing(house: StrictServer, owned: Bucket) -> None:
    user = as_user(house, owned, allow("s3:GetObject", on=on(owned)))

    assert user.read("k") == b"secret"
    with refused("AccessDenied", 403):
        user.get("nothing")
    lister = as_user(house, owned, allow("s3:GetObject", "s3:ListBucket"))
    with refused("NoSuchKey", 404):
        lister.get("nothing")


def test_versions_are_read_by_another_leave(house: StrictServer, owned: Bucket) -> None:
    version = owned.get("k")["VersionId"]
    user = as_user(house, owned, allow("s3:GetObject", on=on(owned)))
    reader = as_user(house, owned, allow("s3:GetObjectVersion", on=on(owned)))

    with refused("AccessDenied", 403):
        user.get("k", VersionId=version)
    assert reader.read("k", VersionId=version) == b"secret"


def test_tags_with_a_put_want_leave_for_tagging(house: StrictServer, owned: Bucket) -> None:
    writer = as_user(house, owned, allow("s3:PutObject", on=on(owned)))
    tagger = as_user(house, owned, allow("s3:PutObject", "s3:PutObjectTagging", on=on(owned)))

    writer.put("new")
    with refused("AccessDenied", 403):
        writer.put("tagged", Tagging="a=b")
    tagger.put("tagged", Tagging="a=b")


def test_a_copy_wants_leave_to_read_its_source(house: StrictServer, owned: Bucket) -> None:
    writer = as_user(house, owned, allow("s3:PutObject", on=on(owned)))
    copier = as_user(house, owned, allow("s3:PutObject", on=on(owned)), allow("s3:GetObject", on=on(owned, "k")))

    with refused("AccessDenied", 403):
        writer.copy("copy", f"{owned.name}/k")
    copier.copy("copy", f"{owned.name}/k")


def test_a_batch_is_judged_key_by_key(house: StrictServer, owned: Bucket) -> None:
    owned.put("mine/1")
    user = as_user(house, owned, allow("s3:DeleteObject", on=on(owned, "mine/*")))

    answer = user.client.delete_objects(Bucket=owned.name, Delete={"Objects": [{"Key": "mine/1"}, {"Key": "k"}]})

    assert [each["Key"] for each in answer["Deleted"]] == ["mine/1"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("k", "AccessDenied")]
    assert owned.keys() == ["k"]


def test_a_list_may_be_allowed_for_a_prefix(house: StrictServer, owned: Bucket) -> None:
    condition = {"StringEquals": {"s3:prefix": "mine/", "s3:delimiter": "/"}}
    user = as_user(house, owned, allow("s3:ListBucket", Condition=condition))

    assert user.keys(Prefix="mine/", Delimiter="/") == []
    with refused("AccessDenied", 403):
        user.keys(Prefix="mine/")
    with refused("AccessDenied", 403):
        user.keys()


def test_writes_can_be_bound_to_their_headers(house: StrictServer, owned: Bucket) -> None:
    plain = {"StringNotEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}
    user = as_user(house, owned, allow("s3:PutObject"), deny("s3:PutObject", Condition=plain))

    user.put("rare", StorageClass="STANDARD_IA")
    with refused("AccessDenied", 403):
        user.put("often")


def test_conditional_deletes_want_leave_to_read(house: StrictServer, owned: Bucket) -> None:
    user = as_user(house, owned, allow("s3:DeleteObject", on=on(owned)))

    with refused("AccessDenied", 403):
        user.delete("k", IfMatch="*")
    user.delete("k")


def test_strangers_read_what_the_policy_lets_them_but_not_with_other_headers(
    house: StrictServer, owned: Bucket
) -> None:
    owned.client.delete_public_access_block(Bucket=owned.name)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": on(owned)}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    owned.client.put_bucket_policy(Bucket=owned.name, Policy=text)
    url = f"{house.url}/{owned.name}/k"

    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"secret"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}?response-content-type=text/html")
    assert caught.value.code == 400
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{house.url}/{owned.name}/nothing")
    assert caught.value.code == 403
