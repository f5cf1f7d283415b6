"""Sequences of steps that several tours have in common."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.tour import Step

_FORM: Final = ".queue-form > .actions > button:not([name])"


def new_queue(
    name: str,
    *,
    text: str = N_("Choose “Create queue”."),
    before: tuple[Step, ...] = (),
    between: tuple[Step, ...] = (),
) -> tuple[Step, ...]:
    """Creating a queue, with what else is to be filled in before its name and after. Then its details are shown."""
    return (
        Step("queues", 'a[href$="/queues/new"]', text),
        *before,
        Step("queues/new", '[name="QueueName"]', N_("Give the queue its name."), "type", name),
        *between,
        Step("queues/new", _FORM, N_("Create it. Everything else is set as AWS sets it.")),
    )


def sent(queue: str, body: str, text: str = N_("Write the message body.")) -> tuple[Step, ...]:
    """Sending a message on a queue's tab for messages."""
    return (
        Step(f"queues/{queue}/messages", '[name="body"]', text, "type", body),
        Step(f"queues/{queue}/messages", '[hx-post$="/messages/send"] button.main', N_("Send it: “Send message”.")),
    )


def polled(queue: str) -> Step:
    """Polling, on a queue's tab for messages."""
    return Step(
        f"queues/{queue}/messages",
        "#poll button.main",
        N_("“Poll for messages” receives what is there, and waits a while for more."),
    )


def deleted_queue(name: str) -> tuple[Step, ...]:
    """Deleting a queue on its details."""
    at = f"queues/{name}/details"
    return (
        Step(at, 'details.danger:has([action$="/delete"]) > summary', N_("Open “Delete”.")),
        Step(
            at,
            '[action$="/delete"] [name="confirm"]',
            N_("What is deleted is gone for good, so its name has to be typed."),
            "type",
            name,
        ),
        Step(at, '[action$="/delete"] button.danger', N_("Delete the queue.")),
    )


def new_topic(name: str) -> tuple[Step, ...]:
    """Creating a topic. Its subscriptions are shown."""
    return (
        Step(
            "topics",
            'main a.button[href$="/topics/new"]',
            N_("Who publishes to a topic need not know who is told. Choose “Create topic”."),
        ),
        Step("topics/new", '[name="name"]', N_("Give the topic its name."), "type", name),
        Step("topics/new", '[action$="/topics/new"] > .actions > button:not([name])', N_("Create the topic.")),
    )


def subscribed(topic: str, queue: str, between: tuple[Step, ...] = ()) -> tuple[Step, ...]:
    """Subscribing a queue to a topic, on its subscriptions."""
    at = f"topics/{topic}/subscribe"
    return (
        Step(
            f"topics/{topic}/subscriptions",
            f'a[href$="/topics/{topic}/subscribe"]',
            N_("Choose “Create subscription”."),
        ),
        Step(
            at,
            '[name="endpoint"]',
            N_("Give the queue's ARN. The tick below lets the topic send to it: without that its policy keeps it out."),
            "type",
            f"arn:aws:sqs:{{region}}:{{account}}:{queue}",
        ),
        *between,
        Step(at, '[action$="/subscribe"] > .actions > button:not([name])', N_("Create the subscription.")),
    )


def published(topic: str, message: str, between: tuple[Step, ...] = ()) -> tuple[Step, ...]:
    """Publishing to a topic."""
    at = f"topics/{topic}/publish"
    return (
        Step(at, '[name="message"]', N_("Write what is to be told."), "type", message),
        *between,
        Step(at, '[action$="/publish"] > .actions > button:not([name]):not([type])', N_("Publish it.")),
        Step(
            at,
            "main .alert.done",
            N_("Published: it is on disk, and in every queue that wants it. “Follow its path” shows the way."),
            "look",
        ),
    )


def new_bucket(name: str) -> tuple[Step, ...]:
    """Creating a bucket."""
    return (
        Step("buckets", 'a[href$="/buckets/_new"]', N_("A bucket holds files. Choose “Create bucket”.")),
        Step(
            "buckets/_new",
            '[name="name"]',
            N_("Its name has to be the only one on this server, hence the account's number."),
            "type",
            name,
        ),
        Step("buckets/_new", '[action$="/buckets/_new"] > .actions > button', N_("Create the bucket.")),
    )


def notified(bucket: str, event: str, queue: str) -> tuple[Step, ...]:
    """An event notification for all objects that are created."""
    at = f"buckets/{bucket}/events/new"
    return (
        Step(at, '[name="id"]', N_("Give the event notification a name."), "type", event),
        Step(
            at,
            '[name="event"][value="s3:ObjectCreated:*"]',
            N_("Tick all object create events: uploads, copies, everything that makes an object."),
            "tick",
        ),
        Step(at, 'select[name="queue"]', N_("Choose the queue that is to be told."), "choose", queue),
        Step(at, '[action$="/events/new"] > .actions > button', N_("Create the event notification.")),
    )


def uploaded(bucket: str, file: str) -> tuple[Step, ...]:
    """Uploading a file."""
    at = f"buckets/{bucket}/upload"
    return (
        Step(
            at,
            '[data-picks="files"]',
            N_("Choose a file with “Add files”, or drag it here. The tour makes one for you, if you like."),
            "file",
            file,
        ),
        Step(at, "#upload-start", N_("Upload it.")),
        Step(
            at,
            '#upload-list td[data-state="done"]',
            N_("The file is in the bucket, and the bucket has told of it."),
            "look",
        ),
    )


def tab(at: str, *segments: str, text: str) -> Step:
    """Going to another tab of the same thing."""
    return Step(at, f'nav.tabs a[href$="/{"/".join(segments)}"]', text)
