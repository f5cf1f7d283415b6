"""The section's routes."""

from __future__ import annotations

from chasqui.console.buckets import (
    details,
    events,
    listing,
    management,
    objects,
    permissions,
    properties,
    uploading,
)
from chasqui.console.buckets.facts import OfBucket, of_bucket
from chasqui.console.routes import Route


def _of(method: str, path: str, handler: OfBucket) -> Route:
    return Route(method, f"buckets/{{name}}/{path}".rstrip("/"), of_bucket(handler))


ROUTES: tuple[Route, ...] = (
    Route("GET", "buckets", listing.index),
    Route("GET", "buckets/_new", listing.ask_new),
    Route("POST", "buckets/_new", listing.create),
    _of("GET", "", objects.browse),
    _of("POST", "delete-objects", objects.ask_delete),
    _of("POST", "delete-ticked", objects.delete),
    _of("POST", "folder", objects.make_folder),
    _of("GET", "object", details.show),
    _of("GET", "download", details.download),
    _of("POST", "object-tags", details.tag),
    _of("POST", "object-copy", details.copy),
    _of("GET", "upload", uploading.ask),
    _of("PUT", "upload/whole", uploading.whole),
    _of("POST", "upload/begin", uploading.begin),
    _of("PUT", "upload/part", uploading.part),
    _of("POST", "upload/complete", uploading.complete),
    _of("POST", "upload/abort", uploading.abort),
    _of("GET", "properties", properties.show),
    _of("POST", "versioning", properties.set_versioning),
    _of("POST", "encryption", properties.set_encryption),
    _of("POST", "tags", properties.set_tags),
    _of("GET", "events/new", events.ask_new),
    _of("POST", "events/new", events.create),
    _of("POST", "events/delete", events.delete),
    _of("GET", "permissions", permissions.show),
    _of("POST", "block", permissions.set_block),
    _of("POST", "policy", permissions.set_policy),
    _of("POST", "ownership", permissions.set_ownership),
    _of("POST", "cors", permissions.set_cors),
    _of("GET", "management", management.show),
    _of("POST", "lifecycle", management.add_rule),
    _of("POST", "lifecycle-change", management.change_rule),
    _of("POST", "abort-upload", management.abort_upload),
    _of("GET", "empty", listing.ask_empty),
    _of("POST", "empty", listing.empty),
    _of("GET", "delete", listing.ask_delete),
    _of("POST", "delete", listing.delete),
)
