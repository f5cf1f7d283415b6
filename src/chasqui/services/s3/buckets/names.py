"""Which names and places a bucket may have. Pure.

Source: S3 user guide, "General purpose bucket naming rules"; API reference, CreateBucket and GetBucketLocation.
"""

from __future__ import annotations

import re
from typing import Final

from chasqui.services.s3 import errors

HOME: Final = "us-east-1"
"""The region that a bucket is in when nobody says another, and whose name must not be said."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\Z")
_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_OLD_EUROPE: Final = "EU"


def check_name(name: str) -> None:
    """Raises InvalidBucketName."""
    reserved = name.startswith(_PREFIXES) or name.endswith(_SUFFIXES)
    if not _NAME.match(name) or ".." in name or _ADDRESS.match(name) or reserved:
        raise errors.invalid_bucket_name(name)


def region_of(constraint: str | None, called: str) -> str:
    """Where a new bucket is, by its LocationConstraint and the region that was called. Raises
    InvalidLocationConstraint and IllegalLocationConstraintException."""
    if not constraint:
        if called != HOME:
            raise errors.illegal_location("unspecified")
        return HOME
    region = "eu-west-1" if constraint == _OLD_EUROPE else constraint
    if region == HOME or not _REGION.match(region):
        raise errors.invalid_location(constraint)
    # The endpoint of us-east-1 is the world's: it makes buckets anywhere.
    if called not in (HOME, region):
        raise errors.illegal_location(constraint)
    return region
