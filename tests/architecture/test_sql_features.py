"""What the PostgreSQL store asks of its database is what docs/how-to/scale-out.md says, no less and no more.

Statements are gathered from the modules and the migrations. A word that PostgreSQL reserves some meaning for, and a
function that it has, must be plain SQL or belong to a feature of the list; a feature of the list must be used.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chasqui.store.migrations import migrations
from chasqui.store.postgres.connection import SETTINGS
from tests.postgres import Postgres
from tests.support import ROOT

STORE = ROOT / "src" / "chasqui" / "store"
PAGE = ROOT / "docs" / "how-to" / "scale-out.md"
MODULES = [
    *sorted((STORE / "postgres").glob("[a-z]*.py")),
    STORE / "moving" / "target.py",
    STORE / "moving" / "tables.py",
]

_STATEMENT = re.compile(
    r"\s*(with|select|insert|update|delete|set|begin|commit|rollback|create|drop|alter|truncate|lock|listen|notify|copy"
    r"|declare|explain|analyze|vacuum|savepoint|release|call|do|merge|prepare|show|reset|discard|values|grant)\b"
)

# Name in the page: how it is recognised, and the words that it brings along.
FEATURES: dict[str, tuple[str, str]] = {
    "`unnest` of array parameters": (r"\bunnest\(", "unnest"),
    "`with ordinality`": (r"\bwith ordinality\b", "ordinality"),
    "`= any(…)`, `<> all(…)` of an array": (r"(?:=|<>) (?:any|all)\(", "any array"),
    "`lateral`": (r"\blateral\b", "lateral"),
    "`insert`, `update` and `delete` within `with`": (r"\bas (?:materialized )?\(\s*(?:insert|update|delete)\b", ""),
    "`as materialized`": (r"\bas materialized\b", "materialized"),
    "`insert … on conflict`": (r"\bon conflict\b", "conflict do nothing"),
    "`returning`": (r"\breturning\b", "returning"),
    "`update … from`, `delete … using`": (r"\bdelete from \w+ \w+ using\b", "using"),
    "`for update`, `for share`": (r"\bfor (?:update|share)\b", "share"),
    "`skip locked`": (r"\bskip locked\b", "skip locked"),
    "`isolation level serializable`": (r"\bisolation level serializable\b", "isolation level serializable"),
    "Sequences": (r"\bcreate sequence\b", "sequence nextval setval"),
    "Identity columns": (r"\bgenerated always as identity\b", "generated always identity"),
    "Indexes of expressions": (r"\bcreate index \w+ on \w+\(\(", ""),
    "Partial indexes": (r"\bcreate (?:unique )?index [^;]* where\b", ""),
    '`collate "C"`': (r'\bcollate "C"', "collate"),
    "Row comparison": (r"\) ?(?:>|in) ?\((?:\$|select|\?)", ""),
    "`filter (where …)`": (r"\bfilter \(where\b", "filter"),
    "`array_agg(… order by …)`": (r"\barray_agg\(\w+ order by\b", "array_agg"),
    "Window functions": (r"\bover \(", "over"),
    "`nulls last`": (r"\bnulls last\b", "nulls"),
    "`greatest`, `least`": (r"\b(?:greatest|least)\(", "greatest least"),
    "`bytea`": (r"\bbytea\b", "octet_length substr"),
    "The database's clock": (r"\bclock_timestamp\(\)", "clock_timestamp extract"),
    "`to_regclass`, `current_setting`": (r"\bto_regclass\(", "to_regclass current_setting"),
    "Tables and indexes made in a transaction": (r"\bcreate table\b", "table alter add drop"),
    "`truncate`": (r"\btruncate\b", "truncate"),
    "Storage parameters": (r"\bfillfactor\b", ""),
    "`set storage external`": (r"\bset storage external\b", "storage external"),
    "`LISTEN`, `NOTIFY`": (r"\bpg_notify\(", "pg_notify"),
    "Settings": (r"\bset (?:local )?(?:enable_seqscan|statement_timeout)\b", "local"),
}

# SQL that any relational database has, and PostgreSQL's words that are names of ours here.
PLAIN = """
all and as begin bigint boolean by case coalesce column commit count create cross default delete desc distinct else
end exists false for from group if in index insert integer into is join left limit max min not null of offset on or
order primary rollback select set sum text then true union unique update values when where with between
"""
NAMES = """
before cursor data document first key last name next old owner stored type types value version log move until rows off
"""


@functools.cache
def statements() -> tuple[str, ...]:
    """Every statement and part of one, without comments and literals; the tests' own are not asked for."""
    found = [*migrations("postgres")]
    for path in MODULES:
        if path.name != "__init__.py":
            found += _of_module(path)
    return tuple(re.sub(r"--[^\n]*|'[^']*'", " ", each) for each in found)


def _of_module(path: Path) -> Iterator[str]:
    module = importlib.import_module("chasqui." + ".".join(path.relative_to(STORE.parent).with_suffix("").parts))
    if path.name == "tables.py":
        for table in module.TABLES:
            yield from (table.insert, table.find)
        return
    # Put together from parts, some of them; whole, they are in the module.
    yield from (value for name, value in vars(module).items() if isinstance(value, str) and name.strip("_").isupper())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        if isinstance(text, str) and _STATEMENT.match(text):
            yield text


def used() -> set[str]:
    return {name for name, (sign, _) in FEATURES.items() if any(re.search(sign, each) for each in statements())}


def section(heading: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def listed() -> list[str]:
    """The first column of the page's table."""
    rows = re.findall(r"^\| (.*?) \|", section("The SQL it relies on"), re.M)
    return rows[1:]  # below the heading


def test_the_page_lists_what_is_used_and_nothing_else() -> None:
    assert used() == set(FEATURES), "no statement uses it any more: take it out of FEATURES and of the page"
    assert sorted(listed()) == sorted(FEATURES)


def test_no_statement_uses_a_word_of_postgresql_that_no_feature_of_the_page_has(postgres: Postgres) -> None:
    """So that whoever uses something new writes down what the database must have."""
    known = {*PLAIN.split(), *NAMES.split(), *(word for _, words in FEATURES.values() for word in words.split())}
    keywords = set(postgres.sql("select word from pg_get_keywords()").splitlines())
    functions = set(postgres.sql("select distinct proname from pg_proc").splitlines())
    for statement in statements():
        words = set(re.findall(r"[a-z_]\w*", statement.lower()))
        assert words & keywords <= known, f"{words & keywords - known} in {statement}"
        # Not `create table log(` and the like: that is a name.
        called = set(re.findall(r"(?<!table )(?<!into )(?<!on )\b([a-z_]\w*)\(", statement.lower()))
        assert called & functions <= known, f"{called & functions - known} in {statement}"


@pytest.mark.parametrize(
    "statement",
    ["select pg_advisory_lock(1)", "merge into queue q using u on true", "select * from message tablesample system (1)",
     "with recursive r as (select 1) select * from r", "select jsonb_build_object()", "copy message from stdin"],
)  # fmt: skip
def test_that_test_finds_something_new(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    monkeypatch.setattr(f"{__name__}.statements", lambda: (statement,))

    with pytest.raises(AssertionError, match=r" in (?:select|merge|with|copy)"):
        test_no_statement_uses_a_word_of_postgresql_that_no_feature_of_the_page_has(postgres)


def test_the_page_names_every_setting_of_a_session() -> None:
    text = section("The SQL it relies on")
    planner = {name for each in statements() for name in re.findall(r"\bset (?:local )?(enable_\w+|plan_\w+)", each)}
    stored = {name for each in migrations("postgres") for name in re.findall(r"\b(fillfactor|autovacuum_\w+) =", each)}

    assert planner
    assert stored
    for name in {*SETTINGS, *planner, *stored, "synchronous_commit"}:
        assert f"`{name}`" in text, f"{name} is not named"


def test_the_administrators_statements_of_the_page_run(postgres: Postgres) -> None:
    blocks = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    try:
        for statement in "".join(blocks).split(";"):
            if statement.strip():
                postgres.sql(statement)
        assert postgres.sql("show server_encoding", "chasqui") == "UTF8"
    finally:
        postgres.sql("drop database if exists chasqui")
        postgres.sql("drop role if exists chasqui")

    role_settings = set(re.findall(r"alter role chasqui set (\w+)", "".join(blocks)))
    planner = {name for each in statements() for name in re.findall(r"\bset (enable_\w+)", each)}
    assert planner <= role_settings
