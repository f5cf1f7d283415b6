"""The composition root's larger half: the services, and what they stand on. With `app.py` the only module that names
concrete parts."""

from __future__ import annotations

import msgspec

from chasqui.access.admission import Admission
from chasqui.access.audit.explanations import Explanations
from chasqui.access.audit.log import AuditLog
from chasqui.access.authorizer import Authorizer
from chasqui.access.identity.directory import Directory
from chasqui.access.identity.documents import INSTANCE_PROFILE, OIDC_PROVIDER
from chasqui.access.identity.role_calls import RoleCalls
from chasqui.access.identity.role_keys import RoleKeys
from chasqui.access.identity.uses import KeyUses
from chasqui.base.clock import Clock
from chasqui.base.service import Service
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.crypto.kms.documents import ALIAS, KEY
from chasqui.crypto.kms.grants import Grants as KeyGrants
from chasqui.crypto.kms.vault import Vault
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import NAMED_BY_OPERATOR, limits_of
from chasqui.delivery.outbox import Outbox
from chasqui.fabric.describe import Describer, Describers
from chasqui.fabric.objects import Objects
from chasqui.fabric.publishing import Publishers
from chasqui.fabric.recipients import Recipients
from chasqui.fabric.sources import Sources
from chasqui.services.cloudtrail.service import Room as CloudTrailRoom
from chasqui.services.cloudtrail.service import cloudtrail_service
from chasqui.services.iam.describe import Describer as IamDescriber
from chasqui.services.iam.service import Room as IamRoom
from chasqui.services.iam.service import iam_service
from chasqui.services.kms.service import Room as KmsRoom
from chasqui.services.kms.service import describer as key_describer
from chasqui.services.kms.service import kms_service
from chasqui.services.lambda_.describe import LambdaDescriber
from chasqui.services.lambda_.documents import FUNCTION, LAYER_VERSION, MAPPING
from chasqui.services.lambda_.room import Room as LambdaRoom
from chasqui.services.lambda_.service import lambda_service
from chasqui.services.logs.service import Room as LogsRoom
from chasqui.services.logs.service import describer as log_describer
from chasqui.services.logs.service import logs_service
from chasqui.services.s3.describe import BucketDescriber
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.room import Room as S3Room
from chasqui.services.s3.service import s3_reader, s3_service
from chasqui.services.sns.describe import TopicDescriber
from chasqui.services.sns.documents import TOPIC
from chasqui.services.sns.outside.channels import Channels
from chasqui.services.sns.publisher import TopicPublisher
from chasqui.services.sns.room import Room as SnsRoom
from chasqui.services.sns.service import sns_service
from chasqui.services.sqs.inbox import FindInbox
from chasqui.services.sqs.queues import TYPE as QUEUE
from chasqui.services.sqs.room import Room as SqsRoom
from chasqui.services.sqs.service import sqs_service
from chasqui.services.sqs.source import FindSource
from chasqui.services.sts.service import Room as StsRoom
from chasqui.services.sts.service import sts_service
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.log_groups import GROUP, LogGroups
from chasqui.telemetry.steps import Steps
from chasqui.telemetry.traces import Traces

_DECIDING = (
    QUEUE, TOPIC, BUCKET, FUNCTION, LAYER_VERSION, MAPPING, KEY, ALIAS, INSTANCE_PROFILE, OIDC_PROVIDER,
    GROUP,
)  # fmt: skip
"""Resources whose changes end what was decided of callers."""


class Access(msgspec.Struct, frozen=True):
    """Who may call, and the memory of who did."""

    directory: Directory
    authorizer: Authorizer
    admission: Admission
    uses: KeyUses
    audit: AuditLog
    explanations: Explanations


class Parts(msgspec.Struct, frozen=True):
    """What a server is made of, beside its store. `functions` is told the server's address once it listens."""

    services: list[Service]
    access: Access
    counters: Counters
    log_groups: LogGroups
    traces: Traces
    functions: LambdaRoom


def assemble(settings: Settings, store: Store, clock: Clock, ring: KeyRing) -> Parts:
    """The services on what they stand on, and who may call them."""
    counters = Counters()
    describers = Describers()
    access = _access(settings, store, clock, ring, describers)
    directory, authorizer = access.directory, access.authorizer
    vault, grants = Vault(store, clock, ring), KeyGrants(store)
    demand = access.admission.demand
    sqs = SqsRoom(store, clock, ring, settings.sqs, counters, settings.region, DataKeys(vault, demand), demand)
    recipients = Recipients(authorizer.service_may, store.fresh, settings.auth_mode)
    recipients.add("sqs", "sqs:SendMessage", FindInbox(sqs))
    sqs.queues.changed = recipients.forget
    outbox = Outbox(store, clock, attempts_max=settings.delivery.attempts_max)
    # Functions run for minutes, deliveries for seconds: neither may take the other's turns.
    events = Outbox(store, clock, attempts_max=settings.functions.environments_max)
    channels = Channels(settings, store, clock, ring, HttpClient(clock, NAMED_BY_OPERATOR))
    groups = LogGroups(store, clock)
    traces = Traces(
        store, clock, ring.seal, ring.open, records_max=settings.trace_records_max, hours=settings.trace_hours
    )
    sns = SnsRoom(
        store, clock, ring, settings.sns, counters, settings.region, recipients, sqs.data_keys, demand, channels,
        traces, groups, settings.public_url,
    )  # fmt: skip
    publishers, sources, objects = Publishers(), Sources(), Objects()
    sources.add("sqs", FindSource(sqs))
    publishers.add("sns", TopicPublisher(sns, authorizer.service_may))
    s3 = S3Room(
        store, clock, ring, settings.s3, counters, settings.region, recipients, publishers, sqs.data_keys, demand
    )  # fmt: skip
    objects.read = s3_reader(s3)
    _describe(describers, store, sqs, s3, key_describer(vault, grants))
    role_keys = RoleKeys(store, clock, ring, authorizer, settings.auth_mode)
    functions = LambdaRoom(
        store, clock, ring, settings.functions, counters, settings.region, recipients, publishers, sources, objects,
        sqs.data_keys, demand, role_keys.of, groups, events, settings.data_dir / "functions",
    )  # fmt: skip
    s3.steps = functions.steps = Steps(traces)
    verifies = settings.auth_mode == "strict"
    functions.role_call = RoleCalls(store, directory, verifies=verifies)
    functions.policy_lets = authorizer.service_may
    recipients.add("lambda", "lambda:InvokeFunction", functions.recipient)
    for type_ in _DECIDING:
        store.watch_resources(type_, directory.resources_changed)
    sts = StsRoom(store, clock, ring, directory, authorizer, settings.oidc_keys, verifies=verifies)
    services = [
        sqs_service(sqs),
        sns_service(sns, outbox, HttpClient(clock, limits_of(settings)), settings.delivery),
        iam_service(IamRoom(store, clock, ring, directory, authorizer)),
        sts_service(sts),
        cloudtrail_service(CloudTrailRoom(access.audit, clock)),
        kms_service(KmsRoom(store, clock, vault, grants)),
        logs_service(LogsRoom(store, clock, groups)),
        # Its URLs are asked for before buckets, which answer any preflight.
        lambda_service(functions),
        s3_service(s3, outbox),
    ]
    return Parts(services, access, counters, groups, traces, functions)


def _describe(describers: Describers, store: Store, sqs: SqsRoom, s3: S3Room, key: Describer) -> None:
    """Who knows the resources of each service."""
    describers.add("sqs", sqs.queues.describe)
    describers.add("sns", TopicDescriber(store).describe)
    describers.add("iam", IamDescriber(store).describe)
    describers.add("kms", key)
    describers.add("s3", BucketDescriber(s3).describe)
    describers.add("lambda", LambdaDescriber(store).describe)
    describers.add("logs", log_describer(store))


def _access(settings: Settings, store: Store, clock: Clock, ring: KeyRing, describers: Describers) -> Access:
    """The access layer, which asks the services' describers for resources' policies."""
    directory = Directory(store, ring)
    authorizer = Authorizer(describers.describe, store.fresh)
    uses = KeyUses(store, clock)
    return Access(
        directory,
        authorizer,
        Admission(settings.auth_mode, directory, authorizer, uses, clock),
        uses,
        AuditLog(store, clock, settings),
        Explanations(store, clock),
    )
