"""Starts a function: imports the runtime client, puts the function's own folders before everything else, hands over.

Runs inside functions, with this folder first in the path: only the standard library and `awslambdaric`.
"""

from __future__ import annotations

import os
import sys


def _paths() -> list[str]:
    """Where modules are looked for, in AWS' order: the function's code, its layers, what the runtime brings."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    opt = os.environ.pop("_CHASQUI_OPT")
    layers = [os.path.join(opt, "python", "lib", version, "site-packages"), os.path.join(opt, "python")]
    return [os.environ["LAMBDA_TASK_ROOT"], *layers, *sys.path]


def main() -> None:
    """Run the function's handler for one event after the other."""
    # Of the runtime's folder, which is the first one until `_paths`.
    from awslambdaric import bootstrap  # noqa: PLC0415
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415

    sys.path[:] = _paths()
    handler, address = os.environ["_HANDLER"], os.environ["AWS_LAMBDA_RUNTIME_API"]
    bootstrap.run(handler, LambdaRuntimeClient(address))


main()
