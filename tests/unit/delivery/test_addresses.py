"""Which addresses deliveries may go to, however they are written."""

from __future__ import annotations

import asyncio

import pytest

from chasqui.base.clock import TestClock
from chasqui.delivery.http.addresses import allowed
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.route import Outcome

INSIDE = (
    "127.0.0.1", "0.0.0.0", "10.0.0.1", "100.64.0.1", "192.168.1.1", "192.88.99.1", "198.18.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "fc00::1", "fec0::1", "2001:db8::1", "2001:470:1f0b::5efe:7f00:1",
    "2001:470:1f0b::200:5efe:7f00:1", "fd00::5efe:808:808",
)  # fmt: skip
"""Networks of one's own and this machine, and what stands for them."""

METADATA = (
    "169.254.169.254", "::169.254.169.254", "::ffff:169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::", "fe80::1", "fe80::1%eth0", "fe80::5efe:808:808", "fd00:ec2::254", "fd20:ce::254",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "2001:470:1f0b::5efe:a9fe:a9fe", "224.0.0.1", "ff02::1",
)  # fmt: skip

OUTSIDE = ("8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::")


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_for_those_who_let_private_targets_in(address: str) -> None:
    assert not allowed(address, "public")
    assert allowed(address, "private")


@pytest.mark.parametrize("address", METADATA)
def test_metadata_and_link_local_addresses_are_for_nobody(address: str) -> None:
    assert not allowed(address, "public")
    assert not allowed(address, "private")


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_routed_on_the_internet_is_for_everybody(address: str) -> None:
    assert allowed(address, "public")


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://localhost/",
        "http://[::ffff:7f00:1]/", "http://user:password@127.0.0.1/", "http://127.0.0.1.:80/", "http://[::1%25lo]/",
        "http://example.com@127.0.0.1/", "http://①②⑦.0.0.1/",
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_a_public_target(url: str) -> None:
    async def deliver() -> tuple[Outcome, int]:
        client = HttpClient(TestClock(frozen_at_ms=0), HttpLimits(targets="public", seconds=5))
        outcome = await client.deliver(url, {}, b"x")
        client.close()
        return outcome, client.pool.opened

    outcome, opened = asyncio.run(deliver())

    assert not outcome.ok
    assert outcome.status == 0
    assert opened == 0
