"""What S3's operations stand on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chasqui.services.s3.means import Means

if TYPE_CHECKING:
    from chasqui.services.s3.buckets.directory import Directory
    from chasqui.services.s3.notifications.notifier import Notifier
    from chasqui.services.s3.objects.repeats import Repeats


class Room(Means):
    """Given to every operation as its first argument."""

    @cached_property
    def buckets(self) -> Directory:
        """The buckets at hand."""
        # With the types it takes a while to import: servers without buckets start without it.
        from chasqui.services.s3.buckets.directory import Directory  # noqa: PLC0415

        return Directory(self.store)

    @cached_property
    def repeats(self) -> Repeats:
        """What small objects' answers are made of."""
        from chasqui.services.s3.objects.repeats import Repeats  # noqa: PLC0415  as above

        return Repeats(self)

    @cached_property
    def notifier(self) -> Notifier:
        """Who tells others of what happens to objects."""
        from chasqui.services.s3.notifications.notifier import Notifier  # noqa: PLC0415  as above

        return Notifier(self)
