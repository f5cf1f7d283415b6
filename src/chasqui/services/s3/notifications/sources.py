"""S3 as destinations see it: the service, on behalf of a bucket."""

from __future__ import annotations

from typing import Final

from chasqui.base.principal import Principal, service_principal
from chasqui.services.s3.buckets.bucket import Bucket

PRINCIPAL: Final = service_principal("s3.amazonaws.com")


class BucketSource:
    """A bucket on whose behalf something is sent: a `Source` (`fabric/recipients.py`)."""

    __slots__ = ("account", "arn")

    def __init__(self, bucket: Bucket) -> None:
        self.arn = bucket.arn
        self.account = bucket.account

    @property
    def service(self) -> Principal:
        """As whom policies see the sender."""
        return PRINCIPAL
