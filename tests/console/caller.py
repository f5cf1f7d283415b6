"""A browser's requests made by hand, for what no real one would send."""

from __future__ import annotations

import http.client
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

CONSOLE = "/_chasqui/console"
PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
"""What a browser says of a link of the console's own."""


class Answer(msgspec.Struct):
    """An answer; of repeated fields all values are in `fields`."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def field(self, name: str) -> str:
        """A field's value, "" where it is not there."""
        return next((value for each, value in self.fields if each.lower() == name), "")

    def cookie(self, name: str) -> str:
        """What Set-Cookie says of a cookie, with its attributes; "" for nothing."""
        said = [value for each, value in self.fields if each.lower() == "set-cookie"]
        return next((value for value in said if value.startswith(f"{name}=")), "")

    @property
    def text(self) -> str:
        return self.body.decode()


class Caller:
    """Somebody who keeps cookies."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 0
        self.origin = f"http://localhost:{self.port}"
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: Any) -> Answer:
        """One request; underscores in names of fields are hyphens. A field that is None is not sent."""
        given = {"Host": f"localhost:{self.port}", "Accept-Language": "en", **PAGE}
        if method != "GET":
            given["Origin"] = self.origin
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        if self.cookies and "Cookie" not in given:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for name, value in answer.fields:
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition(";")
                key, _, given = cookie.partition("=")
                if "max-age=0" in rest.lower():
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = given

    def get(self, path: str, **headers: Any) -> Answer:
        """A page, by what follows the region."""
        return self.ask("GET", f"{CONSOLE}/us-east-1/{path}", **headers)

    def csrf(self) -> str:
        """The token that a form of this visitor's has."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("sign-in").text)
        assert found is not None
        return found[1]

    def post(self, path: str, fields: dict[str, str], **headers: Any) -> Answer:
        """A form, with its token unless `fields` has one."""
        given = fields if "csrf" in fields else {"csrf": self.csrf(), **fields}
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", f"{CONSOLE}/us-east-1/{path}", urlencode(given).encode(), **{**kind, **headers})

    def sign_in(self, credentials: dict[str, str], **more: str) -> Answer:
        """Sign in with credentials as boto3's clients take them."""
        fields = {
            "access_key": credentials["aws_access_key_id"],
            "secret_key": credentials["aws_secret_access_key"],
            "session_token": credentials.get("aws_session_token", ""),
        }
        return self.post("sign-in", {**fields, **more})
