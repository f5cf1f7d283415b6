"""What S3 keeps, by type of resource. Only names may live here: it is imported when the server starts.

A bucket is (BUCKET, owner "", its name): names are the server's own, as AWS' are the world's. What is in a bucket is
owned by the bucket's id, which a bucket made again under the name does not share. The current version of a key is
(OBJECT, id, key), unless it is a delete marker; older versions and all delete markers are (VERSION, id, key and order);
see `keys.py` for the spelling of names. Multipart uploads are (UPLOAD, id, key and upload id), their parts
(PART, "id/upload", number); of an upload that has ended, (ENDED, "", any name) says which of these are left to be
deleted. Where the version "null" of a key is an older one, (NULL_VERSION, id, key) has its order.
What is to be deleted of objects of many parts is (GARBAGE, "", any name), until it is.
"""

from __future__ import annotations

from typing import Final

BUCKET: Final = "s3:bucket"
OBJECT: Final = "s3:object"
VERSION: Final = "s3:version"
UPLOAD: Final = "s3:upload"
PART: Final = "s3:part"
NULL_VERSION: Final = "s3:null"
GARBAGE: Final = "s3:garbage"
LIFECYCLE: Final = "s3:lifecycle"
"""Buckets with lifecycle rules: owner "", name the bucket's, document the last midnight that was worked off."""
LEFT: Final = "s3:left"
"""Buckets that were deleted with uploads in them: owner "", name the bucket's id, until these are deleted."""
COUNT: Final = "s3:count"
"""How many buckets an account has: owner the account, name "buckets", document a number."""
ENDED: Final = "s3:ended"
