"""`chasqui`: serve, workers, init, settings, queues, access, trace, advise, backup, restore, migrate.

Each command imports what it needs when it runs, so that help is instant and the server carries nothing it does not use.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chasqui import __version__
from chasqui.base.errors import ChasquiError
from chasqui.base.loops import loop_factory
from chasqui.base.settings import load_settings

_DEFAULT_URL = "http://127.0.0.1:4566"

url_option = click.option(
    "--url", default=_DEFAULT_URL, envvar="CHASQUI_URL", show_default=True, help="The running server."
)


def main() -> None:
    """The entry point: errors that a person can mend are told in one line."""
    try:
        cli()
    except ChasquiError as error:
        click.echo(f"chasqui: {error}", err=True)
        sys.exit(1)


def run_until_signalled(work: Callable[[asyncio.Event], Any]) -> None:
    """Run `work(stop)` on the fastest loop there is; SIGTERM and SIGINT set `stop`."""

    async def running() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        if sys.platform == "win32":
            signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
        await work(stop)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(running())


@click.group(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="chasqui", message="%(prog)s %(version)s")
def cli() -> None:
    """One durable server that speaks AWS' protocols.

    Point any AWS SDK, the CLI or Terraform at it with AWS_ENDPOINT_URL=http://localhost:4566.
    """


@cli.command()
@click.option("--data", help="Data directory; the user's own by default.")
@click.option("--database", help="'sqlite' in the data directory, 'postgresql://…', or 'memory'.")
@click.option("--blobs", help="With PostgreSQL: a shared folder or s3://bucket/prefix for large blobs.")
@click.option("--keys", help="Folder of the encryption keys; 'keys' in the data directory by default.")
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=int, help="Port for HTTP and HTTPS; 4566 by default, 0 for any.")
@click.option("--workers", type=int, help="With PostgreSQL: so many processes share the port; SIGHUP replaces them.")
@click.option("--tls-cert", help="Certificate chain (PEM): HTTPS on the same port.")
@click.option("--tls-key", help="The certificate's key (PEM).")
@click.option("--durability", help="'full': on disk before the answer. 'relaxed': survives a kill, not a power cut.")
@click.option("--auth", help="'permissive', 'strict' or 'audit'; strict by default when listening beyond loopback.")
@click.option("--test-clock", is_flag=True, default=None, help="Offer /_chasqui/clock to freeze and advance time.")
@click.option("--region", help="Region of requests that name none; us-east-1 by default.")
@click.option("--init-dir", help="Folder of .py and .sh files to run when ready.")
@click.option("--log-format", help="'text' or 'json'.")
@click.option("--log-level", help="debug, info, warning or error.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML); CHASQUI_CONFIG names one too.")
def serve(config: Path | None, **given: Any) -> None:
    """Serve until stopped (Ctrl-C or SIGTERM)."""
    chosen = load_settings(config, overrides=given)
    from chasqui.telemetry.logs import set_up_logs

    set_up_logs(chosen.log_format, chosen.log_level)
    if chosen.workers:
        from chasqui.cli.workers import serve_with_workers as run
    else:
        from chasqui.app import serve as run
    run_until_signalled(lambda stop: run(chosen, stop))


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Look at the fleet that runs with this FILE: a live table.")
@click.option("--status", is_flag=True, help="The same, once.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="How log lines look.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
def workers(file: Path, watch: bool, status: bool, log_format: str, log_level: str) -> None:
    """Keep a fleet of your own programs that consume a queue, scaled on its backlog.

    FILE (TOML) says which queue, which command and how many; SIGHUP reads it again, SIGTERM ends the workers in good
    order. (Not `serve --workers`, which is how many processes the server itself has.)
    """
    if watch or status:
        from chasqui.fleet.watch import show_fleet

        show_fleet(file, once=not watch, interval_s=1.0)
        return
    from chasqui.fleet.fleet import run_fleet
    from chasqui.telemetry.logs import set_up_logs

    set_up_logs(log_format, log_level)
    run_until_signalled(lambda stop: run_fleet(file, stop))


@cli.command()
@click.option("--data", help="Data directory; the user's own by default.")
@click.option("--database", help="'sqlite' in the data directory, or 'postgresql://…'.")
@click.option("--keys", help="Folder of the encryption keys; 'keys' in the data directory by default.")
@click.option("--account", default="000000000000", show_default=True, help="The administrator's account: 12 digits.")
@click.option("--user", default="admin", show_default=True, help="The administrator's name.")
@click.option("--profile", help="Write the keys into ~/.aws as this profile.")
@click.option("--url", default=_DEFAULT_URL, show_default=True, help="The server's address, for the profile.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML).")
def init(config: Path | None, account: str, user: str, profile: str | None, url: str, **given: Any) -> None:
    """Make an administrator, whose keys are shown once. A server on SQLite must not be running.

    An administrator that is there gets another access key.
    """
    from chasqui.cli.init import run_init

    run_init(load_settings(config, overrides=given), account, user, profile, url)


@cli.command()
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML).")
def settings(config: Path | None) -> None:
    """Show every setting: its value, its variable and what it is for."""
    from chasqui.cli.show import show_settings

    show_settings(load_settings(config))


@cli.command()
@url_option
@click.option("--prefix", default="", help="Only queues whose names begin so.")
@click.option("--once", is_flag=True, help="Print the table once instead of keeping it live.")
@click.option(
    "--interval", type=click.FloatRange(min=0.2), default=2.0, show_default=True, help="Seconds between looks."
)
def queues(url: str, prefix: str, once: bool, interval: float) -> None:
    """A live table of queues: depth, in flight, delayed, age of the oldest message, rates."""
    from chasqui.cli.queues import show_queues

    show_queues(url, prefix, once=once, interval_s=interval)


@cli.group()
def access() -> None:
    """Who may do what."""


@access.command()
@click.argument("request_id")
@url_option
def explain(request_id: str, url: str) -> None:
    """Tell why the request REQUEST_ID was refused, and what would allow it.

    The id is in the answer's x-amzn-requestid header, in SDKs' errors, and in the server's log.
    """
    from chasqui.cli.access import explain as tell

    tell(url, request_id)


@cli.command()
@click.argument("message_id")
@click.option("--all", "everything", is_flag=True, help="Show subscriptions too whose filters did not let it through.")
@url_option
def trace(message_id: str, everything: bool, url: str) -> None:
    """Tell what became of the message MESSAGE_ID that was published to a topic: who got it, who did not and why.

    The id is what Publish answered, and in every notification.
    """
    from chasqui.cli.trace import trace as tell

    tell(url, message_id, everything=everything)


@cli.command()
@url_option
@click.option("--account", default="", help="The account to look at; by default the server's.")
@click.option("--region", default="", help="The region to look at, or all; by default the server's.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="warning",
    show_default=True,
    help="From which severity on the exit status is 2.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def advise(url: str, account: str, region: str, fail_on: str, as_json: bool) -> None:
    """Tell what goes wrong in practice with what exists now, and the commands that mend it.

    The exit status is 0 where there is nothing as bad as --fail-on, 2 where there is, 1 where no server answers.
    """
    from chasqui.cli.advise import advise as tell

    sys.exit(tell(url, account, region, fail_on=fail_on, as_json=as_json))


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@url_option
def backup(target: Path, url: str) -> None:
    """Write a consistent copy of a running server's data to TARGET, a new or empty folder on the server's machine."""
    from chasqui.cli.backups import take_backup

    take_backup(url, target)


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="The data directory to fill; must not hold a database.")
def restore(source: Path, data: Path | None) -> None:
    """Put the backup in SOURCE into a data directory. The server must not be running."""
    from chasqui.cli.backups import restore_backup

    restore_backup(source, data or load_settings().data_dir)


@cli.command()
@click.option("--from", "source", required=True, metavar="SQLITE", help="sqlite:///data/directory, or its path.")
@click.option("--to", "target", required=True, metavar="POSTGRESQL", help="postgresql://user@host/database, empty.")
@click.option("--blobs", help="Where large blobs go, as the new servers' --blobs will say; else the database.")
def migrate(source: str, target: str, blobs: str | None) -> None:
    """Move a data directory to PostgreSQL, where many servers can share it.

    The server on the directory must be stopped. Interrupted, the same command goes on where it was; at its end every
    row is compared. The directory is left as it is.
    """
    from chasqui.cli.migrate import run_migration

    run_migration(source, target, blobs)
