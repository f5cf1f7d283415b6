"""The console's texts: each has its translation, one in all sections; and nothing that is read was never marked."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from tools import texts

from chasqui.console.language import LANGUAGES

TEMPLATES = texts.CONSOLE / "templates"
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
#: What is code wherever it stands: addresses, ARNs, files, attributes of HTML that a macro writes.
WRITTEN = re.compile(r"[\w:-]+=\"[^\"]*\"|\S*\w(?:::|[:/._=@])\w\S*")
WORD = re.compile(r"[^\W\d_]{2,}")

#: What is the same in every language: names of products, protocols, programs and formats.
SAME = frozenset(re.findall(r"\w+", """
    Chasqui Amazon AWS CLI SQS SNS IAM KMS Lambda CloudTrail ARN JSON XML CSV HTTP HTTPS URL UTC ID MD5 SHA Ctrl
    boto3 Python JavaScript Java Go Node FIFO DLQ SSE TLS
"""))  # fmt: skip
#: Elements whose text is code, or no text.
CODE = frozenset(("code", "pre", "kbd", "samp", "script", "style", "title", "svg", "textarea", "time"))
#: Attributes that are read to people.
READ = frozenset(("aria-label", "title", "placeholder", "alt", "aria-description", "aria-valuetext", "label"))
#: Arguments that are shown to people.
SAID = frozenset(("done", "failed", "problem", "help", "label", "note"))


def catalogs(language: str) -> dict[str, Catalog]:
    """A language's catalogs as they stand in their files, by section."""
    found = {}
    for path in sorted((texts.TEXTS / language).glob("*.po")):
        with path.open("rb") as file:
            found[path.stem] = read_po(file, locale=language)
    return found


def strings(message: Any) -> tuple[str, ...]:
    """A message's translations."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def ids(message: Any) -> tuple[str, ...]:
    """A message's ids: one, or singular and plural."""
    return message.id if isinstance(message.id, tuple) else (message.id,)


@pytest.fixture(scope="module")
def gathered() -> dict[str, Catalog]:
    return {name: catalog for name, catalog in texts.gathered().items() if any(each.id for each in catalog)}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_catalogs_have_the_texts_of_the_code_and_no_others(language: str, gathered: dict[str, Catalog]) -> None:
    wanted = {(name, ids(each)) for name, catalog in gathered.items() for each in catalog if each.id}
    found = {(name, ids(each)) for name, catalog in catalogs(language).items() for each in catalog if each.id}
    assert sorted(found ^ wanted) == [], "run `make texts`"


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    problems = []
    for section, catalog in catalogs(language).items():
        for message in catalog:
            plural = isinstance(message.id, tuple)
            expected = catalog.num_plurals if plural else 1
            if message.id and (message.fuzzy or len(strings(message)) != expected or not all(strings(message))):
                problems.append(f"{section}: {message.id}")
    assert not problems


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_translations_have_the_placeholders_of_their_texts(language: str) -> None:
    problems = []
    for section, catalog in catalogs(language).items():
        for message in catalog:
            wanted = set(PLACEHOLDER.findall(ids(message)[-1]))
            for text in strings(message):
                given = set(PLACEHOLDER.findall(text))
                # In a singular the number may be a word.
                if message.id and given != wanted and not (isinstance(message.id, tuple) and given | {"num"} == wanted):
                    problems.append(f"{section}: {message.id}: {text}")
                if message.id and "%" in PLACEHOLDER.sub("", text) and "%" not in PLACEHOLDER.sub("", ids(message)[0]):
                    problems.append(f"{section}: a bare % in {text}")
    assert not problems


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_one_text_has_one_translation_in_all_sections(language: str) -> None:
    found: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for section, catalog in catalogs(language).items():
        for message in catalog:
            if message.id:
                found[ids(message)[0]][strings(message)].append(section)
    several = [f"{name}: {dict(ways)}" for name, ways in found.items() if len(ways) > 1]
    assert not several, "\n".join(several)


def test_compiled_catalogs_are_those_of_the_texts() -> None:
    stale = [path.name for path, data, _ in texts.files() if not path.exists() or path.read_bytes() != data]
    assert not stale, "run `make texts`"


def test_every_language_has_a_catalog_for_the_same_sections() -> None:
    assert set(texts.LANGUAGES) == set(LANGUAGES) - {"en"}
    assert set(catalogs("fr")) == set(catalogs("pt"))


# ------------------------------------------------------------------------------------------------------ unmarked text


class Reader(HTMLParser):
    """Gathers what people would read of HTML, where `words` finds some. What a template inserts is a `\\x01`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code: list[str] = []

    def words(self, text: str) -> list[str]:
        return words(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ and value and self.words(value)]
        given = dict(attrs)
        foreign = "lang" in given and tag != "html"
        if (tag in CODE or foreign or given.get("translate") == "no") and tag not in ("input", "img"):
            self._code.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._code:
            del self._code[len(self._code) - 1 - self._code[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._code and self.words(data):
            self.found.append(data.strip())


def words(text: str) -> list[str]:
    """The words of a text that are not the same in every language."""
    return [word for word in WORD.findall(WRITTEN.sub(" ", text)) if word not in SAME]


def own_html(environment: Environment, source: str) -> str:
    """A template without what is inserted and decided."""
    parts: list[str] = []
    for _line, kind, value in environment.lex(source):
        if kind == "data":
            parts.append(value)
        elif kind == "variable_begin":
            parts.append("\x01")
    return "".join(parts)


def literals(node: nodes.Node) -> Iterator[str]:
    """Strings in expressions that no call for a translation surrounds."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in ("_", "ngettext"):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from literals(child)


def is_prose(text: str) -> bool:
    """Whether a string is words for people: two words with a space between, the first in a capital."""
    return re.match(r"[A-Z][a-z]+(?: [a-z]{2,})+", text) is not None and bool(words(text))


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def test_templates_have_no_text_that_was_not_marked() -> None:
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True)
    problems = []
    for path in templates():
        source, reader = path.read_text(), Reader()
        reader.feed(own_html(environment, source))
        prose = [each for each in literals(environment.parse(source)) if is_prose(each)]
        problems += [f"{path.relative_to(TEMPLATES)}: {each}" for each in [*reader.found, *prose]]
    assert not problems, "\n".join(problems)


def test_a_reader_of_templates_finds_what_was_not_marked() -> None:
    reader = Reader()
    reader.feed('<p>Hello \x01</p><code>ls</code><p aria-label="A list">\x01</p><p>AWS CLI</p>')
    assert reader.found == ["Hello \x01", "A list"]


def test_answers_say_nothing_that_was_not_marked() -> None:
    """`page.redirect(…, done="Deleted.")` and its like."""
    problems = []
    for path in sorted(texts.CONSOLE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg in ("done", "failed", "problem", "help", "label", "note") and _is_text(
                        keyword.value
                    ):
                        problems.append(f"{path.relative_to(texts.CONSOLE)}:{node.lineno}")
    assert not problems


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_is_text(each) for each in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and len(words(node.value)) > 1
