"""Issuers' keys from a folder: for servers that must not, or cannot, ask the issuers.

The file of an issuer is its URL without the scheme, percent-encoded, and `.json`:
`idp.example.com%2Frealms%2Fmain.json` has the JWKS of `https://idp.example.com/realms/main`. It is read whenever a
token is, so that new keys count at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

from chasqui.access.oidc.keys import Jwk, NoKeys, read_key_set, without_scheme


class FolderKeys:
    """A `KeySource` that reads files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keys(self, issuer: str, kid: str) -> tuple[Jwk, ...]:
        return await asyncio.get_running_loop().run_in_executor(None, self._read, issuer)

    def _read(self, issuer: str) -> tuple[Jwk, ...]:
        path = self._folder / f"{quote(without_scheme(issuer), safe='')}.json"
        try:
            return read_key_set(path.read_bytes())
        except OSError as error:
            raise NoKeys(f"{path}: {error.strerror}") from error
