"""What becomes of functions that answer, fail, hang, end, and take more than they may."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chasqui.services.lambda_.running.contract import CannotRun, Deployment
from tests.unit.lambda_running.harness import Harness

_CODE = """
import json, logging, os, subprocess, sys, time

STARTED = time.time()

def handler(event, context):
    return globals()["do_" + event.get("do", "echo")](event, context)

def do_echo(event, context):
    client = context.client_context and context.client_context.custom
    return {"event": event, "arn": context.invoked_function_arn, "started": STARTED, "client": client,
            "left": context.get_remaining_time_in_millis()}

def do_log(event, context):
    print("printed")
    logging.getLogger().warning("two\\nlines")
    sys.stderr.write("no newline")

def do_raise(event, context):
    raise ValueError("no")

def do_exit(event, context):
    os._exit(3)

def do_leave(event, context):
    sys.exit(0)

def do_kill(event, context):
    os.kill(os.getpid(), 9)

def do_hang(event, context):
    time.sleep(60)

def do_large(event, context):
    return "x" * event["size"]

def do_memory(event, context):
    held = bytearray(300_000_000)
    time.sleep(5)

def do_disk(event, context):
    with open("/tmp/full", "wb") as file:
        for _ in range(event["megabytes"]):
            file.write(bytes(1 << 20))

def do_forks(event, context):
    children = []
    try:
        while len(children) < 3000:
            children.append(os.posix_spawn("/bin/sleep", ["sleep", "30"], {}))
    except OSError as error:
        for each in children:
            os.kill(each, 9)
        return len(children)

def do_flood(event, context):
    line = "y" * 99 + chr(10)
    for _ in range(200):
        sys.stdout.write(line * 10_000)
    return "done"

def do_junk(event, context):
    os.write(1, bytes(range(256)) * 4 + b"\\xa5\\x5a\\x00\\x03\\xff\\xff\\xff\\xff" + b"after" + bytes([10]))

def do_look(event, context):
    def seen(path):
        try:
            return sorted(os.listdir(path))
        except OSError:
            return None
    pids = [each for each in os.listdir("/proc") if each.isdigit()]
    return {path: seen(path) for path in event["paths"]} | {"pids": pids}

def do_write(event, context):
    try:
        open(event["path"], "w").close()
    except OSError as error:
        return type(error).__name__

def do_environment(event, context):
    return dict(os.environ)

def do_module(event, context):
    import layered
    return [layered.NAME, layered.__file__]
"""


@pytest.fixture(scope="module")
def function(harness: Harness) -> Deployment:
    return harness.deploy(_CODE)


def _do(harness: Harness, function: Deployment, what: str, **facts: object) -> dict[str, object]:
    finished = harness.run(function, json.dumps({"do": what, **facts}).encode())
    answer: dict[str, object] = json.loads(finished.payload)
    return answer


def test_a_function_is_told_about_its_invocation(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"a": 1}', client_context='{"custom": {"k": "v"}}')

    answer = json.loads(finished.payload)
    assert (finished.error, answer["event"], answer["client"]) == ("", {"a": 1}, {"k": "v"})
    assert answer["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:hello"
    assert 9000 < answer["left"] <= 10_000


def test_the_second_invocation_finds_the_environment_warm(harness: Harness) -> None:
    function = harness.deploy(_CODE)

    first, second = harness.run(function), harness.run(function)

    assert first.init_ms is not None
    assert second.init_ms is None
    assert json.loads(first.payload)["started"] == json.loads(second.payload)["started"]
    assert first.log_stream == second.log_stream


def test_invocations_at_a_time_have_environments_of_their_own(harness: Harness) -> None:
    function = harness.deploy("import time\ndef handler(event, context):\n    time.sleep(1)\n    return 1\n")

    found = harness.run_many(function, [b"{}"] * 2)

    assert len({each.log_stream for each in found}) == 2


def test_the_log_has_aws_lines_in_their_order(harness: Harness) -> None:
    function = harness.deploy(_CODE)

    finished = harness.run(function, b'{"do": "log"}')

    lines = harness.log(finished)
    request_id = lines[1].split()[2]
    assert re.fullmatch(r"INIT_START Runtime Version: python3\.11 \(3\.11\.\d+\)\n", lines[0])
    assert lines[1] == f"START RequestId: {request_id} Version: $LATEST\n"
    assert lines[2] == "printed\n"
    assert re.fullmatch(rf"\[WARNING\]\t[-\dT:.]+Z\t{request_id}\ttwo\nlines\n", lines[3])
    assert lines[4:6] == ["no newline", f"END RequestId: {request_id}\n"]
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t\n",
        lines[6],
    )
    assert len(lines) == 7


def test_the_tail_of_the_log_is_given_back(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"do": "log"}')

    assert finished.log_tail.startswith(b"START RequestId")
    assert b"printed\n" in finished.log_tail
    assert b"REPORT RequestId" in finished.log_tail


def test_lines_of_the_platform_may_be_json(harness: Harness) -> None:
    function = harness.deploy(_CODE, log_format="JSON")

    lines = [json.loads(each) for each in harness.log(harness.run(function)) if each.startswith("{")]

    assert [each["type"] for each in lines] == ["platform.initStart", "platform.start", "platform.report"]
    assert lines[2]["record"]["status"] == "success"
    assert lines[2]["record"]["metrics"]["memorySizeMB"] == 128


def test_what_a_function_raises_is_its_answer(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"do": "raise"}')

    error = json.loads(finished.payload)
    assert (finished.error, error["errorType"], error["errorMessage"]) == ("Unhandled", "ValueError", "no")
    assert len(error["stackTrace"]) == 2


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("exit", "Runtime exited with error: exit status 3"),
        ("leave", "Runtime exited without providing a reason"),
        ("kill", "Runtime exited with error: signal: killed"),
        ("memory", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_process_that_ends_is_told_and_replaced(
    harness: Harness, function: Deployment, what: str, reason: str
) -> None:
    finished = harness.run(function, json.dumps({"do": what}).encode())

    error = json.loads(finished.payload)
    assert finished.error == "Unhandled"
    assert error["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: [-0-9a-f]+ Error: {reason}", error["errorMessage"])
    assert harness.run(function).error == ""


def test_a_function_that_takes_too_long_is_ended(harness: Harness) -> None:
    function = harness.deploy(_CODE, timeout_ms=1000)

    finished = harness.run(function, b'{"do": "hang"}')

    words = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [-0-9a-f]+ Task timed out after 1\.00 seconds"
    assert finished.error == "Unhandled"
    assert re.fullmatch(words, json.loads(finished.payload)["errorMessage"])
    assert finished.duration_ms == 1000
    log = harness.log(finished)
    assert re.fullmatch(words + "\n\n", log[2])
    assert log[4].endswith("\tStatus: timeout\n")
    assert harness.run(function).init_ms is not None


def test_an_answer_that_is_too_large_is_an_error_and_the_environment_goes_on(harness: Harness) -> None:
    function = harness.deploy(_CODE)
    harness.run(function)

    finished = harness.run(function, b'{"do": "large", "size": 7000000}')

    assert json.loads(finished.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert harness.run(function).init_ms is None


def test_the_largest_answer_is_given(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"do": "large", "size": 6291454}')

    assert (finished.error, len(finished.payload)) == ("", 6_291_456)


def test_a_full_disk_is_the_functions_own(harness: Harness) -> None:
    function = harness.deploy(_CODE, ephemeral_mb=16, memory_mb=256)

    finished = harness.run(function, b'{"do": "disk", "megabytes": 40}')

    assert "OSError" in finished.payload.decode() or finished.error == "Unhandled"
    assert _do(harness, function, "echo")["event"] == {"do": "echo"}


def test_a_fork_bomb_is_bounded(harness: Harness) -> None:
    function = harness.deploy(_CODE, memory_mb=1024)
    if not harness.runner._launcher._groups.bases:  # type: ignore[attr-defined]
        pytest.skip("no control groups here")

    assert 500 < int(str(_do(harness, function, "forks"))) <= 1024


def test_floods_are_cut_and_said_so(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"do": "flood"}')

    assert finished.payload == b'"done"'
    assert re.search(rb"\[chasqui\] \d+ bytes of output were dropped", finished.log_tail)


def test_binary_output_is_logged_as_text(harness: Harness, function: Deployment) -> None:
    finished = harness.run(function, b'{"do": "junk"}')

    assert finished.error == ""
    assert any(each.endswith("after\n") for each in harness.log(finished))


def test_a_module_that_is_missing_is_told(harness: Harness) -> None:
    finished = harness.run(harness.deploy("import nothing_like_it\n"))

    error = json.loads(finished.payload)
    assert finished.error == "Unhandled"
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'app': No module named 'nothing_like_it'"


def test_initialisation_that_fails_is_tried_a_second_time_within_the_invocation(harness: Harness) -> None:
    finished = harness.run(harness.deploy("raise RuntimeError('at once')\n"))

    reports = [each for each in harness.log(finished) if each.startswith("INIT_REPORT")]
    assert [re.sub(r"[\d.]+ ms", "N ms", each) for each in reports] == [
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: RuntimeError\n",
        "INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: error\tError Type: RuntimeError\n",
    ]


def test_a_handler_that_is_missing_is_told(harness: Harness) -> None:
    finished = harness.run(harness.deploy("", handler="app.nobody"))

    assert json.loads(finished.payload)["errorMessage"] == "Handler 'nobody' missing on module 'app'"


def test_an_isolated_function_sees_neither_the_machine_nor_the_servers_data(harness: Harness) -> None:
    function = harness.deploy(_CODE)
    if not harness.runner._launcher._bubblewrap:  # type: ignore[attr-defined]
        pytest.skip("no bubblewrap here")

    seen = _do(harness, function, "look", paths=["/home", "/var/task", "/tmp", str(harness.app.settings.data_dir)])

    pids = seen.pop("pids")
    assert seen == {"/home": None, "/var/task": ["app.py"], "/tmp": [], str(harness.app.settings.data_dir): None}
    assert len(pids) <= 3  # type: ignore[arg-type]
    assert str(_do(harness, function, "write", path="/var/task/x")) == "OSError"
    assert str(_do(harness, function, "write", path="/x")) == "OSError"
    assert _do(harness, function, "write", path="/tmp/x") is None


def test_the_environment_is_as_aws_documents_it(harness: Harness) -> None:
    function = harness.deploy(
        _CODE, environment={"MINE": "yes", "TZ": "Europe/Berlin", "AWS_REGION": "no"}, region="eu-west-1"
    )

    found = _do(harness, function, "environment")

    assert found["MINE"] == "yes"
    assert found["TZ"] == "Europe/Berlin"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "hello"
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/hello"
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert found["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{harness.app.port}"
    assert found["AWS_ACCESS_KEY_ID"] == "000000000000"
    assert "_X_AMZN_TRACE_ID" in found


def test_layers_are_merged_in_order_below_opt(harness: Harness) -> None:
    layers = tuple(
        harness.package({"python/layered.py": f"NAME = {name!r}\n", f"python/{name}.txt": ""}) for name in ("a", "b")
    )
    function = harness.deploy(_CODE, layers=layers)

    name, _ = _do(harness, function, "module")

    assert name == "b"


def test_a_wrapper_of_a_layer_starts_the_runtime(harness: Harness) -> None:
    if not harness.runner._launcher._bubblewrap:  # type: ignore[attr-defined]
        pytest.skip("there is no /opt here")
    layer = harness.package({"wrap": '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n', "extensions/agent": ""})
    function = harness.deploy(_CODE, layers=(layer,), environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"})

    finished = harness.run(function, b'{"do": "environment"}')

    assert json.loads(finished.payload)["WRAPPED"] == "yes"
    assert "they are not run here" in harness.log(finished)[1]


def test_an_update_retires_warm_environments(harness: Harness) -> None:
    old, new = harness.deploy(_CODE, name="updated"), harness.deploy(_CODE, name="updated")
    harness.run(old)

    async def retire() -> None:
        harness.runner.retire("000000000000/us-east-1/updated", frozenset([new.id]))

    harness.wait(retire())

    assert old.id not in harness.runner._pools or not harness.runner._pools[old.id].idle  # type: ignore[attr-defined]
    assert harness.run(old).init_ms is not None


def test_provisioned_environments_are_warm_before_the_first_invocation(harness: Harness) -> None:
    function = harness.deploy(_CODE, name="provisioned", initialization="provisioned-concurrency")

    ready = harness.wait(harness.runner.provision(function, 2))

    log_streams = {each.log_stream for each in harness.run_many(function, [b"{}", b"{}"])}
    assert (ready, len(log_streams)) == (2, 2)
    assert harness.wait(harness.runner.provision(function, 0)) == 0


def test_a_package_that_is_no_zip_is_refused(harness: Harness) -> None:
    with pytest.raises(CannotRun, match="Could not unzip"):
        harness.run(harness.deploy(harness.store_package(b"not a zip")))


def test_a_runtime_that_the_machine_does_not_have_is_refused(harness: Harness) -> None:
    assert harness.runner.supports("ruby3.3") == "The runtime ruby3.3 can not be run on this machine."
    assert harness.runner.supports("python3.11") is None


class TestFewEnvironments:
    """A machine that has room for one environment."""

    @pytest.fixture
    def narrow(self, tmp_path: Path) -> Harness:
        return Harness(tmp_path, environments_max=1, idle_s=60, isolation="process")

    def test_functions_take_turns(self, narrow: Harness) -> None:
        one, other = narrow.deploy(_CODE), narrow.deploy(_CODE, name="other")

        found = [*narrow.run_many(one, [b"{}", b"{}"]), *narrow.run_many(other, [b"{}"]), narrow.run(one)]

        narrow.close()
        assert [each.error for each in found] == [""] * 4

    def test_a_plain_process_is_limited_too(self, narrow: Harness) -> None:
        function = narrow.deploy(_CODE, timeout_ms=20_000)

        finished = narrow.run(function, b'{"do": "memory"}')

        narrow.close()
        assert json.loads(finished.payload)["errorType"] == "Runtime.ExitError"


def test_environments_that_are_idle_end(tmp_path: Path) -> None:
    harness = Harness(tmp_path, idle_s=0.2)
    function = harness.deploy(_CODE)
    harness.run(function)

    async def gone() -> int:
        import asyncio

        for _ in range(100):
            if not harness.runner.statistics()["environments"]:
                break
            await asyncio.sleep(0.05)
        return int(str(harness.runner.statistics()["environments"]))

    left = harness.wait(gone())
    harness.close()
    assert left == 0
