"""Addresses with passwords: never shown, never repeated."""

from __future__ import annotations

import pytest

from chasqui.base.addresses import check_address, without_password
from chasqui.base.errors import SettingsError

PASSWORD = "s3cret"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:s3cret@db/x", "postgresql://me:…@db/x"),
        ("postgresql://me:s3cret@a:1,b:2/x?sslmode=require", "postgresql://me:…@a:1,b:2/x?sslmode=require"),
        ("postgresql://me:s3@cret@db/x", "postgresql://me:…@db/x"),
        ("postgresql://me:s3/cret@db/x", "postgresql://me:…@db/x"),
        ("postgresql://me:s3?c#ret@db/x", "postgresql://me:…@db/x"),
        ("postgresql://:s3cret@db/x", "postgresql://:…@db/x"),
        ("postgresql://db/x?user=me&password=s3cret&a=b", "postgresql://db/x?user=me&password=…&a=b"),
        ("postgresql://db/x?sslpassword=s3cret", "postgresql://db/x?sslpassword=…"),
        ("s3://key:s3cret@bucket/prefix", "s3://key:…@bucket/prefix"),
        ("mysql+x://me:s3cret@db/x", "mysql+x://me:…@db/x"),
        ("postgresql://me@db/x", "postgresql://me@db/x"),
        ("postgresql:///x", "postgresql:///x"),
        ("/a/folder", "/a/folder"),
        ("sqlite", "sqlite"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert without_password(address) == shown


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret/x@db/x",
        "postgresql://me:s3cret#x@db/x",
        "postgresql://me:s3cret?x@db/x",
        "postgresql://me:s3cret@[::1/x",
        "postgresql://me:s3cret@db:port/x",
        "postgresql://me:[s3cret@db/x",
    ],
)
def test_what_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises(SettingsError, match="database: the address cannot be read") as refused:
        check_address("database", address)

    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret@db:5432/x",
        "postgresql://a:1,b:2/x",
        "postgresql://[::1]:5432,[::2]/x",
        "postgresql:///x?host=/run/postgresql",
        "postgresql://me:s3%2Fcret@db/x?pgbouncer=1",
    ],
)
def test_what_can_be_read_passes(address: str) -> None:
    check_address("database", address)
