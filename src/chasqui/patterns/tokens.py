"""JSON as a row of tokens with the positions that Jackson gives, because AWS' messages show them.

Jackson reads a string lazily: it stands behind the opening quotation mark until somebody asks for the text, and a name
has already looked at the beginning of its value. An error's column is where the parser stands then.
"""

from __future__ import annotations

import json
import re

from chasqui.patterns.errors import InvalidPattern

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?=[ \t\r\n,\]}]|\Z)")
_NEXT = re.compile(r'[ \t\r\n]*,[ \t\r\n]*(?:"([^"\\\x00-\x1f]*)"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?=[ \t\r\n,\]])))')
"""A plain string or number behind another in an array: most tokens of a long list."""
_SPACE_OR_STRING = re.compile(r'[ \t\r\n]+|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_WORD = re.compile(r"[\w$]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SHOWN_MAX = 500
_VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
DEPTH_MAX = 1000
CLOSING = {"{": "}", "[": "]"}


class Tokens:
    """A JSON text's tokens, one by one.

    `kind` is one of `{` `}` `[` `]` `name` `string` `number` `true` `false` `null`, or "" behind the end. Raises
    InvalidPattern with Jackson's message for what is not JSON. What follows the first value is not read, as AWS does
    not.
    """

    def __init__(self, text: str, *, redacted: bool = False) -> None:
        self.kind = ""
        self._text = text
        self._redacted = redacted
        self._at = 0  # where the parser stands
        self._end = 0  # behind the current token
        self._raw = self._value_raw = ""
        self._open: list[str] = []
        self._waiting = ""  # the kind of the value behind a name
        self._begun = False  # the open object or array has an entry

    def next(self) -> str:
        """Go to the next token and give its kind."""
        if self._waiting:
            self.kind, self._waiting = self._waiting, ""
            self._raw = self._value_raw
            return self._entered()
        if self._begun and self._open and self._open[-1] == "[" and self._plain():
            return self.kind
        self._at = self._end
        character = self._peek()
        if not self._open:
            self.kind = "" if self._begun or not character else self._value(character)
            self._begun = True
            return self._entered()
        opened = self._open[-1]
        if character == CLOSING[opened]:
            self._step(character)
            self._open.pop()
            self._begun = True
            self.kind = character
            return character
        if self._begun:
            if character != ",":
                self._unexpected(f"was expecting comma to separate {'Object' if opened == '{' else 'Array'} entries")
            self._step(character)
            character = self._peek()
        self._begun = True
        self.kind = self._name(character) if opened == "{" else self._value(character)
        return self._entered()

    def text(self) -> str:
        """The token's text: a name's or a string's characters, anything else as it is written."""
        if self.kind == "string":
            self._at = self._end
        if self.kind not in ("string", "name"):
            return self._raw if self.kind == "number" else self.kind
        if "\\" not in self._raw:
            return self._raw
        try:
            return str(json.loads(f'"{self._raw}"', strict=False))
        except ValueError:
            self.refuse("Unrecognized character escape")
            raise

    def where(self) -> str:
        """What AWS' message ends with: the source and the position."""
        shown, more = self._text[:_SHOWN_MAX], len(self._text) - _SHOWN_MAX
        source = f'(String)"{shown}"' + (f"[truncated {more} chars]" if more > 0 else "")
        if self._redacted:
            source = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
        lines = list(_NEWLINE.finditer(self._text, 0, self._at))
        column = self._at - (lines[-1].end() if lines else 0) + 1
        return f"\n at [Source: {source}; line: {len(lines) + 1}, column: {column}]"

    def refuse(self, message: str) -> None:
        """Raise InvalidPattern with the position behind the message."""
        raise InvalidPattern(message + self.where())

    def _plain(self) -> bool:
        """Take a plain string or number behind a comma, if that is what comes."""
        found = _NEXT.match(self._text, self._end)
        if found is None:
            return False
        self._end = self._at = found.end()
        text = found.group(1)
        if text is None:
            self.kind, self._raw = "number", found.group(2)
        else:
            self.kind, self._raw = "string", text
            self._at = found.start(1)
        return True

    def _entered(self) -> str:
        if self.kind in CLOSING:
            if len(self._open) == DEPTH_MAX:
                self.refuse(f"Document nesting depth ({DEPTH_MAX + 1}) exceeds the maximum allowed ({DEPTH_MAX})")
            self._open.append(self.kind)
            self._begun = False
        return self.kind

    def _peek(self) -> str:
        space = _SPACE.match(self._text, self._end)
        self._at = self._end = space.end() if space else self._end
        return self._text[self._end : self._end + 1]

    def _step(self, token: str) -> None:
        self._end += len(token)
        self._at = self._end

    def _name(self, character: str) -> str:
        if character != '"':
            self._unexpected("was expecting double-quote to start field name")
        self._string()
        name = self._raw
        self._at = self._end
        if self._peek() != ":":
            self._unexpected("was expecting a colon to separate field name and value")
        self._step(":")
        self._waiting = self._value(self._peek())
        self._value_raw, self._raw = self._raw, name
        return "name"

    def _value(self, character: str) -> str:
        if character == '"':
            self._string()
            return "string"
        if character in CLOSING and character:
            self._step(character)
            return character
        number = _NUMBER.match(self._text, self._end)
        if number:
            self._raw = number.group()
            self._step(self._raw)
            return "number"
        word = _WORD.match(self._text, self._end)
        if word and word.group() in ("true", "false", "null"):
            self._step(word.group())
            return word.group()
        if word and not word.group()[0].isdigit():
            self._step(word.group())
            self.refuse(f"Unrecognized token '{word.group()[:256]}': was expecting ({_VALUES})")
        self._unexpected(f"expected a valid value ({_VALUES})")
        return ""

    def _string(self) -> None:
        """Read a string's characters but stand behind its opening quotation mark."""
        start = self._end + 1
        found = _STRING.match(self._text, start)
        end = found.end() if found else start
        self._raw = self._text[start:end]
        self._at = start
        if self._text[end : end + 1] != '"':
            self._at = min(end + 1, len(self._text))
            if end >= len(self._text) or self._text[end] == "\\":
                self.refuse("Unexpected end-of-input: was expecting closing quote for a string value")
            code = ord(self._text[end])
            self.refuse(
                f"Illegal unquoted character ((CTRL-CHAR, code {code})): has to be escaped using backslash"
                " to be included in string value"
            )
        self._end = end + 1

    def _unexpected(self, expected: str) -> None:
        character = self._text[self._end : self._end + 1]
        if not character:
            kind = "Object" if self._open and self._open[-1] == "{" else "Array"
            self.refuse(f"Unexpected end-of-input within/between {kind} entries")
        self._step(character)
        self.refuse(f"Unexpected character ('{character}' (code {ord(character)})): {expected}")


def minified(text: str) -> str:
    """The same JSON value without spaces, as SNS writes a policy before it reads it. Raises InvalidPattern for what is
    not JSON, with the source left out."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _minified_by_token(text)
    return _SPACE_OR_STRING.sub(_compact, text)


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)


def _compact(found: re.Match[str]) -> str:
    text = found.group()
    if "\\" in text:
        return json.dumps(json.loads(text), ensure_ascii=False)
    return text if text[0] == '"' else ""


def _minified_by_token(text: str) -> str:
    """For the message in what is not JSON, and for what stands behind a value."""
    tokens = Tokens(text, redacted=True)
    parts: list[str] = []
    depth = 0
    while True:
        kind = tokens.next()
        if kind in ("}", "]"):
            depth -= 1
        elif kind in CLOSING:
            depth += 1
        if parts and kind not in ("}", "]") and parts[-1][-1:] not in ("{", "[", ":"):
            parts.append(",")
        written = tokens.text()
        if kind in ("name", "string"):
            written = json.dumps(written, ensure_ascii=False)
        parts.append(written + ":" if kind == "name" else written)
        if depth == 0:
            return "".join(parts)
