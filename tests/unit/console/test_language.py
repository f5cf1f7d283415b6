"""Which language a browser would like best."""

from __future__ import annotations

import pytest

from chasqui.console.language import preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr;q=0.5, pt-BR;q=0.9", "pt"),
        ("de, fr", "fr"),
        ("fr;q=0, de", "en"),
        ("fr;q=nan", "en"),
        ("", "en"),
    ],
)
def test_the_best_language_that_there_is(accepted: str, language: str) -> None:
    assert preferred(accepted) == language
