"""Functions of Node.js, and those that bring their own runtime."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chasqui.services.lambda_.running.contract import Deployment
from tests.unit.lambda_running.harness import Harness

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="there is no go")

_NODE = """
exports.handler = async (event, context) => {
  if (event.fail) throw new TypeError("no such thing");
  if (event.reject) { Promise.reject(new Error("nobody waits")); await new Promise(() => {}); }
  console.log("got\\n%j", event);
  return { event, id: context.awsRequestId, left: context.getRemainingTimeInMillis() > 1000 };
};
exports.called = (event, context, callback) => { setTimeout(() => callback(null, "later"), 20); };
exports.streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType("text/plain");
  for (const piece of ["one ", "two ", "three"]) stream.write(piece);
  if (event.fail) throw new Error("in the middle");
  stream.end();
});
exports.page = awslambda.streamifyResponse(async (event, stream) => {
  const answer = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "X-A": "b" } });
  answer.write("<p>");
  answer.end();
});
"""


class Taker:
    """Takes a streamed answer."""

    def __init__(self) -> None:
        self.content_type = ""
        self.prelude: bytes | None = None
        self.pieces: list[bytes] = []

    async def begin(self, content_type: str, prelude: bytes | None) -> None:
        self.content_type, self.prelude = content_type, prelude

    async def write(self, piece: bytes) -> None:
        self.pieces.append(piece)


@pytest.fixture(scope="module")
def node(harness: Harness) -> Deployment:
    return harness.deploy(harness.package({"index.js": _NODE}), runtime="nodejs20.x", handler="index.handler")


def _with(harness: Harness, node: Deployment, handler: str) -> Deployment:
    assert node.code is not None
    return harness.deploy(node.code, runtime="nodejs20.x", handler=handler)


@needs_node
def test_a_function_of_node_answers(harness: Harness, node: Deployment) -> None:
    finished = harness.run(node, b'{"a": 1}')

    answer = json.loads(finished.payload)
    assert (finished.error, answer["event"], answer["left"]) == ("", {"a": 1}, True)


@needs_node
def test_what_node_logs_is_one_event_however_many_lines(harness: Harness, node: Deployment) -> None:
    finished = harness.run(node, b'{"a": 1}')

    assert any(event.endswith('\tINFO\tgot\n{"a":1}\n') for event in harness.log(finished))


@needs_node
def test_an_error_of_node_is_told_as_aws_tells_it(harness: Harness, node: Deployment) -> None:
    finished = harness.run(node, b'{"fail": true}')

    error = json.loads(finished.payload)
    assert finished.error == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "no such thing")
    assert "TypeError: no such thing" in error["trace"][0]


@needs_node
def test_an_unhandled_rejection_ends_the_environment(harness: Harness, node: Deployment) -> None:
    finished = harness.run(node, b'{"reject": true}')

    assert json.loads(finished.payload)["errorType"] == "Runtime.UnhandledPromiseRejection"


@needs_node
def test_a_handler_with_a_callback_answers(harness: Harness, node: Deployment) -> None:
    assert harness.run(_with(harness, node, "index.called")).payload == b'"later"'


@needs_node
def test_an_answer_is_streamed(harness: Harness, node: Deployment) -> None:
    taker = Taker()

    finished = harness.run(_with(harness, node, "index.streamed"), stream=taker)

    assert (finished.payload, finished.error) == (b"", "")
    assert (taker.content_type, b"".join(taker.pieces)) == ("text/plain", b"one two three")


@needs_node
def test_a_streamed_answer_is_whole_for_who_does_not_take_streams(harness: Harness, node: Deployment) -> None:
    assert harness.run(_with(harness, node, "index.streamed")).payload == b"one two three"


@needs_node
def test_an_error_in_the_middle_of_a_stream_is_told(harness: Harness, node: Deployment) -> None:
    taker = Taker()

    finished = harness.run(_with(harness, node, "index.streamed"), b'{"fail": true}', stream=taker)

    assert finished.error == "Unhandled"
    assert json.loads(finished.payload)["errorMessage"] == "in the middle"


@needs_node
def test_a_streamed_answer_says_its_status_first(harness: Harness, node: Deployment) -> None:
    taker = Taker()

    harness.run(_with(harness, node, "index.page"), stream=taker)

    assert taker.prelude is not None
    assert json.loads(taker.prelude) == {"statusCode": 201, "headers": {"X-A": "b"}}
    assert b"".join(taker.pieces) == b"<p>"


@needs_node
def test_an_es_module_answers(harness: Harness) -> None:
    code = harness.package({"index.mjs": "export const handler = async (event) => event.a + 1;"})
    function = harness.deploy(code, runtime="nodejs20.x", handler="index.handler")

    assert harness.run(function, b'{"a": 1}').payload == b"2"


@needs_node
def test_a_module_that_is_not_there_is_told(harness: Harness) -> None:
    function = harness.deploy(harness.package({"a.js": ""}), runtime="nodejs20.x", handler="index.handler")

    assert json.loads(harness.run(function).payload)["errorType"] == "Runtime.ImportModuleError"


_SHELL = """#!/bin/sh
set -eu
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  HEADERS=$(mktemp)
  EVENT=$(curl -sS -LD "$HEADERS" "$API/next")
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  echo "handling $_HANDLER" 1>&2
  curl -sS "$API/$ID/response" -d "got $EVENT" > /dev/null
done
"""


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_a_shell_script_may_be_a_runtime(harness: Harness) -> None:
    function = harness.deploy(harness.package({"bootstrap": _SHELL}), runtime="provided.al2023", handler="mine")

    runs = [harness.run(function, b'{"a":%d}' % number) for number in range(4)]

    assert [each.payload for each in runs] == [b'got {"a":%d}' % number for number in range(4)]
    assert "handling mine\n" in harness.log(runs[0])
    # Not always the next one: a shell takes its time until it asks again, and nobody waits for it.
    assert any(each.init_ms is None for each in runs[1:])


def test_code_without_a_bootstrap_is_refused(harness: Harness) -> None:
    function = harness.deploy(harness.package({"a": "b"}), runtime="provided.al2023", handler="mine")

    finished = harness.run(function)

    assert finished.error == "Unhandled"
    assert json.loads(finished.payload)["errorType"] == "Runtime.InvalidEntrypoint"


# Without net/http, which takes long to compile.
_GO = """package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
)

func ask(line string, body string) (id string, answer string) {
	address := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	connection, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(1)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "%s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n%s", line, len(body), body)
	reader, length := bufio.NewReader(connection), 0
	for {
		header, _ := reader.ReadString('\\n')
		header = strings.TrimSpace(header)
		if header == "" {
			break
		}
		fmt.Sscanf(header, "Content-Length: %d", &length)
		fmt.Sscanf(header, "Lambda-Runtime-Aws-Request-Id: %s", &id)
	}
	event := make([]byte, length)
	reader.Read(event)
	return id, string(event)
}

func main() {
	for {
		id, event := ask("GET /2018-06-01/runtime/invocation/next", "")
		ask("POST /2018-06-01/runtime/invocation/"+id+"/response", fmt.Sprintf("%q", strings.ToUpper(event)))
	}
}
"""


@needs_go
def test_a_program_of_go_may_be_a_runtime(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(_GO)
    subprocess.run(
        ["go", "build", "-o", "bootstrap", "main.go"], cwd=tmp_path, check=True, timeout=100, capture_output=True
    )
    code = harness.package({"bootstrap": (tmp_path / "bootstrap").read_bytes()})

    finished = harness.run(harness.deploy(code, runtime="provided.al2023"), b'"abc"')

    assert json.loads(finished.payload) == '"ABC"'


def test_java_without_its_client_is_refused_with_what_to_do(harness: Harness) -> None:
    assert "functions.java_client" in (harness.runner.supports("java21") or "")


_JAVA_CLIENT = os.environ.get("CHASQUI_JAVA_CLIENT", "")
_JAVA = """
import java.util.Map;

public class App {
    public String handle(Map<String, Object> event) { return "got " + event.get("a"); }
}
"""


@pytest.mark.skipif(not _JAVA_CLIENT, reason="CHASQUI_JAVA_CLIENT names no folder of jars")
def test_a_function_of_java_answers(tmp_path: Path) -> None:
    (tmp_path / "App.java").write_text(_JAVA)
    subprocess.run(["javac", "App.java"], cwd=tmp_path, check=True, timeout=60)
    harness = Harness(tmp_path / "data", java_client=_JAVA_CLIENT)
    code = harness.package({"App.class": (tmp_path / "App.class").read_bytes()})

    finished = harness.run(harness.deploy(code, runtime="java11", handler="App::handle", memory_mb=512), b'{"a": "b"}')

    harness.close()
    assert finished.payload == b'"got b"'
