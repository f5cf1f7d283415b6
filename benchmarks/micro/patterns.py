#!/usr/bin/env python3
"""What filter matching costs: messages a second against 1 000 filter policies (or `--policies`), of several kinds.

    .venv/bin/python benchmarks/micro/patterns.py [--policies 12500] [--profile]

A message is its attributes, or its body, as they come from the wire; making the event of it is part of the cost. Aim
with 1 000 policies: 20 000 messages a second of each kind. Time is this process' own (CPU time), so that neighbours on
the machine count less. `matches` is how many policies match a message, on average.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import time
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from chasqui.patterns.automaton import Automaton
from chasqui.patterns.events import Event, attributes_event, body_event
from chasqui.patterns.reading import Scope, read_filter_policy

Attributes = list[tuple[str, str, str]]
Policy = dict[str, Any]
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1")


def one_key(number: int) -> Policy:
    return {"customer": [f"customer-{number}"]}


def two_keys(number: int) -> Policy:
    return {"customer": [f"customer-{number}"], "event": ["order_placed", f"event-{number % 10}"]}


def spread(number: int) -> Policy:
    """Many share the first key's value."""
    return {"region": [REGIONS[number % 5]], "customer": [f"customer-{number}"]}


def prefixes(number: int) -> Policy:
    return {"customer": [{"prefix": f"customer-{number}-"}]}


def numeric(number: int) -> Policy:
    return {"price": [{"numeric": [">=", number, "<", number + 2.5]}]}


def anything_but(number: int) -> Policy:
    """Most match most messages: what the answer's size costs."""
    return {"region": [{"anything-but": [REGIONS[number % 5]]}], "customer": [{"anything-but": f"customer-{number}"}]}


def wildcards(number: int) -> Policy:
    return {"customer": [{"wildcard": f"customer-{number}-*-eu"}]}


def own_key(number: int) -> Policy:
    return {"event": ["order_placed"], f"tag-{number}": ["yes"]}


def mixed(number: int) -> Policy:
    kinds: list[Callable[[int], Policy]] = [
        one_key,
        two_keys,
        prefixes,
        lambda n: {"event": ["order_placed"], "price": [{"numeric": [">", n, "<=", n + 10]}]},
        lambda n: {"region": [{"anything-but": list(REGIONS[1:])}], "customer": [{"suffix": f"-{n}"}]},
        lambda n: {
            "region": [{"prefix": "eu-"}, {"prefix": "ap-"}],
            "customer": [f"customer-{n}", {"prefix": f"v{n}"}],
        },
        lambda n: {"source": [{"cidr": f"10.{n % 256}.0.0/16"}], "event": [{"equals-ignore-case": "ORDER_placed"}]},
        lambda n: {"customer": [{"wildcard": f"customer-{n}*x"}]},
        lambda n: {"$or": [{"price": [n]}, {"customer": [f"customer-{n}"]}], "event": [{"exists": True}]},
        lambda n: {"returned": [{"exists": False}], "price": [{"numeric": ["=", n]}]},
    ]
    return kinds[number % len(kinds)](number)


def attributes(number: int, policies: int) -> Attributes:
    customer = number * 7919 % (policies * 11 // 10)  # one message in eleven is for nobody
    return [
        ("customer", "String", f"customer-{customer}-{number % 3}-eu" if number % 2 else f"customer-{customer}"),
        ("event", "String", "order_placed" if number % 4 else "event-3"),
        ("region", "String", REGIONS[number % 5]),
        ("price", "Number", f"{number % policies}.5" if number % 2 else str(number % policies)),
        ("source", "String", f"10.{number % 256}.7.9"),
        (f"tag-{number % policies}", "String", "yes"),
    ]


def body(number: int, policies: int) -> bytes:
    flat = {name: float(text) if kind == "Number" else text for name, kind, text in attributes(number, policies)}
    return json.dumps(
        {"id": str(number), "items": [{"sku": "a", "count": 1}, {"sku": "b", "count": 2}], **flat}
    ).encode()


KINDS: list[Callable[[int], Policy]] = [
    one_key,
    two_keys,
    spread,
    prefixes,
    numeric,
    anything_but,
    wildcards,
    own_key,
    mixed,
]


def measured(
    automaton: Automaton[int], messages: list[Any], made: Callable[[Any], Event], seconds: float
) -> tuple[float, float]:
    """(Messages a second, matches a message.)"""
    matches = count = 0
    begun = time.process_time()
    rounds = cycle(messages)
    while (spent := time.process_time() - begun) < seconds:
        for message in islice(rounds, 200):
            matches += len(automaton.match(made(message)))
        count += 200
    return count / spent, matches / count


def run(kind: Callable[[int], Policy], scope: Scope, policies: int, seconds: float) -> None:
    automaton: Automaton[int] = Automaton()
    patterns = [read_filter_policy(json.dumps(kind(number)), scope) for number in range(policies)]
    begun = time.process_time()
    for number, pattern in enumerate(patterns):
        automaton.add(number, pattern)
    adding = (time.process_time() - begun) / policies * 1e6
    if scope == "MessageBody":
        rate, matches = measured(
            automaton,
            [body(number, policies) for number in range(5000)],
            lambda message: body_event(message, automaton.interest),
            seconds,
        )
    else:
        messages = [attributes(number, policies) for number in range(5000)]
        rate, matches = measured(automaton, messages, attributes_event, seconds)
    print(f"{kind.__name__:13} {scope:18} {rate:10,.0f}/s  {matches:8.2f} matches  {adding:6.1f} µs to add")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=1.0)
    options.add_argument("--only", default="")
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    scopes: tuple[Scope, ...] = ("MessageAttributes", "MessageBody")
    profile = cProfile.Profile()
    for kind in KINDS:
        for scope in scopes:
            if chosen.only in ("", kind.__name__):
                if chosen.profile:
                    profile.enable()
                run(kind, scope, chosen.policies, chosen.seconds)
                profile.disable()
    if chosen.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
