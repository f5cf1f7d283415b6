"""Templates: one Jinja environment a language, in which everything that is inserted is escaped."""

from __future__ import annotations

import asyncio
import gc
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chasqui.console.assets import Assets
from chasqui.console.compiled import Compiled
from chasqui.console.language import LANGUAGES, Language

TEMPLATES: Final = Path(__file__).with_name("templates")
# What code templates become depends on these.
_OPTIONS: Final[dict[str, Any]] = {
    "extensions": ("jinja2.ext.i18n", "jinja2.ext.do"),
    "autoescape": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
}
_SLICE_SECONDS: Final = 0.002
_NAMED: Final = re.compile(r"""{%-?\s*(?:extends|include|import|from)\s+["']([^"']+)["']""")


class Renderer:
    """Renders templates in every language."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._environments: dict[str, Environment] = {}
        self._languages: dict[str, Language] = {}
        self._ready: set[tuple[str, str]] = set()
        self._compiled = Compiled(repr(_OPTIONS))

    def language(self, code: str) -> Language:
        """A language by its code; a thread's work when it is asked for the first time."""
        if code not in self._languages:
            self._languages[code] = Language(code)
        return self._languages[code]

    def _environment(self, code: str) -> Environment:
        if code not in self._environments:
            language = self.language(code)
            environment = Environment(
                loader=FileSystemLoader(TEMPLATES),
                undefined=StrictUndefined,
                auto_reload=False,
                bytecode_cache=self._compiled,
                **_OPTIONS,
            )
            environment.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
            environment.globals |= {"asset": self._assets.path, "language": language, "languages": LANGUAGES}
            environment.filters |= {
                "number": language.number,
                "bytes": language.bytes,
                "duration": language.duration,
                "time": _time,
            }
            self._environments[code] = environment
        return self._environments[code]

    async def render(self, code: str, template: str, values: dict[str, Any]) -> str:
        """A page's text. What a template is compiled to is made on a thread, once; a long page is made in slices,
        between which others have their turn."""
        if (code, template) not in self._ready:
            await asyncio.to_thread(self._compile, code, template)
            self._ready.add((code, template))
        loop, pieces = asyncio.get_running_loop(), []
        # What was done for the page until now has had its slice.
        until = 0.0
        for piece in self._environments[code].get_template(template).generate(values):
            pieces.append(piece)
            if loop.time() > until:
                turn = loop.create_future()
                loop.call_soon(turn.set_result, None)
                await turn
                until = loop.time() + _SLICE_SECONDS
        return "".join(pieces)

    def _compile(self, code: str, template: str) -> None:
        environment = self._environment(code)
        wanted, seen = [template], set[str]()
        while wanted:
            name = wanted.pop()
            seen.add(name)
            environment.get_template(name)
            source = environment.loader.get_source(environment, name)[0]  # type: ignore[union-attr]
            wanted += [each for each in _NAMED.findall(source) if each not in seen]
        gc.freeze()  # as in `front.py`; compiling leaves no garbage behind


def _time(value: float | str | None, unit: str = "s") -> Markup:
    """A moment, given in seconds (or "ms") since the epoch: `<time>`, which a script words for its reader's place."""
    if value is None or value == "":
        return Markup("–")
    seconds = float(value) / (1000 if unit == "ms" else 1)
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{0}">{0}</time>').format(text)
