"""What templates are compiled to, kept as Python keeps modules: in `__pycache__` beside them where that may be written.

Compiling those of one page takes a tenth of a second, which a fresh server's first visitor would wait for. What is
kept is trusted as `.pyc` files are: who can write them can write the modules as well. `-B` and `PYTHONPYCACHEPREFIX`
mean the same for both.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

_DIGEST_BYTES = hashlib.sha256().digest_size


class Compiled(BytecodeCache):
    """Code by its template, the same in every language; read from and written to files. Whatever a file has that is not
    of this source, these `options` of the environment, this Jinja and this Python is compiled anew."""

    def __init__(self, options: str) -> None:
        self._made_by = MAGIC_NUMBER + f"{jinja2.__version__} {options}".encode()
        self._kept: dict[str, CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The template's file."""
        return filename or name

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is kept of a template; nothing if it is another's, cut off or damaged."""
        bucket.code = self._kept.get(bucket.key)
        if bucket.code is None:
            try:
                data = Path(cache_from_source(bucket.key)).read_bytes()
            except OSError:
                return
            code = data[_DIGEST_BYTES:]
            if data[:_DIGEST_BYTES] == self._digest(bucket, code):
                bucket.code = self._kept[bucket.key] = marshal.loads(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template has been compiled to."""
        assert bucket.code is not None
        self._kept[bucket.key] = bucket.code
        if not sys.dont_write_bytecode:
            code = marshal.dumps(bucket.code)
            # Python's own way: a new file that takes the old one's place, and nothing where the folder is not ours.
            loader = SourceFileLoader(bucket.key, bucket.key)
            loader.set_data(cache_from_source(bucket.key), self._digest(bucket, code) + code)

    def _digest(self, bucket: Bucket, code: bytes) -> bytes:
        return hashlib.sha256(self._made_by + bucket.checksum.encode() + code).digest()
