"""The import table of the design, no cycles, the size ratchet, and that settings and operations are documented."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT

PACKAGE = ROOT / "src" / "chasqui"

# Each room may import those in its row, itself, and `base`. `app` names everything.
MAY_IMPORT = {
    "base": set(),
    "wire": set(),
    "patterns": set(),
    "store": set(),
    "access": {"wire", "store"},
    "crypto": {"wire", "store"},
    "telemetry": {"wire", "store"},
    "fabric": {"wire", "patterns", "store", "access", "crypto", "telemetry"},
    "delivery": {"wire", "store", "access", "crypto", "telemetry", "fabric"},
    "services": {"wire", "patterns", "store", "access", "crypto", "telemetry", "fabric", "delivery"},
    "server": {"wire", "store", "access", "crypto", "telemetry"},
    "console": {"wire", "patterns", "store", "access", "server"},
    "assembly": {"wire", "store", "access", "crypto", "telemetry", "fabric", "delivery", "services", "server"},
    "app": {
        "assembly",
        "wire",
        "store",
        "access",
        "crypto",
        "telemetry",
        "fabric",
        "delivery",
        "services",
        "server",
        "console",
    },
    "fleet": set(),
    "cli": {"app", "telemetry", "fleet"},
    "testing": {"app", "cli"},
}
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
# Generated, or tables.
LONG_FILES = {f"services/{name}/types.py" for name in ("sqs", "iam", "kms", "sns", "s3", "lambda_")}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: set[str]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module or "" for name in whole]
        else:
            continue
        found |= {name for name in names if name in known}
    return found


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: imports(path, set(known)) - {name, "chasqui"} for name, path in known.items()}


def test_imports_go_one_way() -> None:
    for module, imported in graph().items():
        room = room_of(module)
        if room in ("", "__main__"):
            continue
        for other in imported:
            allowed = MAY_IMPORT[room] | {room, "base"}
            assert room_of(other) in allowed, f"{module} imports {other}"


def test_services_never_import_a_sibling() -> None:
    for module, imported in graph().items():
        if module.startswith("chasqui.services."):
            own = ".".join(module.split(".")[:3])
            for other in imported:
                assert not other.startswith("chasqui.services.") or other.startswith(own), f"{module} imports {other}"


def test_there_is_no_import_cycle() -> None:
    edges = graph()
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module not in done:
            for other in edges[module]:
                visit(other, (*path, module))
            done.add(module)

    for module in edges:
        visit(module, ())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", modules().values(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path: Path) -> None:
    name = str(path.relative_to(PACKAGE))
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE_LINES_MAX or name in LONG_FILES, f"{name} has {lines} lines: it holds two ideas"
    for function, length in functions(path):
        assert length <= FUNCTION_LINES_MAX, f"{name}: {function} has {length} lines"


@pytest.mark.parametrize("path", modules().values(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_setting_is_documented() -> None:
    from chasqui.base.settings import load_settings
    from chasqui.cli.show import setting_rows

    documented = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for name, _, variable, text in setting_rows(load_settings(environ={})):
        assert text, f"{name} has no description"
        assert f"`{variable}`" in documented, f"{variable} is not in docs/reference/settings.md: make docs"


def tables() -> dict[str, Any]:
    """The tables of operations of all services that there are, by their folders."""
    found = {}
    for folder in sorted((PACKAGE / "services").iterdir()):
        name = folder.name
        for module in ("table", "service"):
            if (folder / f"{module}.py").is_file():
                found[name] = importlib.import_module(f"chasqui.services.{name}.{module}").TABLE
                break
    return found


def test_every_operation_of_sqs_is_there() -> None:
    from chasqui.wire.model import load_service

    assert set(tables()["sqs"].operations) == set(load_service("sqs").operation_names)


@pytest.mark.parametrize("name", tables())
def test_every_operation_is_documented(name: str) -> None:
    documented = (ROOT / "docs" / "reference" / f"{name.rstrip('_')}.md").read_text(encoding="utf-8")
    for operation in tables()[name].operations:
        assert f"`{operation}`" in documented, f"{operation} is not in docs/reference/{name}.md: make docs"


@pytest.mark.parametrize("name", tables())
def test_every_operation_has_its_action(name: str) -> None:
    table = tables()[name]

    assert set(table.actions) == set(table.operations)
    for operation, action in table.actions.items():
        assert re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+", action.name), f"{operation}: {action.name}"
        assert action.told.lower() in ("", action.name.lower()), f"{operation}: {action.told}"


@pytest.mark.parametrize("name", tables())
def test_an_action_finds_a_resource_in_any_request(name: str) -> None:
    """Whatever a request lacks, the access layer gets something to decide on."""
    from chasqui.base.call import Call
    from chasqui.base.principal import root_of

    table = tables()[name]
    call = Call("000000000000", "us-east-1", root_of("000000000000"), "000000000000", "http://localhost:4566")
    for operation, action in table.actions.items():
        request = table.inputs[operation]() if operation in table.inputs else None
        resource = action.resource(call, request)
        assert resource == "*" or resource.startswith("arn:"), f"{operation}: {resource}"
        assert isinstance(dict(action.context(call, request)) if action.context else {}, dict)
        assert list(action.also(call, request) if action.also else ()) is not None


def test_nothing_committed_names_a_package_registry_or_a_home() -> None:
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("registry", "npmjs", "org"), ("proxy", "golang", "org"))]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in (ROOT / name for name in listed.split("\0") if name):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert "/opt/wheels" not in text or path == Path(__file__), f"{path} names a folder of one machine"
        for host in hosts:
            assert host not in text, f"{path} names {host}"
