"""Every setting of the server, in one frozen object: what it is, its default, where it is read from.

A setting comes from, in rising order: its default, the settings file (TOML), `CHASQUI_<NAME>`, the command line. The
settings of a service's quotas stand in a table of the file (`[sqs]`), or are given as `CHASQUI_SQS_<NAME>`.
"""

from __future__ import annotations

import os
import socket
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from chasqui.base.addresses import check_address, without_password
from chasqui.base.errors import SettingsError
from chasqui.base.sections import DeliveryLimits, LambdaLimits, S3Quotas, SnsQuotas, SqsQuotas, doc

_POSTGRES = ("postgresql://", "postgres://")
WORKERS_MAX = 256
_LISTS = ("control_hosts", "cors_origins", "sms_headers")
SECRETS = ("admin_secret_key", "keys_secret", "smtp_password", "sms_headers", "sms_authorization", "smpp_password")
"""Settings that are never shown."""
_LOOPBACK = ("127.", "::1", "localhost")


def default_data_dir() -> str:
    """The user's data directory for Chasqui on this system."""
    home = Path.home()
    if sys.platform == "darwin":
        return str(home / "Library" / "Application Support" / "chasqui")
    if sys.platform == "win32":
        return str(Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "chasqui")
    return str(Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "chasqui")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The server's settings."""

    data: Annotated[str, doc("The data directory: database, large blobs, keys. One server at a time.")] = ""
    database: Annotated[
        str,
        doc(
            "`sqlite` (in the data directory), `postgresql://…` (as many servers as wanted on one database) or `memory`"
            " (nothing is kept; for tests)."
        ),
    ] = "sqlite"
    blobs: Annotated[
        str,
        doc(
            "Where large blobs go when the database is PostgreSQL: a folder that all servers share, or an S3-compatible"
            " store's `s3://bucket/prefix`; by default the database itself."
        ),
    ] = ""
    keys: Annotated[str, doc("The folder of the encryption keys; by default `keys` in the data directory.")] = ""
    host: Annotated[str, doc("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, doc("The port, HTTP and HTTPS alike; 0 takes a free one.")] = 4566
    workers: Annotated[
        int,
        doc(
            "With PostgreSQL: so many processes share the port, and SIGHUP replaces them one by one without refusing a"
            " connection. 0: the process that was started serves by itself."
        ),
    ] = 0
    tls_cert: Annotated[str, doc("A certificate chain (PEM); with `tls_key`, the port answers HTTPS too.")] = ""
    tls_key: Annotated[str, doc("The certificate's private key (PEM).")] = ""
    auth: Annotated[
        Literal["", "permissive", "strict", "audit"],
        doc(
            "Who is let in. `strict`: signatures are verified and policies decide. `audit`: the same, but what strict"
            " would refuse is only logged. `permissive`: any credentials. By default permissive on loopback, strict"
            " beyond."
        ),
    ] = ""
    admin_access_key: Annotated[
        str, doc("With `admin_secret_key`: the user `admin` with this access key is there whenever the server starts.")
    ] = ""
    admin_secret_key: Annotated[str, doc("The administrator's secret key; better given as a variable.")] = ""
    audit_events: Annotated[
        Literal["none", "management", "all"],
        doc("Which API calls the audit log records: none, those that manage resources, or those with data too."),
    ] = "management"
    audit_records_max: Annotated[
        int, doc("Records kept of an account and region; older ones go, as after 90 days.")
    ] = 1_000_000
    trace_records_max: Annotated[
        int,
        doc(
            "Records of what became of published messages, for `chasqui trace`: each tells of up to 128, in 64 KB. 0"
            " keeps none."
        ),
    ] = 20_000
    trace_hours: Annotated[int, doc("How long they are kept, at most.")] = 72
    oidc_keys: Annotated[
        str, doc("A folder with the keys (JWKS) of OpenID Connect issuers that are not to be fetched from them.")
    ] = ""
    keys_secret: Annotated[
        str,
        doc("Derive the encryption key from this secret instead of keeping key files; better given as a variable."),
    ] = ""
    cors_origins: Annotated[
        tuple[str, ...], doc("Origins (`https://app.example`) whose pages may call the API from a browser.")
    ] = ()
    rate_per_principal: Annotated[
        float, doc("Requests a second of one caller; beyond, they are throttled. 0: any.")
    ] = 0
    rate_per_address: Annotated[float, doc("Requests a second from one address; beyond, throttled. 0: any.")] = 0
    rate_failed_signatures: Annotated[
        float, doc("Refused signatures a second from one address, before its requests are throttled. 0: any.")
    ] = 20
    connections_max: Annotated[int, doc("Connections at a time; further ones are turned away.")] = 10_000
    connections_per_address_max: Annotated[int, doc("Connections at a time of one address. 0: any.")] = 0
    durability: Annotated[
        Literal["full", "relaxed"],
        doc("`full`: answered when the disk has it. `relaxed`: survives a kill of the process, not a power cut."),
    ] = "full"
    region: Annotated[str, doc("The region of requests that name none.")] = "us-east-1"
    control_hosts: Annotated[
        tuple[str, ...], doc("Host names, beside loopback, under which control endpoints answer.")
    ] = ()
    console: Annotated[bool, doc("Serve the web console at `/_chasqui/console`.")] = True
    test_clock: Annotated[bool, doc("Offer `/_chasqui/clock`: freeze, advance and resume time.")] = False
    init_dir: Annotated[str, doc("A folder of `.py` and `.sh` files that are run, in order of name, when serving.")] = (
        ""
    )
    log_format: Annotated[Literal["json", "text"], doc("How log lines look.")] = "text"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], doc("What is logged.")] = "info"
    body_bytes_max: Annotated[int, doc("The largest request body.")] = 4 * 1024 * 1024
    public_url: Annotated[
        str,
        doc(
            "The address (`https://sns.example.org`) that links in mails, signing certificates' addresses and the like"
            " are made of; by default the one at which the server was called."
        ),
    ] = ""
    smtp_host: Annotated[
        str, doc("The SMTP relay that sends e-mail. By default none is sent: the embedded mailbox keeps it.")
    ] = ""
    smtp_port: Annotated[int, doc("Its port; by default 587, 465 with `smtp_tls` `tls`, 25 with `none`.")] = 0
    smtp_tls: Annotated[
        Literal["starttls", "tls", "none"],
        doc("`starttls`: the connection is encrypted before anything is told. `tls`: from its start. `none`: never."),
    ] = "starttls"
    smtp_ca: Annotated[str, doc("Authorities (PEM) that vouch for the relay; by default the system's.")] = ""
    smtp_user: Annotated[str, doc("The user to log in to the relay as.")] = ""
    smtp_password: Annotated[str, doc("The user's password; better given as a variable.")] = ""
    smtp_from: Annotated[str, doc("Who e-mail is from: an address, or `Name <address>`.")] = (
        "Chasqui Notifications <no-reply@localhost>"
    )
    sms_url: Annotated[
        str,
        doc("The HTTP gateway that sends text messages. By default none is sent: the embedded phone keeps them."),
    ] = ""
    sms_body: Annotated[
        str,
        doc(
            "What is posted to it, with `{to}`, `{text}`, `{sender_id}`, `{type}` and `{message_id}`, which are escaped"
            " as `sms_format` wants."
        ),
    ] = '{"to": "{to}", "text": "{text}", "from": "{sender_id}", "id": "{message_id}"}'
    sms_format: Annotated[Literal["json", "form"], doc("What `sms_body` is: JSON, or a form's fields.")] = "json"
    sms_headers: Annotated[tuple[str, ...], doc("Further header fields for the gateway (`Name: value`).")] = ()
    sms_authorization: Annotated[str, doc("The gateway's Authorization field; better given as a variable.")] = ""
    sms_price: Annotated[
        float, doc("What a segment of a text message costs in USD, as the monthly spend limit counts. 0: nothing.")
    ] = 0
    smpp_host: Annotated[str, doc("The SMPP 3.4 message centre that sends text messages, instead of `sms_url`.")] = ""
    smpp_port: Annotated[int, doc("Its port.")] = 2775
    smpp_tls: Annotated[bool, doc("Whether it speaks TLS.")] = False
    smpp_user: Annotated[str, doc("The system id to bind as.")] = ""
    smpp_password: Annotated[str, doc("Its password, 8 characters at most; better given as a variable.")] = ""
    smpp_bind: Annotated[Literal["transmitter", "transceiver"], doc("What to bind as.")] = "transmitter"
    smpp_long: Annotated[
        Literal["segments", "payload"],
        doc("Long messages: as segments that the phone joins, or whole, as `message_payload`."),
    ] = "segments"
    captured_max: Annotated[int, doc("Messages that the embedded mailbox and phone keep, each.")] = 1000
    fcm_url: Annotated[str, doc("Firebase Cloud Messaging, for platform applications of GCM.")] = (
        "https://fcm.googleapis.com"
    )
    fcm_token_url: Annotated[str, doc("Where a service account gets its access tokens.")] = (
        "https://oauth2.googleapis.com/token"
    )
    apns_url: Annotated[str, doc("Apple's push service, for platform applications of APNS.")] = (
        "https://api.push.apple.com"
    )
    apns_sandbox_url: Annotated[str, doc("The same for APNS_SANDBOX.")] = "https://api.sandbox.push.apple.com"
    apns_ca: Annotated[str, doc("Authorities (PEM) that vouch for it; by default the system's.")] = ""
    sqs: Annotated[SqsQuotas, doc("SQS' quotas.")] = SqsQuotas()
    sns: Annotated[SnsQuotas, doc("SNS' quotas.")] = SnsQuotas()
    s3: Annotated[S3Quotas, doc("S3's quotas.")] = S3Quotas()
    functions: Annotated[LambdaLimits, doc("Lambda's quotas, and how functions are run.")] = LambdaLimits()
    delivery: Annotated[DeliveryLimits, doc("What deliveries may take, and where they may go.")] = DeliveryLimits()

    @property
    def data_dir(self) -> Path:
        return Path(self.data or default_data_dir())

    @property
    def keys_dir(self) -> Path:
        return Path(self.keys) if self.keys else self.data_dir / "keys"

    @property
    def postgres(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.database.startswith(_POSTGRES)

    @property
    def auth_mode(self) -> Literal["permissive", "strict", "audit"]:
        """The mode that `auth` says, or its default for the address."""
        return self.auth or ("permissive" if self.loopback else "strict")

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host.startswith(_LOOPBACK)

    @property
    def delivery_targets(self) -> Literal["public", "private", "any"]:
        """Where HTTP deliveries may go: as set, or the default for the address."""
        return self.delivery.targets or ("private" if self.loopback else "public")


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "sqs": SqsQuotas,
    "sns": SnsQuotas,
    "s3": S3Quotas,
    "functions": LambdaLimits,
    "delivery": DeliveryLimits,
}
"""The tables of the settings file."""


def load_settings(
    file: Path | None = None, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Gather the settings from file, environment and command line, and check that they go together.

    Raises `SettingsError` with what to change.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = _read_file(file or _default_file(environ))
    for field in Settings.__struct_fields__:
        if field not in SECTIONS and (given := environ.get(f"CHASQUI_{field.upper()}")) is not None:
            values[field] = [each for each in given.split(",") if each] if field in _LISTS else given
    given_last = {name: value for name, value in (overrides or {}).items() if value is not None}
    for section, type_ in SECTIONS.items():
        part: dict[str, Any] = dict(values.get(section, {}))
        for field in type_.__struct_fields__:
            if (given := environ.get(f"CHASQUI_{section.upper()}_{field.upper()}")) is not None:
                part[field] = given
        part.update(given_last.pop(section, {}))
        values[section] = part
    values.update(given_last)
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}") from error
    _check(settings)
    return settings


def _default_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("CHASQUI_CONFIG")
    return Path(named) if named else None


def _read_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file}: {error}") from error


def _check(settings: Settings) -> None:
    if settings.database not in ("sqlite", "memory") and not settings.postgres:
        given = without_password(settings.database)
        raise SettingsError(f"database {given!r}: use 'sqlite', 'postgresql://…' or 'memory'")
    if settings.postgres:
        check_address("database", settings.database)
    if settings.workers:
        _check_workers(settings)
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError("tls_cert and tls_key go together: give both, or neither")
    if settings.auth_mode == "strict" and "*" in settings.cors_origins:
        raise SettingsError("cors_origins: a strict server names the origins that it lets in; '*' is everybody")
    if bool(settings.admin_access_key) != bool(settings.admin_secret_key):
        raise SettingsError("admin_access_key and admin_secret_key go together: give both, or neither")
    if not 0 <= settings.port <= 65_535:
        raise SettingsError(f"port {settings.port}: must be between 0 and 65535")
    _check_channels(settings)
    _check_delivery(settings.delivery)
    if settings.functions.environments_max <= 0:
        raise SettingsError(f"functions.environments_max {settings.functions.environments_max}: must be greater than 0")


def _check_delivery(limits: DeliveryLimits) -> None:
    if not 0 <= limits.redirects_max <= 3:
        raise SettingsError(f"delivery.redirects_max {limits.redirects_max}: must be between 0 and 3")
    for name in ("attempts_max", "attempts_per_target_max", "http_s", "connect_s", "connections_per_origin_max"):
        if getattr(limits, name) <= 0:
            raise SettingsError(f"delivery.{name} {getattr(limits, name)}: must be greater than 0")


def _check_channels(settings: Settings) -> None:
    for name in ("sms_url", "fcm_url", "fcm_token_url", "apns_url", "apns_sandbox_url"):
        url = getattr(settings, name)
        if url and not url.startswith(("http://", "https://")):
            raise SettingsError(f"{name} {without_password(url)!r}: must begin with https:// or http://")
    if settings.sms_url and settings.smpp_host:
        raise SettingsError("sms_url and smpp_host: text messages go one way, give one of them")
    if settings.smtp_tls == "none" and settings.smtp_password:
        raise SettingsError("smtp_password would be sent in the clear with smtp_tls 'none': use 'starttls' or 'tls'")
    if not 0 < settings.captured_max <= 100_000:
        raise SettingsError(f"captured_max {settings.captured_max}: must be between 1 and 100000")


def _check_workers(settings: Settings) -> None:
    if not 0 < settings.workers <= WORKERS_MAX:
        raise SettingsError(f"workers {settings.workers}: must be between 0 and {WORKERS_MAX}")
    if not settings.postgres:
        raise SettingsError(
            f"workers share a database, and {settings.database!r} is for one process: use --database postgresql://…,"
            " or leave --workers out"
        )
    if settings.test_clock:
        raise SettingsError("a test clock is one process' own: leave out --workers or --test-clock")
    if not hasattr(socket, "SO_REUSEPORT") or sys.platform == "win32":
        raise SettingsError("this system does not let processes share a port: start servers on ports of their own")
