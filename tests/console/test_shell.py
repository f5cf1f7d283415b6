"""The console's frame: where it is, its language, its theme."""

from __future__ import annotations

from collections.abc import Callable

from tests.console.browser import Visit


def test_the_bare_address_leads_a_browser_to_the_console(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.goto(here.url)
    assert here.page.url == here.address("home")


def test_a_chosen_language_is_kept(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("home")
    page.get_by_text("000000000000", exact=True).click()
    page.get_by_role("button", name="Français").click()
    page.wait_for_function("document.documentElement.lang == 'fr'")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "fr"
