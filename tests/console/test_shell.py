"""The console's frame: where it is, its choices, Ctrl-K and favourites, live data, what happens when a session ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.console.sections import SECTIONS, routes, sections_of
from tests.console.browser import Visit, sign_in, visiting
from tests.strict import ADMIN, StrictServer
from tests.support import Server

HOME = re.compile("/home$")


@pytest.fixture(scope="module")
def queue(server: Server) -> str:
    server.client("sqs").create_queue(QueueName="new-orders-here")
    return "new-orders-here"


def _choices(page: Any) -> Any:
    page.locator("header summary").click()
    return page.locator("header details")


def test_the_bare_address_leads_a_browser_to_the_console(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.goto(here.url)
    assert here.page.url == here.address("home")


def test_every_route_is_found_by_the_first_segment_of_its_address() -> None:
    for section in SECTIONS:
        for route in routes((section,)):
            assert section in sections_of(route.path.partition("/")[0]), route.path


# ----------------------------------------------------------------------------------------------------------- choices


def test_a_chosen_language_is_kept(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    _choices(page).get_by_role("button", name="Français").click()
    page.wait_for_function("document.documentElement.lang == 'fr'")
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "Vue d'ensemble"


def test_the_browsers_language_is_taken_where_none_was_chosen(visit: Callable[..., Visit]) -> None:
    page = visit(language="pt").open("home")
    assert page.locator("html").get_attribute("lang") == "pt-BR"


def test_a_chosen_theme_is_kept_and_there_before_any_script(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("home")
    _choices(page).get_by_role("button", name="Dark").click()
    page.locator("html.dark").wait_for()
    page.context.route("**/*.js", lambda route: route.abort())
    page.reload()
    page.locator("html.dark").wait_for()


def test_an_account_is_switched_to(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    choices = _choices(page)
    choices.get_by_label("Another account").fill("111122223333")
    choices.get_by_role("button", name="Switch").click()
    page.locator("header summary", has_text="111122223333").wait_for()
    assert page.get_by_text("arn:aws:iam::111122223333:root").count() == 1


def test_another_region_is_another_address(visit: Callable[..., Visit]) -> None:
    page = visit().open("queues")
    page.get_by_label("Region").select_option("eu-west-3")
    page.wait_for_url("**/eu-west-3/queues")


def test_a_list_of_regions_is_walked_through_by_keyboard_before_it_applies(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    page.get_by_label("Region").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.url.endswith("/us-east-1/home")
    page.keyboard.press("Tab")
    page.wait_for_url("**/us-west-1/home")


def test_choices_work_without_scripts(browser: Any, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/_chasqui/console/us-east-1/home")
    page.locator("header summary").click()
    page.get_by_role("button", name="Português").click()
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    page.get_by_role("link", name="Exibir o que há").click()
    assert page.locator("#figures a").count() > 3
    context.close()


# ------------------------------------------------------------------------------------------------ Ctrl-K, favourites


def test_a_queue_is_reached_by_a_part_of_its_name_and_the_keyboard_alone(
    visit: Callable[..., Visit], queue: str
) -> None:
    page = visit().open("home")
    page.keyboard.press("Control+k")
    page.keyboard.type("orders")
    # At once: Enter waits for what was typed to be found.
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/queues/{queue}**")


def test_the_arrow_keys_choose_among_what_was_found(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    page.get_by_role("button", name="Jump to").click()
    page.get_by_role("option", name="Overview").wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("dialog").get_by_role("option", selected=True)
    assert chosen.inner_text().strip() == "Queues"
    assert page.get_by_role("combobox").last.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0


def test_an_arn_leads_to_what_it_names(visit: Callable[..., Visit], queue: str) -> None:
    page = visit().open("home")
    page.keyboard.press("Control+k")
    page.keyboard.type(f"arn:aws:sqs:us-east-1:000000000000:{queue}")
    page.get_by_role("option", name=queue).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/queues/{queue}**")


def test_each_tab_has_a_title_of_its_own(visit: Callable[..., Visit], queue: str) -> None:
    here = visit(language="fr")
    titles = [here.open(f"queues/{queue}/{tab}").title() for tab in ("details", "messages", "tags")]
    tabs = ("Détails", "Envoyer et recevoir des messages", "Balises")
    assert titles == [f"{queue} – {tab} – Chasqui" for tab in tabs]


def test_a_favourite_is_at_home_and_first_under_ctrl_k(visit: Callable[..., Visit], queue: str) -> None:
    page = visit().open(f"queues/{queue}/details")
    page.get_by_role("button", name="Favourite").click()
    page.goto(page.url.replace(f"queues/{queue}/details", "home"))
    page.get_by_role("region", name="Favourites").get_by_role("link", name=queue).wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("group", name="Favourites").get_by_role("option", name=queue).wait_for()


def test_a_favourite_is_taken_away_again(visit: Callable[..., Visit], queue: str) -> None:
    here = visit()
    star = here.open(f"queues/{queue}/details").get_by_role("button", name="Favourite")
    star.click()
    star.click()
    assert star.get_attribute("aria-pressed") == "false"
    here.open("home").get_by_text("Pages that you mark with the star").wait_for()


def test_names_with_markup_are_shown_as_text(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    hostile = "<img src=x onerror=alert(1)>\"'&"
    root = page.evaluate("document.body.dataset.console")
    page.evaluate(
        "([address, name]) => localStorage.setItem('chasqui-favourites-000000000000',"
        " JSON.stringify([{address, name, section: 'queues'}]))",
        [f"{root}/queues/x", hostile],
    )
    page.reload()
    assert page.get_by_role("region", name="Favourites").get_by_role("link").inner_text() == hostile
    page.keyboard.press("Control+k")
    assert hostile in page.get_by_role("group", name="Favourites").inner_text()


def test_favourites_lead_nowhere_else(visit: Callable[..., Visit]) -> None:
    page = visit().open("home")
    page.evaluate(
        "localStorage.setItem('chasqui-favourites-000000000000',"
        " JSON.stringify([{address: 'javascript:alert(1)', name: 'x'}, {address: 'https://example.com/', name: 'y'}]))"
    )
    page.reload()
    page.get_by_text("Pages that you mark with the star").wait_for()
    assert page.get_by_role("region", name="Favourites").get_by_role("link").count() == 0


# ------------------------------------------------------------------------------------------------- copying, live data


def test_copying_is_announced(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("home")
    page.get_by_role("button", name="Copy: Environment").click()
    page.locator("#said", has_text="Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"export AWS_ENDPOINT_URL={here.url}")


def test_moments_are_in_the_words_of_the_readers_language(visit: Callable[..., Visit]) -> None:
    page = visit(language="fr").open("home")
    moment = '<time datetime="2026-03-01T12:00:00Z">x</time>'
    page.evaluate("(moment) => document.querySelector('main').insertAdjacentHTML('beforeend', moment)", moment)
    page.get_by_text("1 mars 2026, 12:00:00").wait_for()


def test_live_figures_change_pause_and_go_on(visit: Callable[..., Visit], server: Server, queue: str) -> None:
    sqs = server.client("sqs")
    page = visit().open("home")
    live = page.locator(".live")
    live.get_by_text("Live", exact=True).wait_for()
    page.locator("#figures").get_by_role("link", name="Messages waiting").wait_for()
    live.get_by_role("button", name="Pause").click()
    live.get_by_text("Paused").wait_for()
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody="x")
    assert page.locator("[hx-sse\\:connect]").count() == 0
    live.get_by_role("button", name="Resume").click()
    page.locator("#figures").get_by_role("row", name=queue).wait_for()


def test_a_lost_connection_is_told_and_laid_anew(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.route("**/home/live", lambda route: route.abort())
    page = here.open("home")
    page.locator(".live").get_by_text("Connection lost").wait_for()
    page.unroute("**/home/live")
    page.locator(".live").get_by_text("Live", exact=True).wait_for()


def test_a_server_that_does_not_answer_is_told(visit: Callable[..., Visit]) -> None:
    here = visit()
    page = here.open("home")
    here.page.route("**/jump*", lambda route: route.abort())
    page.keyboard.press("Control+k")
    page.get_by_text("The server does not answer").last.wait_for()


# ------------------------------------------------------------------------------------------------------- strict server


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict")) as running:
        yield running


@pytest.fixture
def signed_in(browser: Any, strict: StrictServer) -> Iterator[Visit]:
    with visiting(browser, strict.url) as visit:
        page = visit.open("home")
        sign_in(page, ADMIN)
        page.wait_for_url(HOME)
        yield visit


def test_who_was_signed_out_is_led_to_the_door_by_what_htmx_asks(signed_in: Visit) -> None:
    page = signed_in.page
    signed_in.context.clear_cookies()
    page.evaluate("htmx.ajax('GET', document.body.dataset.console + '/home', '#figures') && null")
    page.wait_for_url("**/sign-in?back=*home")
    assert page.locator("h1").inner_text() == "Sign in"


def test_who_was_signed_out_is_led_to_the_door_by_ctrl_k(signed_in: Visit) -> None:
    signed_in.context.clear_cookies()
    signed_in.page.keyboard.press("Control+k")
    signed_in.page.wait_for_url("**/sign-in?back=*home")


def test_who_was_signed_out_is_led_to_the_door_by_live_data(signed_in: Visit) -> None:
    page = signed_in.page
    live = page.locator(".live")
    live.get_by_text("Live", exact=True).wait_for()
    live.get_by_role("button", name="Pause").click()
    signed_in.context.clear_cookies()
    live.get_by_role("button", name="Resume").click()
    page.wait_for_url("**/sign-in?back=*home")


def test_what_a_user_may_not_see_is_left_out_of_the_overview(browser: Any, strict: StrictServer) -> None:
    key = strict.user({"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"})
    with visiting(browser, strict.url) as visit:
        page = visit.open("home")
        sign_in(page, key)
        page.get_by_text("You may not see here: Queues, Buckets, Functions, Advisor").wait_for()
        assert page.locator("#figures a").all_inner_texts() == ["0\nTopics"]


def test_pictures_of_the_first_page_are_kept(visit: Callable[..., Visit], screenshots: Path) -> None:
    for theme in ("light", "dark"):
        page = visit(theme=theme).open("home")
        page.locator("#figures").get_by_role("link", name="Findings").wait_for()
        page.screenshot(path=screenshots / f"overview-{theme}.png")
        assert (screenshots / f"overview-{theme}.png").stat().st_size > 10_000
