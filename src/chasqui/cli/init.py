"""`chasqui init`: the first administrator of a server, and a profile for the AWS SDKs and CLI."""

from __future__ import annotations

import asyncio
import configparser
import os
from pathlib import Path

import click

from chasqui.app import make_administrator
from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings


def run_init(settings: Settings, account: str, user: str, profile: str | None, url: str) -> None:
    """Make the administrator, print the keys, write the profile."""
    if profile is not None:
        _check_free(profile)
    key = asyncio.run(make_administrator(settings, account, user))
    click.echo(f"User {user} of account {account} may do everything. This is the only time its secret is shown:\n")
    click.echo(f"AWS_ACCESS_KEY_ID={key.id}\nAWS_SECRET_ACCESS_KEY={key.secret}")
    if profile is not None:
        _write_profile(profile, key.id, key.secret, settings.region, url)
        click.echo(f"\nThe profile {profile} has them: AWS_PROFILE={profile} aws sts get-caller-identity", err=True)


def _files() -> tuple[Path, Path]:
    """The SDKs' files of credentials and of settings."""
    home = Path.home() / ".aws"
    credentials = os.environ.get("AWS_SHARED_CREDENTIALS_FILE")
    config = os.environ.get("AWS_CONFIG_FILE")
    return Path(credentials or home / "credentials"), Path(config or home / "config")


def _section(profile: str) -> str:
    """What a profile is called in the file of settings."""
    return profile if profile == "default" else f"profile {profile}"


def _check_free(profile: str) -> None:
    for path, section in zip(_files(), (profile, _section(profile)), strict=True):
        if _read(path).has_section(section):
            raise SettingsError(f"{path} has a profile {profile} already: name another one")


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="chasqui has no defaults")
    try:
        parser.read(path, encoding="utf-8")
    except configparser.Error as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return parser


def _write_profile(profile: str, key: str, secret: str, region: str, url: str) -> None:
    credentials, config = _files()
    _append(credentials, profile, {"aws_access_key_id": key, "aws_secret_access_key": secret})
    _append(config, _section(profile), {"region": region, "endpoint_url": url})


def _append(path: Path, section: str, values: dict[str, str]) -> None:
    """Add a section at the file's end, leaving all that is in it as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    gap = "" if not held else "\n" if held.endswith("\n") else "\n\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(f"{gap}[{section}]\n{lines}")
