"""Working in the pages: two at one case, hands on the keyboard, hostile words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Town, Visit
from tests.browser.steps import act, fill, find, open_form, read_receipt

from tiji.testing.browser import Axe

pytestmark = pytest.mark.sqlite("a browser shows the same on both")

#: What would open a dialog if a page took it for more than words.
HOSTILE = (
    '"><img src=x onerror=alert(1)>',
    "<script>alert(2)</script>",
    "'-alert(3)-'{{7*7}}",
    "<svg/onload=alert(4)>",
)


def test_no_typed_word_is_lost_when_somebody_else_was_faster(
    town: Town, come: Visit, axe: Axe
) -> None:
    number = town.marks["head"]
    head, at_another_desk = come("head").page(), come("head").page()
    form = open_form(head, town, number, "escalate")
    words = {"why": "Two records differ by thirteen metres", "suggestion": "Measure it once more"}
    fill(form, **words, judgement="unsure")
    plan = "Measure the building"
    act(at_another_desk, town, number, "agree", plan=plan, promised="2026-12-04", feedback="Soon.")
    form.locator("button.btn--pri").click()
    conflict = head.locator(".conflict")
    expect(conflict).to_contain_text("What you wrote is all still here")
    expect(conflict).to_contain_text(plan)
    assert axe.faults(head) == []
    for name, text in words.items():
        expect(conflict.locator(f"[name={name}]")).to_have_value(text)
    expect(conflict.locator("[name=judgement][value=unsure]")).to_be_checked()
    conflict.locator("button.btn--pri").click()
    expect(head.locator("#toasts")).to_contain_text("recorded")
    expect(head.locator("#timeline")).to_contain_text(words["why"])


def test_the_workbench_is_worked_by_its_keys(town: Town, come: Visit) -> None:
    page = come("first").page("/desk")
    current = page.locator("tr.is-cur")
    rows = page.locator("tr[data-number]")
    first, second = (rows.nth(no).get_attribute("data-number") for no in (0, 1))
    page.locator("main h1").click()
    expect(current).to_have_attribute("data-number", str(first))
    page.keyboard.press("j")
    expect(current).to_have_attribute("data-number", str(second))
    expect(page.locator("#peek")).to_contain_text(str(second))
    page.keyboard.press("k")
    expect(current).to_have_attribute("data-number", str(first))
    page.keyboard.press("x")
    expect(page.locator(".bulkbar")).to_contain_text("1 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".bulkbar")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{second}")
    page.goto(f"{town.url}/desk?station=1&status=open")
    page.keyboard.press("e")
    page.wait_for_url("**?do=escalate#act")
    expect(page.locator("#act-form [name=why]")).to_be_focused()
    page.keyboard.type("je/")
    expect(page.locator("#act-form [name=why]")).to_have_value("je/")


def test_an_estates_grid_is_worked_by_its_keys(town: Town, come: Visit) -> None:
    page = come("first").page("/natural-resources/estates/XQ0001")
    cells = page.locator("[data-grid] a.u")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cells.nth(1)).not_to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk]")).to_contain_text("1 selected")
    page.keyboard.press("Enter")
    expect(page.locator("#house")).to_contain_text("Building 1 unit 1")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab never leads to {selector}")


def test_a_case_is_brought_without_a_mouse(town: Town, come: Visit) -> None:
    page = come().page("/")
    tab_to(page, "main a[href*='/submit']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/submit*")
    for name, text in (("title", "No lift for old people"), ("content", "We asked three windows")):
        tab_to(page, f"[name={name}]")
        page.keyboard.type(text)
    tab_to(page, "[name=told_no]")
    page.keyboard.press("Space")
    tab_to(page, "#tell button.btn--pri")
    page.keyboard.press("Enter")
    page.wait_for_url("**/who")
    tab_to(page, "[name=kind]")
    page.keyboard.press("Space")
    for name, text in (("name", "张某某"), ("phone", "13900012300")):
        tab_to(page, f"[name={name}]")
        page.keyboard.type(text)
    tab_to(page, "form.who button.btn--pri")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check")
    tab_to(page, "form[action$=send] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/done")
    assert read_receipt(page).code


def test_hostile_words_stay_words_wherever_they_are_shown(town: Town, come: Visit) -> None:
    client = come(phone=True).page("/submit?matter=natural_resources.acceptance_missing")
    image, script, odd, drawing = HOSTILE
    fill(client, title=image, content=f"{script} {odd}")
    name = f"{drawing.replace('/', ' ')}.txt"
    client.locator("#file").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": b"a list of papers"}
    )
    client.locator("#tell button.btn--pri").click()
    client.wait_for_url("**/who")
    fill(client, kind="citizen", name=script, phone="13900012399", address=drawing)
    for field in client.locator("form.who input[name^='m-'][type=text]").all():
        field.fill(image)
    client.locator("form.who button.btn--pri").click()
    client.wait_for_url("**/check")
    shown = name.translate({ord(sign): "_" for sign in "<>"})
    for words in (image, script, odd, drawing, shown):
        expect(client.locator(".sumlist")).to_contain_text(words)
    client.locator("form[action$=send] button").click()
    client.wait_for_url("**/done")
    brought = read_receipt(client)
    first = come("first").page()
    act(first, town, brought.number, "comment", text=" ".join(HOSTILE), public="true")
    for path in (f"/cases/{brought.number}", f"/cases/{brought.number}?do=escalate"):
        first.goto(town.url + path)
        for words in (image, script, odd, shown):
            expect(first.locator("main")).to_contain_text(words)
    first.goto(f"{town.url}/desk?q=onerror")
    expect(first.locator("#inbox")).to_contain_text(image)
    for words in HOSTILE:
        fill(first.locator("form.search"), q=words)
        first.locator("form.search input").press("Enter")
        expect(first.locator("h1")).to_contain_text(words)
    find(client, town, brought)
    for words in (image, script, odd, shown):
        expect(client.locator("main")).to_contain_text(words)
