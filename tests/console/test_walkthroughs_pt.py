"""Every guided tour, followed to its end by clicking what it highlights: in Portuguese."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.browser import Visit
from tests.console.walking import ENDS, Walk
from tests.support import Server


@pytest.mark.parametrize("tour", ENDS)
def test_a_tour_leads_to_its_end(visit: Callable[..., Visit], server: Server, tour: str) -> None:
    Walk(visit(language="pt"), tour).follow()
    ENDS[tour](server)
