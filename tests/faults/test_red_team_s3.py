"""Whoever wants an object that is another's, by a copy, a batch, an upload, a version, a link or a form: refused, on a
strict server. And what is put into objects' headers to be smuggled into answers stays what it was put as."""

from __future__ import annotations

import base64
import hashlib
import http.client
import urllib.parse
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from tests.strict import ADMIN, House, StrictServer, allow, refusal, shared_house

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("redteam")) as both:
        yield both


@pytest.fixture(scope="module")
def server(house: House) -> StrictServer:
    return house[0]


@pytest.fixture(scope="module")
def admin(server: StrictServer) -> Any:
    s3 = client_of(server, ADMIN)
    for name in ("secret", "open"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a", Body=name.encode())
    return s3


@pytest.fixture(scope="module")
def thief(server: StrictServer, admin: Any) -> Any:
    """Somebody who may do everything with one of the two buckets."""
    return client_of(server, server.user(allow("s3:*", on=["arn:aws:s3:::open", "arn:aws:s3:::open/*"])))


def ask(server: StrictServer, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    """A request laid out by hand: (status, fields, body)."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(method, target, skip_host="Host" in headers)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def client_of(server: StrictServer, credentials: dict[str, str]) -> Any:
    """A client that signs links as requests are signed."""
    config = Config(signature_version="s3v4", retries={"max_attempts": 0})
    return boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", config=config, **credentials)


def signed(client: Any, operation: str = "get_object", **parameters: Any) -> str:
    return str(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=60))


def signed_by_hand(server: StrictServer, client: Any, path: str, method: str = "GET") -> str:
    """A link to any address."""
    request = AWSRequest(method, server.url + path)
    S3SigV4QueryAuth(client._request_signer._credentials, "s3", "us-east-1", expires=60).add_auth(request)
    return str(request.prepare().url)


class TestOthersObjects:
    """What a caller of one bucket may not have of the other."""

    def test_a_copy_asks_for_leave_to_read_its_source(self, thief: Any) -> None:
        for source in ("secret/a", "/secret/a", {"Bucket": "secret", "Key": "a"}):
            assert refusal(thief.copy_object, Bucket="open", Key="b", CopySource=source)[:2] == ("AccessDenied", 403)

    def test_a_part_asks_for_leave_to_read_its_source(self, thief: Any) -> None:
        upload = thief.create_multipart_upload(Bucket="open", Key="b")["UploadId"]

        found = refusal(
            thief.upload_part_copy, Bucket="open", Key="b", UploadId=upload, PartNumber=1, CopySource="secret/a"
        )

        assert found[:2] == ("AccessDenied", 403)

    def test_a_batch_of_deletions_asks_for_each_key(self, server: StrictServer, admin: Any) -> None:
        user = server.client("s3", **server.user(allow("s3:DeleteObject", on="arn:aws:s3:::open/mine/*")))
        admin.put_object(Bucket="open", Key="mine/x")
        admin.put_object(Bucket="open", Key="theirs")

        found = user.delete_objects(Bucket="open", Delete={"Objects": [{"Key": "mine/x"}, {"Key": "theirs"}]})

        assert [each["Key"] for each in found["Deleted"]] == ["mine/x"]
        assert [(each["Key"], each["Code"]) for each in found["Errors"]] == [("theirs", "AccessDenied")]
        assert admin.head_object(Bucket="open", Key="theirs")["ContentLength"] == 0

    def test_an_upload_is_known_under_its_own_bucket_and_key_alone(self, admin: Any, thief: Any) -> None:
        upload = admin.create_multipart_upload(Bucket="secret", Key="a")["UploadId"]
        for key in ("a", "b", "../secret/a", "a\x01\x01"):
            for call, more in (
                (thief.upload_part, {"PartNumber": 1, "Body": b"x"}),
                (thief.abort_multipart_upload, {}),
                (thief.list_parts, {}),
            ):
                found = refusal(call, Bucket="open", Key=key, UploadId=upload, **more)
                assert found[:2] == ("NoSuchUpload", 404)

    def test_a_version_is_known_under_its_own_key_alone(self, admin: Any) -> None:
        admin.create_bucket(Bucket="versions")
        admin.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
        version = admin.put_object(Bucket="versions", Key="a", Body=b"a")["VersionId"]
        admin.put_object(Bucket="versions", Key="b", Body=b"b")

        found = refusal(admin.get_object, Bucket="versions", Key="b", VersionId=version)

        assert found[0] == "NoSuchVersion"

    def test_an_object_that_is_public_now_does_not_make_its_older_versions_public(
        self, server: StrictServer, admin: Any
    ) -> None:
        admin.create_bucket(Bucket="past", ObjectOwnership="ObjectWriter")
        admin.delete_public_access_block(Bucket="past")
        admin.put_bucket_versioning(Bucket="past", VersioningConfiguration={"Status": "Enabled"})
        private = admin.put_object(Bucket="past", Key="a", Body=b"private")["VersionId"]
        public = admin.put_object(Bucket="past", Key="a", Body=b"public", ACL="public-read")["VersionId"]

        assert ask(server, f"/past/a?versionId={public}")[::2] == (200, b"public")
        assert ask(server, f"/past/a?versionId={private}")[0] == 403

    @pytest.mark.parametrize(
        "path",
        ["/open/../secret/a", "/open/..%2fsecret/a", "/open%2f..%2fsecret/a", "/open/%2e%2e/secret/a", "//secret/a"],
    )
    def test_a_path_means_the_same_to_who_judges_and_to_who_serves(
        self, server: StrictServer, thief: Any, path: str
    ) -> None:
        status, _, body = ask(server, signed_by_hand(server, thief, path))

        assert status in (400, 403, 404, 405)
        assert body != b"secret"


class TestLinks:
    """Links that were signed for something else."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("/open/a", "/secret/a"),
            ("/open/a", "/open/b"),
            ("X-Amz-Expires=60", "X-Amz-Expires=6000"),
            ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
        ],
    )
    def test_a_link_is_good_for_what_was_signed(self, server: StrictServer, thief: Any, old: str, new: str) -> None:
        url = signed(thief, Bucket="open", Key="a")
        assert old in url

        assert ask(server, url)[0] == 200
        assert ask(server, url.replace(old, new))[0] in (400, 403)

    @pytest.mark.parametrize(
        "more", ["&response-content-type=text/html", "&versionId=null", "&acl", "&partNumber=1", "&uploads"]
    )
    def test_a_link_takes_no_more_parameters(self, server: StrictServer, thief: Any, more: str) -> None:
        assert ask(server, signed(thief, Bucket="open", Key="a") + more)[0] == 403

    def test_a_link_is_for_one_method(self, server: StrictServer, thief: Any) -> None:
        url = signed(thief, Bucket="open", Key="a")

        assert ask(server, url, "DELETE")[0] == ask(server, url, "PUT", b"x")[0] == 403

    def test_a_link_is_for_one_host(self, server: StrictServer, thief: Any) -> None:
        assert ask(server, signed(thief, Bucket="open", Key="a"), Host="secret.s3.localhost")[0] == 403

    def test_a_header_that_changes_what_is_done_must_be_signed(self, server: StrictServer, thief: Any) -> None:
        url = signed(thief, "put_object", Bucket="open", Key="c")

        status, _, _ = ask(server, url, "PUT", **{"x-amz-copy-source": "/open/a"})

        assert status == 403


class TestForms:
    """Forms beyond their policies."""

    @staticmethod
    def post(server: StrictServer, url: str, fields: dict[str, str], file: bytes = b"content") -> Answer:
        boundary = "b0und4ry"
        parts = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        body = (parts + head).encode() + file + f"\r\n--{boundary}--\r\n".encode()
        return ask(server, url, "POST", body, **{"Content-Type": f"multipart/form-data; boundary={boundary}"})

    @pytest.mark.parametrize(
        ("change", "size"),
        [
            ({"key": "elsewhere"}, 7),
            ({"acl": "public-read"}, 7),
            ({"Content-Type": "text/html"}, 7),
            ({"x-amz-meta-more": "x"}, 7),
            ({"success_action_redirect": "https://evil.example"}, 7),
            ({"tagging": "<Tagging><TagSet/></Tagging>"}, 7),
            ({"bucket": "open", "key": "up/../../secret"}, 11),
            ({}, 11),
            ({}, 0),
        ],
    )
    def test_a_form_is_held_to_its_policy(
        self, server: StrictServer, thief: Any, change: dict[str, str], size: int
    ) -> None:
        form = thief.generate_presigned_post("open", "up/f", Conditions=[["content-length-range", 1, 10]])

        assert self.post(server, form["url"], form["fields"])[0] == 204
        assert self.post(server, form["url"], {**form["fields"], **change}, b"x" * size)[0] in (400, 403)

    def test_a_form_for_one_bucket_is_not_for_another(self, server: StrictServer, thief: Any) -> None:
        form = thief.generate_presigned_post("open", "f")

        for more in ({}, {"bucket": "open"}):
            assert self.post(server, form["url"].replace("open", "secret"), {**form["fields"], **more})[0] == 403

    def test_a_policy_that_is_signed_with_odd_numbers_is_refused(self, server: StrictServer, admin: Any) -> None:
        form = admin.generate_presigned_post("open", "f", Conditions=[["content-length-range", 0, 1e999]])

        assert self.post(server, form["url"], form["fields"])[0] == 400

    def test_the_answers_to_forms_are_harmless_to_browsers(self, server: StrictServer, admin: Any) -> None:
        form = admin.generate_presigned_post(
            "open", "<script>", Fields={"success_action_status": "201"}, Conditions=[{"success_action_status": "201"}]
        )

        for fields in (form["fields"], {**form["fields"], "x-amz-signature": "0"}):
            _, headers, _ = self.post(server, form["url"], fields)
            assert headers["content-security-policy"] == "sandbox"
            assert headers["x-content-type-options"] == "nosniff"


class TestSmuggling:
    """Line ends in what becomes a header of an answer."""

    @staticmethod
    def smuggled(server: StrictServer, url: str) -> bool:
        _, headers, _ = ask(server, url)
        return "smuggled" in headers

    def test_encoded_words_do_not_end_a_line(self, server: StrictServer, admin: Any) -> None:
        word = base64.b64encode(b"a\r\nSmuggled: yes").decode()
        admin.put_object(Bucket="open", Key="meta", Metadata={"m": f"=?UTF-8?B?{word}?="})

        status, headers, _ = ask(server, signed(admin, Bucket="open", Key="meta"))

        assert status == 200
        assert "smuggled" not in headers

    @pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition", "x-amz-meta-m", "Cache-Control"])
    def test_fields_of_forms_do_not_end_a_line(self, server: StrictServer, admin: Any, name: str) -> None:
        value = {name: "a\r\nSmuggled: yes"}
        form = admin.generate_presigned_post("open", "lines", Fields=value, Conditions=[value])

        status, _, _ = TestForms.post(server, form["url"], form["fields"])
        found, headers, _ = ask(server, signed(admin, Bucket="open", Key="lines"))

        assert (status == 400 and found == 404) or (status == 204 and found == 200)
        assert "smuggled" not in headers

    def test_parameters_do_not_end_a_line(self, server: StrictServer, admin: Any) -> None:
        for name in ("ResponseContentType", "ResponseContentDisposition", "ResponseCacheControl"):
            url = signed(admin, Bucket="open", Key="a", **{name: "a\r\nSmuggled: yes"})

            status, headers, _ = ask(server, url)

            assert status < 500
            assert "smuggled" not in headers


class TestOddities:
    """Values that only an attacker sends: refused or ignored, never an error of the server's."""

    @pytest.mark.parametrize(
        "range_",
        ["bytes=0-" + "9" * 5000, "bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000, "bytes=0-\xb2", "x=" * 9],
    )
    def test_ranges(self, server: StrictServer, admin: Any, range_: str) -> None:
        assert ask(server, signed(admin, Bucket="open", Key="a"), Range=range_)[0] in (200, 206, 400, 416)

    @pytest.mark.parametrize("expires", ["Fri, 31 Dec 99999 23:59:59 GMT", "1e300", "-1", "99999999999999", "nan"])
    def test_moments_that_answers_should_have(self, server: StrictServer, admin: Any, expires: str) -> None:
        url = signed_by_hand(server, admin, f"/open/a?response-expires={urllib.parse.quote(expires)}")

        assert ask(server, url)[0] in (200, 400)

    @pytest.mark.parametrize(
        "body",
        [
            b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><Delete><Object><Key>&c;</Key></Object></Delete>',
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&b;</Key></Object></Delete>',
            b"<Delete>" + b"<Object>" * 100_000,
            b"<Delete>" + b"<Object><Key>k</Key></Object>" * 40_000 + b"</Delete>",
            b"<Delete " + b" ".join(b'a%d="b"' % each for each in range(50_000)) + b"/>",
            b"<Delete><Object><Key>" + b"k" * 1_000_000 + b"</Key></Object></Delete>",
        ],
        ids=["bomb", "entity", "depth", "many", "attributes", "long"],
    )
    def test_xml(self, server: StrictServer, admin: Any, body: bytes) -> None:
        url = signed_by_hand(server, admin, "/open?delete", "POST")
        digest = base64.b64encode(hashlib.md5(body).digest()).decode()

        status, _, answer = ask(server, url, "POST", body, **{"Content-MD5": digest})

        assert status == 400 or (status == 200 and b"<Error>" in answer and b"<Deleted>" not in answer)
        assert b"root:" not in answer
        assert ask(server, signed(admin, Bucket="open", Key="a"))[0] == 200

    def test_errors_about_objects_are_harmless_to_browsers(self, server: StrictServer, admin: Any) -> None:
        status, headers, body = ask(server, signed(admin, Bucket="open", Key="<script>alert(1)</script>"))

        assert status == 404
        assert b"<script>" not in body
        assert headers["content-security-policy"] == "sandbox"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_policy_of_thousands_of_levels_is_refused(server: StrictServer) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="deep")

    found = refusal(s3.put_bucket_policy, Bucket="deep", Policy="[" * 19_000 + "]" * 1000)

    assert found[:2] == ("MalformedPolicy", 400)
