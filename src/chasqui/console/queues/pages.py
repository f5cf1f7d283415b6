"""The section's routes."""

from __future__ import annotations

from chasqui.console.queues import details, editing, listing, policy, subscriptions, triggers
from chasqui.console.routes import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "queues", listing.index),
    Route("GET", "queues/live", listing.live),
    Route("POST", "queues/bulk", listing.ask),
    Route("POST", "queues/bulk/do", listing.do),
    Route("GET", "queues/new", editing.new),
    Route("POST", "queues/new", editing.create),
    Route("GET", "queues/options", editing.options),
    Route("GET", "queues/{name}", details.home),
    Route("GET", "queues/{name}/details", details.show),
    Route("GET", "queues/{name}/edit", editing.edit),
    Route("POST", "queues/{name}/edit", editing.change),
    Route("POST", "queues/{name}/purge", details.purge),
    Route("POST", "queues/{name}/delete", details.delete),
    Route("GET", "queues/{name}/tags", details.tags),
    Route("POST", "queues/{name}/tags", details.save_tags),
    Route("GET", "queues/{name}/policy", policy.show),
    Route("POST", "queues/{name}/policy", policy.save),
    Route("GET", "queues/{name}/subscriptions", subscriptions.show),
    Route("POST", "queues/{name}/subscriptions", subscriptions.subscribe),
    Route("POST", "queues/{name}/subscriptions/allow", subscriptions.let_in),
    Route("POST", "queues/{name}/subscriptions/delete", subscriptions.unsubscribe),
    Route("GET", "queues/{name}/triggers", triggers.show),
    Route("POST", "queues/{name}/triggers", triggers.create),
    Route("POST", "queues/{name}/triggers/switch", triggers.switch),
    Route("POST", "queues/{name}/triggers/delete", triggers.delete),
)
