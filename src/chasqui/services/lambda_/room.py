"""What Lambda's operations stand on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chasqui.base.arn import Arn
from chasqui.fabric.recipients import Recipient
from chasqui.services.lambda_.means import Means

if TYPE_CHECKING:
    from chasqui.services.lambda_.functions.directory import Directory
    from chasqui.services.lambda_.functions.provisioner import Provisioner
    from chasqui.services.lambda_.invoking.invoker import Invoker
    from chasqui.services.lambda_.invoking.recipient import FindFunction
    from chasqui.services.lambda_.running.contract import Runner


class Room(Means):
    """Given to every operation as its first argument."""

    @cached_property
    def functions(self) -> Directory:
        """The functions at hand."""
        # Servers without functions start without all this.
        from chasqui.services.lambda_.functions.directory import Directory  # noqa: PLC0415

        return Directory(self)

    @cached_property
    def runner(self) -> Runner:
        """Who runs functions."""
        from chasqui.services.lambda_.running.runner import make_runner  # noqa: PLC0415  as above

        runner = make_runner(self)
        self.functions.retire = runner.retire
        return runner

    @cached_property
    def provisioner(self) -> Provisioner:
        """Who keeps provisioned environments."""
        from chasqui.services.lambda_.functions.provisioner import Provisioner  # noqa: PLC0415  as above

        return Provisioner(self, self.functions, lambda: self.runner)

    @cached_property
    def invoker(self) -> Invoker:
        """Who invokes functions."""
        from chasqui.services.lambda_.invoking.invoker import Invoker  # noqa: PLC0415  as above

        return Invoker(self, self.functions, self.runner)

    @cached_property
    def _inboxes(self) -> FindFunction:
        from chasqui.services.lambda_.invoking.recipient import FindFunction  # noqa: PLC0415  as above

        return FindFunction(self, self.functions)

    async def recipient(self, arn: Arn) -> Recipient | None:
        """A function as others send to it (`fabric/recipients.py`)."""
        return await self._inboxes(arn)
