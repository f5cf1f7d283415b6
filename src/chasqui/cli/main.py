"""`chasqui`: serve, queues, backup, restore, settings."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from chasqui import __version__
from chasqui.base.errors import ChasquiError
from chasqui.base.settings import load_settings

cli = typer.Typer(
    help="One durable server that speaks AWS' protocols. Point any AWS SDK, the CLI or Terraform at it with"
    " AWS_ENDPOINT_URL=http://localhost:4566.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Url = Annotated[str, typer.Option(help="The running server.", envvar="CHASQUI_URL")]
_DEFAULT_URL = "http://127.0.0.1:4566"


def main() -> None:
    """The entry point: errors that a person can mend are told in one line."""
    try:
        cli()
    except ChasquiError as error:
        typer.echo(f"chasqui: {error}", err=True)
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

    if sys.platform == "win32":
        asyncio.run(running())
    else:
        import uvloop

        uvloop.run(running())


def _version(value: bool) -> None:
    if value:
        typer.echo(f"chasqui {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """The options of every command."""


@cli.command()
def serve(
    data: Annotated[str | None, typer.Option(help="Data directory; the user's own by default.")] = None,
    database: Annotated[str | None, typer.Option(help="'sqlite' in the data directory, or 'memory'.")] = None,
    keys: Annotated[
        str | None, typer.Option(help="Folder of the encryption keys; 'keys' in the data directory.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port for HTTP and HTTPS; 4566 by default, 0 for any.")] = None,
    tls_cert: Annotated[str | None, typer.Option(help="Certificate chain (PEM): HTTPS on the same port.")] = None,
    tls_key: Annotated[str | None, typer.Option(help="The certificate's key (PEM).")] = None,
    durability: Annotated[
        str | None, typer.Option(help="'full': on disk before the answer. 'relaxed': survives a kill, not a power cut.")
    ] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Listen beyond loopback without checking callers.")
    ] = None,
    test_clock: Annotated[
        bool | None, typer.Option("--test-clock", help="Offer /_chasqui/clock to freeze and advance time.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Region of requests that name none.")] = None,
    init_dir: Annotated[str | None, typer.Option(help="Folder of .py and .sh files to run when ready.")] = None,
    log_format: Annotated[str | None, typer.Option(help="'text' or 'json'.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file (TOML); CHASQUI_CONFIG names one too.")] = None,
) -> None:
    """Serve until stopped (Ctrl-C or SIGTERM)."""
    given = {name: value for name, value in locals().items() if name != "config"}
    settings = load_settings(config, overrides=given)
    from chasqui.app import serve as run
    from chasqui.telemetry.logs import set_up_logs

    set_up_logs(settings.log_format, settings.log_level)
    run_until_signalled(lambda stop: run(settings, stop))


@cli.command()
def settings(config: Annotated[Path | None, typer.Option(help="Settings file (TOML).")] = None) -> None:
    """Show every setting: its value, its variable and what it is for."""
    from chasqui.cli.show import show_settings

    show_settings(load_settings(config))


@cli.command()
def queues(
    url: Url = _DEFAULT_URL,
    prefix: Annotated[str, typer.Option(help="Only queues whose names begin so.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Print the table once instead of keeping it live.")] = False,
    interval: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.2)] = 2.0,
) -> None:
    """A live table of queues: depth, in flight, delayed, age of the oldest message, rates."""
    from chasqui.cli.queues import show_queues

    show_queues(url, prefix, once=once, interval_s=interval)


@cli.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder to write; must not exist, or be empty.")],
    url: Url = _DEFAULT_URL,
) -> None:
    """Write a consistent copy of a running server's data, on the server's machine. Keys are copied by you."""
    from chasqui.cli.backups import take_backup

    take_backup(url, target)


@cli.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `chasqui backup` wrote.")],
    data: Annotated[Path | None, typer.Option(help="The data directory to fill; must not hold a database.")] = None,
) -> None:
    """Put a backup in place of an empty data directory. The server must not be running."""
    from chasqui.cli.backups import restore_backup

    restore_backup(source, data or load_settings().data_dir)
