"""Calls to copy: right for the shell and for Python, whatever is in them."""

from __future__ import annotations

import ast
import json
import shlex

import pytest

from chasqui.console.commands import At, Contents, both, curl, removing

PLACE = At("http://localhost:4566", "eu-west-3")


@pytest.mark.parametrize("body", ["it's; rm -rf / $(x) `y`", 'a "b"\n\\', "--help", "\u202e<b>", "x " * 200])
def test_commands_quote_whatever_is_in_them(body: str) -> None:
    shell, python = both(PLACE, "sqs", "SendMessage", MessageBody=body)
    words = shlex.split(shell.replace("--message-body=", "--message-body "))
    assert words[0] == "aws"
    assert words[words.index("--message-body") + 1] == body
    call = ast.parse(python).body[-1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert ast.literal_eval(call.value.keywords[0].value) == body


def test_blobs_are_base64_for_the_cli_and_bytes_for_python() -> None:
    value = {"data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    shell, python = both(PLACE, "sqs", "SendMessage", MessageAttributes=value)
    assert '"BinaryValue": "AP8="' in shell
    assert "b'\\x00\\xff'" in python


def test_a_files_contents_are_read_where_the_command_runs() -> None:
    shell, python = both(PLACE, "lambda", "UpdateFunctionCode", ZipFile=Contents("package.zip"))
    assert shell.endswith("--zip-file fileb://package.zip")
    assert "ZipFile=open('package.zip', 'rb').read()" in python


def test_a_text_that_names_a_file_is_not_read_from_the_readers_disk() -> None:
    line, _ = both(PLACE, "sqs", "SendMessage", QueueUrl="u", MessageBody="file:///etc/x")

    assert "--message-body" not in line
    assert line.endswith("""--queue-url u --cli-input-json '{"MessageBody": "file:///etc/x"}'""")


def test_a_control_endpoint_is_a_line_for_curl_signed_where_that_is_needed() -> None:
    body = {"text": "it's; $(x)"}
    line = curl(PLACE, False, "POST", "/_chasqui/sms/reply", body, number="+33")
    signed = shlex.split(curl(PLACE, True, "DELETE", "/_chasqui/mailbox"))

    address = "http://localhost:4566/_chasqui/sms/reply?number=%2B33"
    assert shlex.split(line) == ["curl", "-X", "POST", address, "-d", json.dumps(body)]
    assert signed[signed.index("--aws-sigv4") + 1] == "aws:amz:eu-west-3:chasqui"


def test_emptying_names_the_bucket_and_the_prefix_as_texts() -> None:
    shell, python = removing(PLACE, "b", "it's $(x)/")
    listing = shlex.split(shell.split("\n")[0])
    assert listing[listing.index("--prefix") + 1] == "it's $(x)/"
    ast.parse(python)
    assert repr("it's $(x)/") in python
