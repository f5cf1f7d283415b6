"""What a node remembers of a queue: its kind, and hints that make claims cheap. Nothing in it decides what is true.

Everything here may be thrown away at any time. What other nodes do is not heard of, so a hint that a row could hide
behind is believed for a second at most.
"""

from __future__ import annotations

from time import monotonic

from chasqui.store.fairness import Tenants

SLOT_MS = 250
"""The grain in which tenants' messages are counted back when their time is up."""

HINT_SECONDS = 1.0
"""How long a hint is believed that other nodes can make wrong."""

LOW_MARGIN_MS = 100
"""How far below the lowest row seen the next claim begins: rows of other nodes come to be a little late."""

COUNT_CHEAP = 2000
"""Counting so many index entries costs no more than a claim."""

FAIR_MARGIN_MS = 5000
FAIR_RESTART_SECONDS = 30.0

STATES_MAX = 20_000
FAR = 1 << 62


class QueueState:
    """One queue. Its kind never changes."""

    __slots__ = (
        "appeared_at", "claimed_since", "counted_at", "depth", "due_asked", "fair_floor", "fair_restart",
        "fair_step_back", "id", "in_flight_counted", "incarnation", "low", "low_until", "ordered", "released_since",
        "stirs", "tenants",
    )  # fmt: skip

    def __init__(self, id: int, ordered: bool) -> None:
        self.id = id
        self.ordered = ordered
        self.incarnation = 0
        self.stirs = 0
        """How often something may have become visible: a claim that found nothing looks again when it grew."""
        self.due_asked = 0.0
        self.renew(0)

    def stands(self, incarnation: int) -> None:
        """A statement saw it with this incarnation."""
        if incarnation != self.incarnation:
            self.renew(incarnation)

    def renew(self, incarnation: int) -> None:
        """The queue was purged, or is seen for the first time: what was known of its rows is void."""
        self.incarnation = incarnation
        self.low, self.appeared_at = 0, FAR
        self.low_until = 0.0
        """Where claims begin, and until when that is believed (monotonic, seconds): below are only dead rows."""
        self.in_flight_counted = 0
        self.counted_at = -1.0
        self.claimed_since = self.released_since = 0
        """Messages in flight when they were last counted, and claimed and released by this node since."""
        self.fair_floor: tuple[int, int] = (0, 0)
        """(visible_at, seq) up to which only noisy tenants' rows are left."""
        self.depth = 1.0
        """How many messages of a group of a FIFO queue a claim finds, on average."""
        self.fair_step_back = self.fair_restart = 0.0
        self.tenants: Tenants | None = None

    # ------------------------------------------------------------------------------------------- where claims begin

    def begin(self) -> int:
        """Where the next claim begins to look. Once a second from the very beginning."""
        if monotonic() >= self.low_until:
            self.low = 0
        self.appeared_at = FAR
        return self.low

    def look_from(self) -> int:
        """The same for a look that does not claim."""
        return 0 if monotonic() >= self.low_until else self.low

    def came_from_elsewhere(self) -> None:
        """Another node committed something."""
        self.low_until = 0.0

    def seen(self, began: int, lowest: int) -> None:
        """A claim that began there found nothing visible below `lowest`."""
        if began == 0:
            self.low_until = monotonic() + HINT_SECONDS
        self.low = max(0, min(lowest - LOW_MARGIN_MS, self.appeared_at))

    def appeared(self, visible_at_ms: int) -> None:
        """A row is there now that is visible from then on."""
        self.low = min(self.low, visible_at_ms)
        self.appeared_at = min(self.appeared_at, visible_at_ms)
        self.lower_fair_floor(visible_at_ms)

    # ------------------------------------------------------------------------------------------- in flight

    @property
    def in_flight(self) -> int:
        return max(0, self.in_flight_counted + self.claimed_since - self.released_since)

    def must_count(self, wanted: int, in_flight_max: int) -> bool:
        """Whether a claim of so many needs to know how many are in flight. This node may use up a sixteenth of the
        room before it looks what the others did; when there are many it asks four times a second at most."""
        if self.counted_at < 0:
            return True
        if self.claimed_since + wanted <= (in_flight_max - self.in_flight_counted) // 16:
            return False
        return self.in_flight_counted < COUNT_CHEAP or monotonic() - self.counted_at >= HINT_SECONDS / 4

    def counted(self, in_flight: int) -> None:
        self.in_flight_counted = in_flight
        self.counted_at = monotonic()
        self.claimed_since = self.released_since = 0

    # ------------------------------------------------------------------------------------------- tenants

    def pass_time(self, now_ms: int) -> None:
        if self.tenants is not None and self.tenants.pass_time(now_ms // SLOT_MS, now_ms):
            self.fair_floor = (0, 0)

    def lower_fair_floor(self, visible_at_ms: int) -> None:
        if self.fair_floor[0] >= visible_at_ms:
            self.fair_floor = (visible_at_ms - 1, FAR)

    def fair_start(self, now_ms: int) -> tuple[int, int]:
        """Where to go on looking for quiet tenants. What other nodes commit late or give back lies a few seconds back
        at most; what a claim that failed left behind may lie anywhere."""
        now = monotonic()
        if now >= self.fair_step_back:
            self.fair_step_back = now + HINT_SECONDS
            self.lower_fair_floor(now_ms - FAIR_MARGIN_MS)
        if now >= self.fair_restart:
            self.fair_restart = now + FAIR_RESTART_SECONDS
            self.fair_floor = (0, 0)
        return self.fair_floor

    @property
    def fair(self) -> bool:
        """Whether a tenant is noisy, so that claims have to pass it over."""
        return self.tenants is not None and bool(self.tenants.noisy)


class States:
    """The queues this node knows."""

    def __init__(self) -> None:
        self._states: dict[int, QueueState] = {}

    def get(self, queue: int) -> QueueState | None:
        return self._states.get(queue)

    def add(self, queue: int, ordered: bool) -> QueueState:
        if len(self._states) >= STATES_MAX:
            for each in list(self._states)[: STATES_MAX // 10]:
                del self._states[each]
        state = self._states.get(queue)
        if state is None:
            state = self._states[queue] = QueueState(queue, ordered)
        return state

    def forget(self, queue: int) -> None:
        self._states.pop(queue, None)

    def clear(self) -> None:
        self._states.clear()
