"""The settings of single services, as tables of the settings file: quotas with AWS' defaults, limits, places."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


def doc(text: str) -> Any:
    """A setting's description, which `docs/reference/settings.md` shows."""
    return Meta(description=text)


class SqsQuotas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SQS' quotas, with AWS' defaults (developer guide, "Amazon SQS quotas"). Sizes in bytes, times in seconds."""

    message_bytes_max: Annotated[int, doc("The largest message, attributes included, and the largest batch.")] = (
        1_048_576
    )
    message_bytes_min: Annotated[int, doc("The smallest value that MaximumMessageSize takes.")] = 1024
    batch_entries_max: Annotated[int, doc("How many entries a batch may have.")] = 10
    attributes_max: Annotated[int, doc("How many attributes a message may have.")] = 10
    in_flight_max: Annotated[int, doc("Messages in flight on a standard queue; beyond, receiving is an error.")] = (
        120_000
    )
    fifo_in_flight_max: Annotated[int, doc("Messages in flight on a FIFO queue; beyond, receives are empty.")] = 120_000
    tags_max: Annotated[int, doc("How many tags a queue may have.")] = 50
    visibility_max_s: Annotated[int, doc("The longest visibility timeout.")] = 43_200
    delay_max_s: Annotated[int, doc("The longest delay.")] = 900
    retention_min_s: Annotated[int, doc("The shortest retention.")] = 60
    retention_max_s: Annotated[int, doc("The longest retention.")] = 1_209_600
    wait_max_s: Annotated[int, doc("The longest wait of a receive.")] = 20
    move_tasks_per_source_max: Annotated[int, doc("Active message move tasks of one source queue.")] = 1
    move_rate_max: Annotated[int, doc("The highest MaxNumberOfMessagesPerSecond of a move task.")] = 500
    purge_interval_s: Annotated[int, doc("Time that must pass between two purges of a queue; 60 on AWS.")] = 0
    name_reuse_s: Annotated[int, doc("Time before a deleted queue's name may be used again; 60 on AWS.")] = 0


class SnsQuotas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SNS' quotas, with AWS' defaults (general reference, "Amazon SNS endpoints and quotas"). Sizes in bytes, times in
    seconds."""

    message_bytes_max: Annotated[int, doc("The largest message of a topic that does not say otherwise.")] = 262_144
    message_bytes_most: Annotated[int, doc("The largest MaximumMessageSize of a topic.")] = 1_048_576
    batch_entries_max: Annotated[int, doc("How many entries a batch may have.")] = 10
    topics_max: Annotated[int, doc("Topics of an account and region.")] = 100_000
    fifo_topics_max: Annotated[int, doc("FIFO topics of an account and region.")] = 1000
    subscriptions_max: Annotated[int, doc("Subscriptions of a standard topic.")] = 12_500_000
    fifo_subscriptions_max: Annotated[int, doc("Subscriptions of a FIFO topic.")] = 100
    pending_max: Annotated[int, doc("Subscriptions of an account and region that wait for confirmation.")] = 5000
    filters_per_topic_max: Annotated[int, doc("Filter policies of a topic's subscriptions.")] = 200
    filters_max: Annotated[int, doc("Filter policies of an account and region.")] = 10_000
    tags_max: Annotated[int, doc("How many tags a topic may have.")] = 50
    token_s: Annotated[int, doc("How long a subscription can be confirmed.")] = 172_800
    sms_spend_limit_usd: Annotated[float, doc("The monthly spend limit of text messages, until one is set.")] = 1.0
    sms_sandbox: Annotated[bool, doc("Whether accounts begin in the SMS sandbox, as AWS' do.")] = False
    sms_sandbox_numbers_max: Annotated[int, doc("Phone numbers in the SMS sandbox of an account and region.")] = 10
    origination_numbers: Annotated[
        str, doc("The numbers that text messages come from, with spaces between; the API lists them.")
    ] = ""


class DeliveryLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Deliveries to targets outside: what they may take, and where they may go. Times in seconds."""

    attempts_max: Annotated[int, doc("Attempts under way at a time; a quarter of them at targets that are silent.")] = (
        256
    )
    attempts_per_target_max: Annotated[int, doc("Attempts under way at a time at one subscription's endpoint.")] = 16
    targets: Annotated[
        Literal["", "public", "private", "any"],
        doc(
            "Where HTTP deliveries may go. `public`: addresses of the internet. `private`: this machine and private"
            " networks too. `any`: also link-local ones, where clouds keep their metadata. By default private when the"
            " server listens on loopback, public beyond."
        ),
    ] = ""
    redirects_max: Annotated[int, doc("Redirects that an HTTP delivery follows, 3 at most. 0: none, as on AWS.")] = 0
    ca: Annotated[str, doc("Authorities (PEM) trusted beside the system's by HTTPS deliveries.")] = ""
    http_s: Annotated[float, doc("How long an HTTP delivery may take.")] = 15.0
    connect_s: Annotated[float, doc("How much of that, at most, goes to connecting.")] = 5.0
    connections_per_origin_max: Annotated[int, doc("Connections at a time to one host and port.")] = 32
    idle_max: Annotated[int, doc("Idle connections that are kept, in all.")] = 512


class S3Quotas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """S3's quotas, with AWS' defaults (general reference, "Amazon S3 endpoints and quotas"). Sizes in bytes."""

    buckets_max: Annotated[int, doc("Buckets of an account.")] = 10_000
    part_bytes_min: Annotated[int, doc("The smallest part of a multipart upload but the last.")] = 5 * 1024 * 1024
    put_bytes_max: Annotated[int, doc("The largest object, or part, of one request.")] = 5 * 1024**3
    object_bytes_max: Annotated[int, doc("The largest object that parts make.")] = 50 * 1024**4
    policy_bytes_max: Annotated[int, doc("The largest bucket policy.")] = 20_480


class LambdaLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lambda's quotas, with AWS' defaults (developer guide, "Lambda quotas"), and how functions are run. Sizes in
    bytes, times in seconds."""

    concurrency: Annotated[int, doc("Invocations under way at a time in an account and region.")] = 1000
    unreserved_min: Annotated[int, doc("Of these, so many can not be reserved.")] = 100
    zip_bytes_max: Annotated[int, doc("The largest package that a request carries.")] = 50 * 1024 * 1024
    unzipped_bytes_max: Annotated[int, doc("The largest code and layers, unpacked.")] = 250 * 1024 * 1024
    code_bytes_max: Annotated[int, doc("Code storage of an account and region.")] = 75 * 1024**3
    request_bytes_max: Annotated[int, doc("The largest payload of a synchronous invocation, and its answer's.")] = (
        6 * 1024 * 1024
    )
    event_bytes_max: Annotated[int, doc("The largest payload of an asynchronous invocation.")] = 1024 * 1024
    stream_bytes_max: Annotated[int, doc("The largest streamed response.")] = 200 * 1024 * 1024
    environments_max: Annotated[
        int, doc("Execution environments (processes) on this node at a time; further invocations wait for one.")
    ] = 64
    idle_s: Annotated[float, doc("An environment that was not used for so long is ended.")] = 300.0
    isolation: Annotated[
        Literal["", "bubblewrap", "process"],
        doc("How functions are kept apart; by default bubblewrap where the machine has it, else a plain process."),
    ] = ""
    interpreters: Annotated[
        str,
        doc(
            "Programs that run functions, as `runtime=path` with spaces between (`python3.12=/opt/py/bin/python3.12`)."
            " Others are looked for on the PATH."
        ),
    ] = ""
    substitute: Annotated[
        bool,
        doc(
            "Whether a version of Python or Node.js that this machine does not have is replaced by one that it has,"
            " which the server's log says; else such functions are refused."
        ),
    ] = True
    java_client: Annotated[
        str, doc("The folder with the jars of AWS' runtime client, which functions of Java need (`java21` …).")
    ] = ""
