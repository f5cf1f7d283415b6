"""The same server as objects' tests have."""

from __future__ import annotations

from tests.unit.s3_objects.conftest import bucket, client, engines_client, versioned

__all__ = ["bucket", "client", "engines_client", "versioned"]
