"""The environment variables of a function. Pure.

Source: Lambda developer guide, "Working with Lambda environment variables" (defined runtime environment variables).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment
    from chasqui.services.lambda_.running.drivers.plan import Places, Plan

_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def variables_of(
    deployment: Deployment,
    plan: Plan,
    places: Places,
    *,
    keys: Mapping[str, str],
    endpoint: str,
    runtime_api: str,
    log_stream: str,
) -> dict[str, str]:
    """All of them: what may be overridden, the function's own, what is reserved."""
    opt, task = places.opt, places.task
    open_ones = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{_PATH}:{opt}/bin",
        "LD_LIBRARY_PATH": f"{task}:{task}/lib:{opt}/lib",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_ENDPOINT_URL": endpoint,
        **({} if places.tmp == "/tmp" else {"TMPDIR": places.tmp}),
        **plan.variables,
    }
    if not endpoint:
        del open_ones["AWS_ENDPOINT_URL"]
    reserved = {
        "_HANDLER": deployment.handler,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": places.runtime,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": deployment.name,
        "AWS_LAMBDA_FUNCTION_VERSION": deployment.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployment.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": deployment.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": deployment.initialization,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        **keys,
    }
    if deployment.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        reserved["AWS_LAMBDA_LOG_LEVEL"] = deployment.application_log_level
    return {**open_ones, **deployment.environment, **reserved}
