"""Hot commands of one tick and queue, run as one: a statement for all of them costs little more than for one.

Each method takes the commands of its kind and answers them; what cannot be run together is run one by one.
"""

from __future__ import annotations

from itertools import chain, groupby, repeat
from operator import itemgetter

from chasqui.base.errors import ChasquiError
from chasqui.store.port import Claim
from chasqui.store.sqlite.engine import Command, Engine
from chasqui.store.sqlite.standard import Standard
from chasqui.store.sqlite.state import QueueState

_PENDING, _ARGUMENT = itemgetter(1), itemgetter(3)


class Together:
    """Runs appends, settles and claims."""

    def __init__(self, engine: Engine, standard: Standard) -> None:
        self._engine = engine
        self._standard = standard

    def as_one(self, queue: int, commands: list[Command]) -> None:
        """Run the lists of appends, or of settles, as one list, whose outcomes are dealt back."""
        answers, run = self._engine.answers, self._engine.alone[commands[0][0]]
        lists = list(map(_ARGUMENT, commands))
        try:
            outcomes = run(None, queue, lists[0] if len(lists) == 1 else list(chain.from_iterable(lists)))
        except ChasquiError as error:
            answers += zip(map(_PENDING, commands), repeat(None), repeat(error), repeat(None))
            return
        if set(map(len, lists)) == {1}:
            answers += zip(map(_PENDING, commands), map(list, zip(outcomes)), repeat(None), repeat(None))
            return
        at = 0
        for command, each in zip(commands, lists, strict=True):
            end = at + len(each)
            answers.append((command[1], outcomes[at:end], None, None))
            at = end

    def claim(self, queue: int, commands: list[Command]) -> None:
        engine = self._engine
        state = engine.states.find(queue, engine.now)
        for claim, group in groupby(commands, _ARGUMENT):
            same = [each for each in group if not each[1].done()]
            if state is None or len(same) == 1 or not self._claim_alike(state, claim, same):
                for each in same:
                    engine.run_one(*each)

    def _claim_alike(self, state: QueueState, claim: Claim, commands: list[Command]) -> bool:
        """One claim for several that ask the same of a standard queue: who came first gets first. False, and nothing
        is done, when one of them might meet the limit of messages in flight, or what another has just taken."""
        wanted = claim.limit * len(commands)
        if state.ordered or claim.visibility_ms <= 0 or claim.in_flight_max - state.in_flight < wanted:
            return False
        engine, standard = self._engine, self._standard
        claimed, taken, seen_all = standard.claim_rows(state, claim, wanted)
        for number, command in enumerate(commands):
            part = slice(number * claim.limit, (number + 1) * claim.limit)
            pending = command[1]
            if claimed[part]:
                undo = standard.undoing(state, claim, taken[part])
                engine.answers.append((pending, claimed[part], None, undo))
            elif not seen_all:
                engine.commands.append(command)
            elif claim.wait_ms > 0:
                engine.park(state.id, claim, pending)
            else:
                engine.answers.append((pending, [], None, None))
        return True
