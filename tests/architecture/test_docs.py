"""The documentation is true: its commands run, its links lead somewhere, the files it names are there.

A page is run as a reader would follow it, in a home of its own against a server of its own:

- ```sh blocks are given to bash one after the other; what one exports the next ones see.
- A block whose first line is a comment with a file's name (`# producer.py`, `# ~/.aws/config`) is written to that file.
  Any other ```python block is run.
- `make run` and `chasqui serve …`, alone in a block, stop the server and start it again so.
- An ```output block is what the block before it prints; `…` stands for anything.
- `<!-- another terminal -->` before a block lets it run on beside the others until the page ends.
- `<!-- not run: reason -->` before a block leaves it out, and ```text blocks and all other languages are for reading.

4566 stands for the port of the page's server.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import COMMAND, ROOT, Server

DOCS = ROOT / "docs"
TRANSLATED = re.compile(r"\.(fr|pt)\.md\Z")
TUTORIALS, HOW_TOS = sorted(DOCS.glob("tutorial/*.md")), sorted(DOCS.glob("how-to/*.md"))
FOLLOWED = [ROOT / "README.md", *(page for page in (*TUTORIALS, *HOW_TOS) if not TRANSLATED.search(page.name))]
TRANSLATIONS = [page for page in TUTORIALS if TRANSLATED.search(page.name)]
INTERNAL = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", DOCS / "durability.md"]
INTERNAL += [*DOCS.glob("internals/*.md"), *DOCS.glob("decisions/*.md"), *DOCS.glob("reference/*.md")]
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
# Made by commands, not kept in the repository.
MADE = {"latest.json"}
BLOCK_SECONDS_MAX = 60

_BLOCK = re.compile(r"(?:<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
_FILE = re.compile(r"# (?P<name>[\w~./-]+\.?\w+)\n")
_SERVE = re.compile(r"(?:\w+=\S+ )*(?:make run|chasqui serve\b[^\n]*)\n\Z")


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, with the comment that stands right before it."""

    language: str
    text: str
    note: str

    @property
    def file(self) -> str | None:
        """The name of the file that the block is, when it is one."""
        named = _FILE.match(self.text) if self.language in ("python", "ini", "toml") else None
        return named["name"] if named else None

    @property
    def followed(self) -> bool:
        return not self.note.startswith("not run:") and (
            self.language in ("sh", "python", "output") or self.file is not None
        )


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(found["language"], found["text"], found["note"] or "") for found in _BLOCK.finditer(text)]


class Reader:
    """Somebody at a keyboard who does what a page says."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.desk = folder / "desk"
        self.exported = folder / "exported"
        self.home.mkdir()
        self.desk.mkdir()
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHASQUI_", "PYTEST"))
        }
        self.environ = {
            **kept,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "160",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.others: list[subprocess.Popen[bytes]] = []
        self.port = ""
        self.server = self._serve("chasqui serve")
        self.port = self.server.url.rpartition(":")[2]
        self.environ |= {"CHASQUI_PORT": self.port, "CHASQUI_URL": f"http://127.0.0.1:{self.port}"}

    def _serve(self, command: str) -> Server:
        words = shlex.split(command.replace("make run", "chasqui serve"))
        at = words.index("chasqui")
        variables = dict(word.split("=", 1) for word in words[:at])
        options = [word.replace("~", str(self.home), 1) if word.startswith("~") else word for word in words[at + 2 :]]
        data = self.home / ".local" / "share" / "chasqui"
        return Server(data, "--port", self.port or "0", *options, environ={**self.environ, **variables})

    def follow(self, page: Path) -> None:
        """Do the page's blocks in order."""
        printed = ""
        for block in blocks(page):
            if block.followed:
                printed = self.do(block, printed)

    def do(self, block: Block, printed: str) -> str:
        """Do one block; returns what it printed."""
        text = block.text.replace("4566", self.port)
        if block.language == "output":
            assert looks_like(printed, text), f"printed:\n{printed}\nbut the page says:\n{text}"
            return printed
        if block.file is not None:
            name = block.file.replace("~", str(self.home), 1)
            (self.desk / name).parent.mkdir(parents=True, exist_ok=True)
            (self.desk / name).write_text(text, encoding="utf-8")
            return ""
        if block.language == "python":
            (self.desk / "block.py").write_text(text, encoding="utf-8")
            return self.shell("python block.py\n")
        if _SERVE.match(text):
            self.server.stop()
            self.server = self._serve(text)
            return ""
        if block.note == "another terminal":
            self.others.append(subprocess.Popen(self._command(text), cwd=self.desk, env=self.environ, process_group=0))
            return ""
        return self.shell(text)

    def _command(self, text: str) -> list[str]:
        exported = shlex.quote(str(self.exported))
        before = f"set -aeuo pipefail\n[ ! -f {exported} ] || . {exported}\n"
        return ["bash", "-c", f"{before}{text}\nexport -p > {exported}"]

    def shell(self, text: str) -> str:
        done = subprocess.run(
            self._command(text),
            cwd=self.desk,
            env=self.environ,
            capture_output=True,
            encoding="utf-8",
            timeout=BLOCK_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{text}\nprinted:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def leave(self) -> None:
        for other in self.others:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(other.pid, signal.SIGKILL)
            other.wait(20)
        self.server.stop()


def looks_like(printed: str, shown: str) -> bool:
    """Whether what was printed is what a page shows, `…` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    someone = Reader(tmp_path)
    yield someone
    someone.leave()


@pytest.mark.parametrize("page", FOLLOWED, ids=ids)
def test_a_page_can_be_followed(page: Path, reader: Reader) -> None:
    reader.follow(page)


@pytest.mark.parametrize("page", TRANSLATIONS, ids=ids)
def test_a_translation_has_the_commands_of_its_original(page: Path) -> None:
    original = page.with_name(TRANSLATED.sub(".md", page.name))

    assert [block for block in blocks(page) if block.followed] == [
        block for block in blocks(original) if block.followed
    ]


@pytest.mark.parametrize("page", FOLLOWED, ids=ids)
def test_what_is_not_run_says_why(page: Path) -> None:
    for block in blocks(page):
        assert block.followed or block.language not in ("sh", "python") or len(block.note) > len("not run: ")


def anchor(heading: str) -> str:
    """What a heading is called in links, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.replace("`", "").lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists() or str(file.relative_to(ROOT)) in MADE, f"{target} is not there"
        if fragment:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
            assert fragment in map(anchor, headings), f"{target} has no such heading"


@functools.cache
def repository() -> str:
    """Every file and folder of ours, a line each."""
    left_out = {"node_modules", "build", "__pycache__", "results"}
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in left_out and (name == ".ci" or name[0] != ".")]
        inside = f"/{Path(folder).relative_to(ROOT)}/".replace("/./", "/")
        found += [f"{inside}{name}" for name in files] + [f"{inside}{name}/" for name in folders]
    return "\n".join(found)


_NAMED = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*(?:/|\.(?:py|md|json|sql|toml|txt|lua|svg))\Z")


@pytest.mark.parametrize("page", INTERNAL, ids=ids)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    for code in re.findall(r"`([^`\n]+)`", _BLOCK.sub("", page.read_text(encoding="utf-8"))):
        words = code.split() if " " in code else [code]
        for name in words:
            ours = _NAMED.match(name) and name not in MADE and not name.startswith("benchmarks/results")
            if ours and (len(words) == 1 or "/" in name):
                made = page.name == "durability.md" and name.endswith("/")  # folders of the data directory
                pattern = f"/{re.escape(name)}$".replace(r"\*", "[^/\\n]*")
                assert made or re.search(pattern, repository(), re.M), f"{name} is not there"


def test_every_control_endpoint_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "src" / "chasqui").rglob("*.py")]
    mounted = {path for text in sources for path in re.findall(r'\("(?:GET|POST|DELETE)", "(/_[\w/-]+)"\)', text)}

    assert mounted
    assert {path for path in mounted if f"`{path}`" not in readme} == set()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_make_command_has_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))

    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.M)) <= targets


@pytest.mark.parametrize("page", sorted(DOCS.glob("decisions/*.md")), ids=ids)
def test_a_decision_says_why_and_what_it_costs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.match(r"\d{3}-[a-z0-9-]+\.md\Z", page.name)
    assert text.startswith(f"# {int(page.name[:3])}. ")
    assert re.findall(r"^## (.*)$", text, re.M) == ["Context", "Decision", "What it costs"]
