"""The function that other people's clients of Lambda make."""

from __future__ import annotations

import base64
import io
import zipfile

ROLE = "arn:aws:iam::000000000000:role/anybody"
CODE = """
def handler(event, context):
    print("it says", event.get("say"))
    if event.get("fail"):
        raise ValueError("no")
    return {"said": event.get("say"), "version": context.function_version}
"""


def package() -> bytes:
    """Its package, a zip file with `app.py`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", CODE)
    return packed.getvalue()


def package_text() -> str:
    """The same in base64."""
    return base64.b64encode(package()).decode()
