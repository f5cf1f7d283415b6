"""Guided tours: their pages, and the panel that leads through them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from chasqui.console.language import LANGUAGES, Language, translations_of
from chasqui.console.tours.pages import TOURS
from tests.console.browser import Visit
from tests.console.test_accessibility import AXE, FULL
from tests.console.walking import ENDS, PANEL, Walk
from tests.support import Server

Visits = Callable[..., Visit]


def _at(page: Any, number: int) -> Any:
    """The panel, once it is at a step; steps count from 1, as the panel has it."""
    panel = page.locator(f"{PANEL}[data-step='{number - 1}'][data-here=yes]")
    panel.wait_for()
    return panel


def test_every_tour_is_followed_by_a_test_of_each_language() -> None:
    assert [each.id for each in TOURS] == list(ENDS)


@pytest.mark.parametrize("code", [each for each in LANGUAGES if each != "en"])
def test_what_a_step_quotes_is_what_pages_say_in_that_language(code: str) -> None:
    language, catalog = Language(code), translations_of(code)
    wrong = [
        (each.text, quoted)
        for tour in TOURS
        for each in tour.steps
        for quoted in re.findall("“(.+?)”", each.text)
        if catalog.gettext(quoted) not in language.text(each.text)
    ]
    assert not wrong


def test_a_tour_can_be_read_without_being_led(visit: Visits) -> None:
    page = visit(language="fr").open("tours")
    page.get_by_role("link", name="Créer une file d'attente, envoyer et recevoir un message").click()
    steps = page.get_by_role("main").get_by_role("listitem").filter(has_text="Envoyer le message")
    assert steps.count() == 1
    assert page.get_by_text("MaQueueTest", exact=True).count() >= 1


def test_what_a_tour_makes_has_names_that_it_types_and_can_be_new() -> None:
    typed = {each.value for tour in TOURS for each in tour.steps if each.act == "type"}
    made = [name.removesuffix("-dlq") for tour in TOURS for _, name in tour.makes]
    assert [name for name in made if "{turn}" not in name or name not in typed] == []


def test_a_tour_that_is_begun_again_has_new_names(visit: Visits, server: Server) -> None:
    sqs = server.client("sqs", region_name="ca-central-1")
    for name in ("DureesTest", "DureesTest-2"):
        sqs.create_queue(QueueName=name)
    page = visit(region="ca-central-1").open("tours/lifecycle")
    page.get_by_role("button", name="Start the tour").click()
    _at(page, 1).get_by_text("this time the names end in “-3”").wait_for()
    page.locator(".tour-target").click()
    _at(page, 2).get_by_role("button", name="Fill in for me").click()
    assert page.locator('[name="QueueName"]').input_value() == "DureesTest-3"
    _at(page, 3)
    page.locator(".tour-target").click()
    _at(page, 4)
    assert "DureesTest-3" in str(sqs.list_queues()["QueueUrls"])


def test_an_unknown_tour_is_said_to_be_missing(visit: Visits) -> None:
    here = visit()
    answer = here.page.goto(here.address("tours/none"))
    assert answer is not None
    assert answer.status == 404


def test_the_tour_fills_in_and_goes_back_and_ends(visit: Visits) -> None:
    page = visit().open("tours/first-queue")
    page.get_by_role("button", name="Start the tour").click()
    _at(page, 1)
    page.locator(".tour-target").click()
    _at(page, 2).get_by_role("button", name="Next step").click()
    _at(page, 3).get_by_role("button", name="Fill in for me").click()
    assert page.locator('[name="QueueName"]').input_value() == "MaQueueTest"
    _at(page, 4).get_by_role("button", name="Step back").click()
    _at(page, 3).get_by_role("button", name="End the tour").click()
    page.locator(PANEL).wait_for(state="detached")
    assert page.locator(".tour-target").count() == 0
    page.reload()
    page.get_by_role("heading", level=1).wait_for()
    assert page.locator(PANEL).count() == 0


def test_a_step_whose_form_does_not_go_is_not_over(visit: Visits) -> None:
    page = visit().open("tours/first-queue")
    page.get_by_role("button", name="Start the tour").click()
    _at(page, 1)
    page.locator(".tour-target").click()
    for number in (2, 3):
        _at(page, number).get_by_role("button", name="Next step").click()
    _at(page, 4)
    page.locator(".tour-target").click()
    page.wait_for_function("document.activeElement.name == 'QueueName'")
    _at(page, 4)


def test_the_way_back_to_the_step_is_shown_on_other_pages(visit: Visits) -> None:
    here = visit()
    page = here.open("tours/first-queue")
    page.get_by_role("button", name="Start the tour").click()
    _at(page, 1)
    here.open("topics/new")
    page.get_by_text("This step is on another page.").wait_for()
    assert page.locator("nav .tour-target").inner_text() == "Queues"
    page.get_by_role("link", name="Go to the page of this step").click()
    _at(page, 1)


def test_a_file_is_made_for_who_has_none(visit: Visits, server: Server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="exercice-s3-000000000000")
    here = visit()
    page = here.open("buckets/exercice-s3-000000000000/upload")
    number = next(
        at for at, each in enumerate(next(t for t in TOURS if t.id == "s3-events").steps) if each.act == "file"
    )
    page.evaluate("(step) => sessionStorage.setItem('chasqui-tour', JSON.stringify({id: 's3-events', step}))", number)
    page.reload()
    _at(page, number + 1).get_by_role("button", name="Fill in for me").click()
    _at(page, number + 2)
    page.locator(".tour-target").click()
    _at(page, number + 3)
    page.locator(".tour-target").wait_for()
    assert s3.list_objects_v2(Bucket="exercice-s3-000000000000")["Contents"][0]["Key"] == "facture.txt"
    s3.delete_object(Bucket="exercice-s3-000000000000", Key="facture.txt")
    s3.delete_bucket(Bucket="exercice-s3-000000000000")


def _press(page: Any, name: str) -> None:
    """Escape leads to the panel; from there by Tab to one of its buttons, which is pressed."""
    page.keyboard.press("Escape")
    for _ in range(6):
        if page.evaluate("document.activeElement.closest('section.tour button')?.textContent") == name:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not in the panel")


def test_the_first_tour_is_walked_with_the_keyboard_alone(visit: Visits, server: Server) -> None:
    walk = Walk(visit(region="eu-west-1"), "first-queue")
    page = walk.page
    page.locator("[data-starts-tour]").focus()
    page.keyboard.press("Enter")
    for number, step in enumerate(walk.steps):
        _at(page, number + 1)
        page.locator(".tour-target").wait_for()
        if step["act"] == "look":
            _press(page, "Next step")
            continue
        _press(page, "Take me there")
        page.wait_for_function("document.querySelector('.tour-target').contains(document.activeElement)")
        if step["act"] == "type":
            page.keyboard.type(step["value"])
            page.keyboard.press("Tab")
        else:
            page.keyboard.press("Space" if step["act"] == "tick" else "Enter")
    page.get_by_text("That was the tour.").wait_for()
    assert "MaQueueTest" not in str(server.client("sqs", region_name="eu-west-1").list_queues())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_panel_leaves_what_it_is_about_to_be_seen(visit: Visits, width: int, theme: str, screenshots: Any) -> None:
    page = visit(width=width, theme=theme, language="fr").open("tours/first-queue")
    page.get_by_role("button", name="Commencer la visite").click()
    _at(page, 1)
    covered = page.evaluate(
        """() => {
            const target = document.querySelector(".tour-target").getBoundingClientRect();
            const panel = document.querySelector("section.tour").getBoundingClientRect();
            return target.bottom > panel.top && target.right > panel.left;
        }"""
    )
    page.screenshot(path=screenshots / f"tour-{width}-{theme}.png")
    assert not covered
    page.evaluate(AXE)
    assert page.evaluate(FULL, []) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("empty", "tour"),
    [
        ("queues", "first-queue"),
        ("topics", "fan-out"),
        ("buckets", "s3-events"),
        ("functions", "pictures"),
        ("access/users", "access"),
    ],
)
def test_what_is_empty_leads_to_the_tour_that_fills_it(visit: Visits, empty: str, tour: str) -> None:
    page = visit(region="ap-south-1").open(empty)
    page.locator(".empty").get_by_role("link", name=re.compile("^Show me how")).click()
    assert page.url.endswith(f"/tours/{tour}")
    page.locator(f'[data-starts-tour="{tour}"]').wait_for()
