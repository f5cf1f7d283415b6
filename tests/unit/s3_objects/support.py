"""What tests of objects share."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError


class Bucket:
    """A bucket of a test's own, and the client."""

    def __init__(self, client: Any, *, versioning: str = "", **options: Any) -> None:
        self.client = client
        self.name = f"objects-{uuid.uuid4().hex[:16]}"
        client.create_bucket(Bucket=self.name, **options)
        if versioning:
            self.version(versioning)

    def version(self, status: str) -> None:
        """Enable or suspend versioning."""
        self.client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": status})

    def put(self, key: str, body: bytes = b"content", **more: Any) -> Any:
        return self.client.put_object(Bucket=self.name, Key=key, Body=body, **more)

    def get(self, key: str, **more: Any) -> Any:
        return self.client.get_object(Bucket=self.name, Key=key, **more)

    def read(self, key: str, **more: Any) -> bytes:
        body: bytes = self.get(key, **more)["Body"].read()
        return body

    def head(self, key: str, **more: Any) -> Any:
        return self.client.head_object(Bucket=self.name, Key=key, **more)

    def delete(self, key: str, **more: Any) -> Any:
        return self.client.delete_object(Bucket=self.name, Key=key, **more)

    def copy(self, key: str, source: Any, **more: Any) -> Any:
        return self.client.copy_object(Bucket=self.name, Key=key, CopySource=source, **more)

    def keys(self, **more: Any) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name, **more)
        return [each["Key"] for each in found.get("Contents", [])]

    def versions(self, **more: Any) -> list[tuple[str, str, bool, bool]]:
        """(key, version id, whether it is a delete marker, whether it is the latest)."""
        found = self.client.list_object_versions(Bucket=self.name, **more)
        return [
            *((each["Key"], each["VersionId"], False, each["IsLatest"]) for each in found.get("Versions", [])),
            *((each["Key"], each["VersionId"], True, each["IsLatest"]) for each in found.get("DeleteMarkers", [])),
        ]


@contextlib.contextmanager
def refused(code: str, status: int | None = None) -> Iterator[dict[str, Any]]:
    """That what happens within is refused; the error's fields, afterwards."""
    told: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield told
    assert caught.value.response["Error"]["Code"] == code, caught.value
    if status is not None:
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    told.update(caught.value.response["Error"])
    told["headers"] = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
