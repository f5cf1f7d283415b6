"""The door to policy documents: parse and check one, or have it compiled, once for all who use the same text."""

from __future__ import annotations

from functools import lru_cache

from chasqui.access.policy.compiled import Compiled, compile_parsed
from chasqui.access.policy.grammar import MalformedPolicy, Policy, PolicyType, parse_policy


@lru_cache(maxsize=2048)
def compile_policy(text: str, kind: PolicyType, source: str) -> Compiled:
    """A policy ready to be asked. `source` is what explanations call it: a managed policy's ARN, "inline policy NAME of
    user/bob", the ARN of the resource that has it. Raises `MalformedPolicy`: whoever holds a stored policy that does
    not parse must deny."""
    return compile_parsed(parse_policy(text, kind), source)


__all__ = ["Compiled", "MalformedPolicy", "Policy", "PolicyType", "compile_policy", "parse_policy"]
