"""CloudWatch's regular expressions, matched in time proportional to the text.

They are few: alternatives of sequences of characters and classes, each perhaps repeated, without groups. Python's `re`
would take polynomial time for some of them, and a pattern comes from whoever may read logs. So they are run as an
automaton whose states are sets of positions, made as they are met. Source: CloudWatch Logs user guide, "Supported
regular expressions (regex) syntax". Pure.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.services.logs.filters.errors import InvalidPattern

_PLAIN: Final = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ")
_CLASSES: Final = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" \t\n\r\f\v"),
}
_POSITIONS_MAX: Final = 512
_KNOWN_MAX: Final = 8192


class _Characters(msgspec.Struct, frozen=True):
    """Those of a set, or all others."""

    these: frozenset[str]
    others: bool = False

    def has(self, character: str) -> bool:
        return (character in self.these) != self.others


_ANY: Final = _Characters(frozenset("\n"), others=True)


class _Atom(msgspec.Struct, frozen=True):
    characters: _Characters
    skips: bool = False
    """It may be left out."""
    repeats: bool = False


class _Reader:
    """Reads an expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise InvalidPattern
        self.at += 1
        return character

    def branches(self) -> list[tuple[bool, list[_Atom], bool]]:
        """Of each alternative: whether it begins the text, its atoms, whether it ends the text."""
        found = [self._branch()]
        while self.peek():
            self.take()
            found.append(self._branch())
        return found

    def _branch(self) -> tuple[bool, list[_Atom], bool]:
        begins = self.peek() == "^"
        self.at += begins
        atoms: list[_Atom] = []
        while self.peek() not in ("", "|", "$"):
            atoms += self._repeated(self._one())
            if len(atoms) > _POSITIONS_MAX:
                raise InvalidPattern
        ends = self.peek() == "$"
        self.at += ends
        if self.peek() not in ("", "|"):
            raise InvalidPattern
        return begins, atoms, ends

    def _one(self) -> _Characters:
        character = self.take()
        if character == ".":
            return _ANY
        if character == "\\":
            return self._escaped()
        if character == "[":
            return self._class()
        if character not in _PLAIN:
            raise InvalidPattern
        return _Characters(frozenset(character))

    def _escaped(self) -> _Characters:
        character = self.take()
        if character == "x":
            try:
                return _Characters(frozenset(chr(int(self.take() + self.take(), 16))))
            except ValueError as error:
                raise InvalidPattern from error
        if character.lower() in _CLASSES:
            return _Characters(_CLASSES[character.lower()], others=character.isupper())
        if character == "t":
            return _Characters(frozenset("\t"))
        if character == "n":
            return _Characters(frozenset("\n"))
        if character.isalnum() or not character.isascii():
            raise InvalidPattern
        return _Characters(frozenset(character))

    def _class(self) -> _Characters:
        others = self.peek() == "^"
        self.at += others
        these: set[str] = set()
        while self.peek() != "]":
            first = self._member()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.take()
                last = self._member()
                if len(first) != 1 or len(last) != 1 or min(first) > min(last):
                    raise InvalidPattern
                these |= {chr(code) for code in range(ord(min(first)), ord(min(last)) + 1)}
            else:
                these |= first
        self.take()
        if not these:
            raise InvalidPattern
        return _Characters(frozenset(these), others)

    def _member(self) -> frozenset[str]:
        character = self.take()
        if character != "\\":
            if not character.isascii():
                raise InvalidPattern
            return frozenset(character)
        escaped = self._escaped()
        if escaped.others:
            raise InvalidPattern
        return escaped.these

    def _repeated(self, characters: _Characters) -> list[_Atom]:
        sign = self.peek()
        if sign == "?":
            least, most = 0, 1
        elif sign == "*":
            least, most = 0, -1
        elif sign == "+":
            least, most = 1, -1
        elif sign == "{":
            return self._counted(characters)
        else:
            return [_Atom(characters)]
        self.take()
        return _copies(characters, least, most)

    def _counted(self, characters: _Characters) -> list[_Atom]:
        close = self.text.find("}", self.at)
        least, comma, most = self.text[self.at + 1 : max(close, 0)].partition(",")
        if close < 0 or not least.strip().isdecimal() or (most.strip() and not most.strip().isdecimal()):
            raise InvalidPattern
        self.at = close + 1
        count = int(least[:9])
        upper = count if not comma else int(most[:9]) if most.strip() else -1
        if max(count, upper) > _POSITIONS_MAX or -1 < upper < count:
            raise InvalidPattern
        return _copies(characters, count, upper)


def _copies(characters: _Characters, least: int, most: int) -> list[_Atom]:
    atoms = [_Atom(characters)] * least
    if most < 0:
        return [*atoms, _Atom(characters, skips=True, repeats=True)]
    return atoms + [_Atom(characters, skips=True)] * (most - least)


class _Automaton:
    """Positions are numbered through all alternatives, each with one more at its end; a state is a set of them."""

    def __init__(self, branches: list[tuple[bool, list[_Atom], bool]]) -> None:
        self._atoms: list[_Atom | None] = []
        self._reached: list[int] = []
        """Of each position, those that are reached from it without a character, itself among them."""
        self.done = self.done_at_end = self.first = self.always = 0
        for begins, atoms, ends in branches:
            start = len(self._atoms)
            self._atoms += [*atoms, None]
            if len(self._atoms) > _POSITIONS_MAX:
                raise InvalidPattern
            last = len(self._atoms) - 1
            reached = [1 << last]
            for position in range(last - 1, start - 1, -1):
                atom = atoms[position - start]
                reached.append(1 << position | (reached[-1] if atom.skips else 0))
            self._reached += reached[::-1]
            self.first |= self._reached[start]
            self.always |= 0 if begins else self._reached[start]
            self.done |= 0 if ends else 1 << last
            self.done_at_end |= 1 << last
        self._known: dict[tuple[int, str], int] = {}

    def matches(self, text: str) -> bool:
        state, known = self.first, self._known
        if state & self.done:
            return True
        for character in text:
            following = known.get((state, character))
            if following is None:
                following = self._follow(state, character)
            if following & self.done:
                return True
            if not following:
                return False
            state = following
        return bool(state & self.done_at_end)

    def _follow(self, state: int, character: str) -> int:
        following, left = self.always, state
        while left:
            lowest = left & -left
            left ^= lowest
            position = lowest.bit_length() - 1
            atom = self._atoms[position]
            if atom is not None and atom.characters.has(character):
                following |= self._reached[position + 1] | (self._reached[position] if atom.repeats else 0)
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        self._known[state, character] = following
        return following


def compile_regex(text: str) -> Callable[[str], bool]:
    """Whether a text has a part that the expression matches. Raises `InvalidPattern`."""
    return _Automaton(_Reader(text).branches()).matches
