"""What attackers have: a site of their own, and things of theirs at the server's own origin."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.support import Server

SCRIPT = """
window.ran = true;
try { document.title = 'owned'; } catch {}
try { document.cookie = 'chasqui-console=planted; path=/_chasqui/console'; } catch {}
try { navigator.serviceWorker.register(location.pathname, {scope: '/'}); } catch {}
fetch('/_chasqui/console/us-east-1/access/create/users', {credentials: 'include'})
  .then((a) => a.text()).then((text) => { window.read = text.includes('csrf'); }).catch(() => {});
"""
THINGS = {
    "a page": ("text/html", f"<!doctype html><title>innocent</title><p id=here>here</p><script>{SCRIPT}</script>"),
    "a picture": (
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg"><title>innocent</title><text id="here">here</text>'
        f"<script>//<![CDATA[\n{SCRIPT}\n//]]></script></svg>",
    ),
    "an XHTML page": (
        "application/xhtml+xml",
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>innocent</title></head><body><p id="here">here</p>'
        f"<script>//<![CDATA[\n{SCRIPT}\n//]]></script></body></html>",
    ),
}
FUNCTION = f"""
import json
PAGE = {json.dumps(THINGS["a page"][1])}
def handler(event, context):
    return {{
        "statusCode": 200,
        "headers": {{
            "content-type": "text/html", "content-security-policy": "sandbox allow-scripts allow-same-origin",
            "x-content-type-options": "none", "service-worker-allowed": "/",
            "clear-site-data": '"*"', "strict-transport-security": "max-age=1000", "alt-svc": 'h3=":1"',
            "cross-origin-opener-policy": "unsafe-none", "access-control-allow-origin": "*",
        }},
        "cookies": ["chasqui-console=planted; Path=/_chasqui/console", "Chasqui-Console=planted; Path=/",
                    "=chasqui-console=planted; Path=/", "harmless=yes; Path=/", "other=1; path= /_Chasqui/console/x"],
        "body": PAGE,
    }}
"""


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0], "")
        body = page.encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:
        """Nothing is said."""


@contextlib.contextmanager
def site(pages: dict[str, str]) -> Iterator[int]:
    """A site of the attacker's, at another port of this machine: other origin, and under "localhost" the same site."""
    handler = type("Handler", (_Handler,), {"pages": pages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def function_url(server: Server, name: str) -> str:
    """The path, at the server's own origin, of a function of the attacker's that anybody may call."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("f.py", FUNCTION)
    lambda_, iam = server.client("lambda"), server.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    lambda_.create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="f.handler", Code={"ZipFile": archive.getvalue()}
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    for action, more in (
        ("InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        lambda_.add_permission(FunctionName=name, StatementId=action, Action=f"lambda:{action}", Principal="*", **more)
    url: str = lambda_.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    return f"/_lambda-url/{url.partition('://')[2].partition('.')[0]}/"
