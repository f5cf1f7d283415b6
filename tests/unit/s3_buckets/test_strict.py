"""Who may do what to buckets on a server that checks: policies, public access, ACLs, strangers and nobody."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict import OTHER, House, StrictServer, allow, deny, policy, refusal, shared_house


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server of two accounts."""
    with shared_house(tmp_path_factory.mktemp("strict")) as house:
        yield house


@pytest.fixture(scope="module")
def server(both: House) -> StrictServer:
    return both[0]


@pytest.fixture(scope="module")
def s3(server: StrictServer) -> Any:
    """The administrator's client."""
    return server.client("s3")


@pytest.fixture(scope="module")
def stranger(both: House) -> Any:
    """A client of the other account's administrator."""
    return both[0].client("s3", **both[1])


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket with an object that does not block public access."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    s3.put_object(Bucket=name, Key="a", Body=b"hello")
    return name


def anybody(server: StrictServer, path: str) -> tuple[int, str]:
    """What a GET without credentials is answered."""
    try:
        with urllib.request.urlopen(f"{server.url}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def read_by(bucket: str, principal: Any) -> str:
    return policy(allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", Principal=principal))


def test_a_user_needs_a_policy_to_create_a_bucket(server: StrictServer) -> None:
    may = server.client("s3", **server.user(allow("s3:CreateBucket", on="arn:aws:s3:::mine-*")))

    may.create_bucket(Bucket="mine-1")

    assert refusal(may.create_bucket, Bucket="yours-1")[:2] == ("AccessDenied", 403)
    assert refusal(may.delete_bucket, Bucket="mine-1")[0] == "AccessDenied"


def test_an_ownership_header_needs_leave_of_its_own(server: StrictServer) -> None:
    may = server.client("s3", **server.user(allow("s3:CreateBucket")))

    code, *_ = refusal(may.create_bucket, Bucket="with-owner", ObjectOwnership="ObjectWriter")

    assert code == "AccessDenied"


def test_a_missing_bucket_is_no_secret(server: StrictServer) -> None:
    nobody = server.client("s3", **server.user())

    assert refusal(nobody.list_objects_v2, Bucket="never-was")[0] == "NoSuchBucket"
    assert anybody(server, "/never-was/a")[0] == 404


def test_creating_a_strangers_bucket_is_told_as_such(stranger: Any, bucket: str) -> None:
    assert refusal(stranger.create_bucket, Bucket=bucket)[0] == "BucketAlreadyExists"


def test_a_private_bucket_is_closed_to_strangers_and_to_nobody(
    server: StrictServer, stranger: Any, bucket: str
) -> None:
    assert refusal(stranger.get_object, Bucket=bucket, Key="a")[:2] == ("AccessDenied", 403)
    status, body = anybody(server, f"/{bucket}/a")
    assert (status, "<Error><Code>AccessDenied</Code>" in body) == (403, True)


def test_a_policy_lets_another_account_in_and_out_again(s3: Any, stranger: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=read_by(bucket, {"AWS": OTHER}))
    read = stranger.get_object(Bucket=bucket, Key="a")["Body"].read()

    s3.delete_bucket_policy(Bucket=bucket)

    assert read == b"hello"
    assert refusal(stranger.get_object, Bucket=bucket, Key="a")[0] == "AccessDenied"


def test_a_public_policy_lets_everybody_read(server: StrictServer, s3: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=read_by(bucket, "*"))

    assert anybody(server, f"/{bucket}/a") == (200, "hello")
    assert anybody(server, f"/{bucket}")[0] == 403


def test_restricted_public_buckets_are_for_their_own_account(
    server: StrictServer, s3: Any, stranger: Any, bucket: str
) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=read_by(bucket, "*"))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    own = server.client("s3", **server.user())

    assert anybody(server, f"/{bucket}/a")[0] == 403
    assert refusal(stranger.get_object, Bucket=bucket, Key="a")[0] == "AccessDenied"
    assert own.get_object(Bucket=bucket, Key="a")["Body"].read() == b"hello"


def test_restriction_leaves_policies_alone_that_are_not_public(s3: Any, stranger: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=read_by(bucket, {"AWS": OTHER}))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})

    assert stranger.get_object(Bucket=bucket, Key="a")["Body"].read() == b"hello"


def test_a_denial_in_the_buckets_policy_wins(server: StrictServer, s3: Any, bucket: str) -> None:
    may = server.client("s3", **server.user(allow("s3:*")))
    before = may.get_object(Bucket=bucket, Key="a")["Body"].read()
    denial = deny("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", Principal="*")

    s3.put_bucket_policy(Bucket=bucket, Policy=policy(denial))

    assert before == b"hello"
    assert "explicit deny in a resource-based policy" in refusal(may.get_object, Bucket=bucket, Key="a")[2]


def test_a_policy_is_the_owners_business_alone(s3: Any, stranger: Any, bucket: str) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    text = policy(allow("s3:GetBucketPolicy", "s3:PutBucketPolicy", on=arn, Principal={"AWS": OTHER}))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)

    assert refusal(stranger.get_bucket_policy, Bucket=bucket)[:2] == ("MethodNotAllowed", 405)


@pytest.fixture
def listed(s3: Any, bucket: str) -> str:
    """The bucket, with ACLs."""
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    return bucket


def test_a_public_acl_lets_everybody_list_the_bucket_but_not_read_in_it(
    server: StrictServer, s3: Any, listed: str
) -> None:
    s3.put_bucket_acl(Bucket=listed, ACL="public-read")

    assert "<Key>a</Key>" in anybody(server, f"/{listed}")[1]
    assert anybody(server, f"/{listed}/a")[0] == 403


def test_a_public_objects_acl_lets_everybody_read_it(server: StrictServer, s3: Any, listed: str) -> None:
    s3.put_object(Bucket=listed, Key="open", Body=b"for all", ACL="public-read")

    assert anybody(server, f"/{listed}/open") == (200, "for all")
    assert anybody(server, f"/{listed}/a")[0] == 403


def test_authenticated_read_is_for_whoever_signs(server: StrictServer, s3: Any, stranger: Any, listed: str) -> None:
    s3.put_object(Bucket=listed, Key="members", Body=b"for members", ACL="authenticated-read")

    assert stranger.get_object(Bucket=listed, Key="members")["Body"].read() == b"for members"
    assert anybody(server, f"/{listed}/members")[0] == 403


def test_ignored_public_acls_open_nothing(server: StrictServer, s3: Any, listed: str) -> None:
    s3.put_bucket_acl(Bucket=listed, ACL="public-read")

    s3.put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})

    assert anybody(server, f"/{listed}")[0] == 403


def test_nobody_lists_or_creates_buckets(server: StrictServer) -> None:
    request = urllib.request.Request(f"{server.url}/nobodys-bucket", method="PUT")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.code == 403
