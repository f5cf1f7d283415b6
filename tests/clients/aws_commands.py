"""The AWS CLI, command by command, without its start each time: a process that has loaded it forks for every command.

What runs is what `aws` runs (`awscli.clidriver.main`), with the arguments, the environment and the output of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_LOADED = """
import json, os, sys
from awscli.clidriver import main
import awscli.customizations.s3.s3, s3transfer.manager
print("{}", flush=True)
for line in sys.stdin:
    arguments, out, err = json.loads(line)
    child = os.fork()
    if not child:
        for number, name in ((0, os.devnull), (1, out), (2, err)):
            os.dup2(os.open(name, os.O_RDWR), number)
        sys.argv = ["aws", *arguments]
        status = 120
        try:
            status = main()
        except SystemExit as ended:
            status = ended.code
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(status or 0)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)
"""


class AwsCommands:
    """`aws ...`: calling it gives what the command printed, `run` the finished process."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        command = [sys.executable, "-c", _LOADED]
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._answer()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command; returns how it ended, whatever its status."""
        assert self._process.stdin is not None
        with tempfile.TemporaryDirectory(prefix="chasqui-aws-") as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            for each in (out, err):
                each.touch()
            self._process.stdin.write(json.dumps([list(arguments), os.fspath(out), os.fspath(err)]) + "\n")
            self._process.stdin.flush()
            status = self._answer()["status"]
            texts = (each.read_text(encoding="utf-8") for each in (out, err))
            return subprocess.CompletedProcess(arguments, status, *texts)

    def __call__(self, *arguments: str) -> str:
        """Run a command; returns what it printed, and fails when it did."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _answer(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the AWS CLI did not load"
        answer: dict[str, int] = json.loads(line)
        return answer
