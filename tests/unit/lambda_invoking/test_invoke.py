"""Invoke: what functions get, what callers get, what is refused."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.base.sections import LambdaLimits
from chasqui.services.lambda_.running.contract import CannotRun, Deployment, Finished, Invocation
from tests.unit.lambda_invoking.conftest import Scene, fail


async def refused(scene: Scene, *args: Any, **parameters: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await scene.invoke(*args, **parameters)
    return caught.value


def test_a_function_answers_with_what_it_returns(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        answer = await scene.invoke("f", {"a": 1})
        assert (answer.StatusCode, json.loads(answer.Payload)) == (200, {"a": 1})
        assert (answer.FunctionError, answer.LogResult, answer.ExecutedVersion) == (None, None, "$LATEST")

    tell(story)


def test_a_function_s_error_is_a_success_with_a_header(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.answer = fail
        answer = await scene.invoke()
        assert (answer.StatusCode, answer.FunctionError) == (200, "Unhandled")
        assert json.loads(answer.Payload)["errorMessage"] == "it broke"

    tell(story)


def test_the_tail_of_the_log_is_given_to_who_asks(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        answer = await scene.invoke(LogType="Tail")
        assert base64.b64decode(answer.LogResult) == b"START\nEND\n"

    tell(story)


def test_no_payload_is_an_empty_object(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        assert (await scene.invoke()).Payload == b"{}"

    tell(story)


@pytest.mark.parametrize("payload", [b"foo", b'{"a":', b"{} x", b'"\xff"', b"[" * 100_000])
def test_what_is_no_json_is_refused(tell: Any, payload: bytes) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        error = await refused(scene, "f", payload)
        assert (error.code, error.status) == ("InvalidRequestContentException", 400)
        assert error.message.startswith("Could not parse request body into json: ")
        assert not scene.runner.met

    tell(story)


def test_a_payload_of_more_than_six_megabytes_is_refused(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        error = await refused(scene, "f", b'"' + b"x" * 6_291_455 + b'"')
        assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)
        assert error.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"

    tell(story)


def test_an_event_of_more_than_a_megabyte_is_refused(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        error = await refused(scene, "f", b'"' + b"x" * 1_048_575 + b'"', InvocationType="Event")
        assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)
        assert error.message == "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"

    tell(story)


def test_a_dry_run_runs_nothing(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        assert (await scene.invoke(InvocationType="DryRun")).StatusCode == 204
        assert not scene.runner.met

    tell(story)


def test_the_client_context_is_decoded(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        await scene.invoke(ClientContext=base64.b64encode(b'{"custom":{"a":"b"}}').decode())
        assert scene.runner.met[0].client_context == '{"custom":{"a":"b"}}'
        assert (await refused(scene, ClientContext="%%")).code == "InvalidRequestContentException"
        assert (await refused(scene, ClientContext=base64.b64encode(b"x").decode())).status == 400

    tell(story)


def test_a_function_that_is_not_there_is_named_in_the_refusal(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        error = await refused(scene, "f", Qualifier="nobody")
        assert (error.code, error.status, error.message) == (
            "ResourceNotFoundException", 404, f"Function not found: {arn}:nobody"
        )  # fmt: skip

    tell(story)


def test_unknown_invocation_types_are_refused_in_the_models_words(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        error = await refused(scene, InvocationType="Later")
        assert "[Event, RequestResponse, DryRun]" in error.message

    tell(story)


def test_a_version_that_is_not_active_is_not_run(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function(state="Pending")
        for kind in ("RequestResponse", "Event"):
            error = await refused(scene, InvocationType=kind)
            assert (error.code, error.status) == ("ResourceConflictException", 409)
            assert error.message.endswith("The function is currently in the following state: Pending")

    tell(story)


def test_what_this_machine_cannot_run_is_told(tell: Any) -> None:
    def cannot(_deployment: Deployment, _invocation: Invocation) -> Finished:
        raise CannotRun("InvalidRuntimeException", "no python9 here")

    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.answer = cannot
        error = await refused(scene)
        assert (error.code, error.status, error.message) == ("InvalidRuntimeException", 502, "no python9 here")
        assert scene.room.invoker.concurrency.all == 0

    tell(story)


async def begun(scene: Scene, count: int, name: str = "f") -> list[asyncio.Task[Any]]:
    """So many invocations that are under way."""
    scene.runner.gate = asyncio.Event()
    tasks = [asyncio.create_task(scene.invoke(name)) for _ in range(count)]
    await scene.rest()
    return tasks


def test_more_than_the_reserved_concurrency_is_throttled(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function(reserved=2)
        tasks = await begun(scene, 2)
        error = await refused(scene)
        assert (error.code, error.status, error.message) == ("TooManyRequestsException", 429, "Rate Exceeded.")
        assert error.fields == {"Type": "User", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
        assert dict(error.headers)[b"retry-after"] == b"1"
        assert scene.runner.gate is not None
        scene.runner.gate.set()
        await asyncio.gather(*tasks)
        await scene.invoke()
        counters = scene.room.counters
        assert (counters["Invocations", arn], counters["Throttles", arn]) == (3, 1)
        assert (counters["ConcurrentExecutions", arn], counters["Duration", arn]) == (2, 6)

    tell(story)


def test_more_than_the_account_may_is_throttled(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        await begun(scene, 3)
        assert (await refused(scene)).fields["Reason"] == "ConcurrentInvocationLimitExceeded"
        assert scene.runner.gate is not None
        scene.runner.gate.set()

    tell(story, functions=LambdaLimits(concurrency=3, unreserved_min=0))


def test_the_next_in_line_is_let_in_when_one_has_failed(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function(reserved=1)
        scene.runner.answer = fail
        await scene.invoke()
        await scene.invoke()
        assert scene.room.counters["Errors", arn] == 2

    tell(story)


async def streamed(scene: Scene, **parameters: Any) -> list[tuple[str, dict[str, Any]]]:
    answer = await scene.ask("lambda", "InvokeWithResponseStream", FunctionName="f", **parameters)
    return [each async for each in answer.EventStream]


def test_a_streamed_answer_comes_in_pieces_and_says_how_it_ended(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.pieces = [b"one", b"two"]
        assert await streamed(scene, LogType="Tail") == [
            ("PayloadChunk", {"Payload": b"one"}),
            ("PayloadChunk", {"Payload": b"two"}),
            ("InvokeComplete", {"LogResult": base64.b64encode(b"START\nEND\n").decode()}),
        ]

    tell(story)


def test_a_streamed_answer_tells_the_function_s_error(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.answer = fail
        [(name, end)] = await streamed(scene)
        assert (name, end["ErrorCode"]) == ("InvokeComplete", "Unhandled")
        assert json.loads(end["ErrorDetails"])["errorMessage"] == "it broke"

    tell(story)


def test_a_prelude_is_a_part_of_what_the_api_streams(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.prelude, scene.runner.pieces = b'{"statusCode":200}', [b"one"]
        first, second, _ = await streamed(scene)
        assert first[1]["Payload"] + second[1]["Payload"] == b'{"statusCode":200}' + bytes(8) + b"one"

    tell(story)


def test_a_streamed_answer_is_cut_where_it_is_too_large(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.pieces = [b"1234", b"5678"]
        first, (_, end) = await streamed(scene)
        assert first == ("PayloadChunk", {"Payload": b"1234"})
        assert end["ErrorCode"] == "Function.ResponseSizeTooLarge"

    tell(story, functions=LambdaLimits(stream_bytes_max=6))


def test_a_function_goes_on_when_the_reader_of_its_stream_has_left(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        scene.runner.pieces = [b"1", b"2", b"3"]
        answer = await scene.ask("lambda", "InvokeWithResponseStream", FunctionName="f")
        assert (await anext(answer.EventStream))[0] == "PayloadChunk"
        await answer.EventStream.aclose()
        await scene.rest()
        assert scene.room.counters["Invocations", arn] == 1

    tell(story)


def test_a_function_goes_on_when_its_client_leaves_before_the_stream_begins(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        scene.runner.gate, scene.runner.pieces = asyncio.Event(), [b"1", b"2", b"3"]
        asked = asyncio.create_task(scene.ask("lambda", "InvokeWithResponseStream", FunctionName="f"))
        await scene.rest()
        asked.cancel()
        await scene.rest()
        scene.runner.gate.set()
        await scene.rest()
        assert scene.room.counters["Invocations", arn] == 1

    tell(story)


def test_refusals_of_a_streamed_invocation_come_before_the_stream(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function(reserved=0)
        with pytest.raises(ServiceError, match="TooManyRequestsException"):
            await scene.ask("lambda", "InvokeWithResponseStream", FunctionName="f")

    tell(story)
