"""Cases from the client's first word to the last grade, each step by whoever takes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Town, Visit
from tests.browser.steps import Brought, act, bring, fill, find, open_form, sign_in, station

from tiji.testing.browser import overflow

pytestmark = pytest.mark.sqlite("a browser shows the same on both")

FIRST, HEAD, DEPUTY, PRINCIPAL = (
    f"natural_resources_{who}" for who in ("fio", "head1", "deputy1", "principal")
)
ANALYSIS = {"judgement": "can_with_approval", "suggestion": "Appraise the building, then register"}
#: After so long nothing can be taken back any more.
SETTLED = timedelta(minutes=45)


def test_a_case_climbs_from_a_phone_to_the_principal_and_is_rated(
    own_town: Town, come: Visit
) -> None:
    client = come(phone=True).page()
    brought = bring(client, own_town)
    assert overflow(client) == 0
    for officer, no in ((FIRST, 1), (HEAD, 2), (DEPUTY, 3)):
        visitor = come()
        page = visitor.page()
        sign_in(page, own_town, officer, f"/cases/{brought.number}")
        assert str(no) in station(page)
        act(page, own_town, brought.number, "take")
        act(
            page, own_town, brought.number, "escalate", why=f"Not mine to decide ({no})", **ANALYSIS
        )
    find(client, own_town, brought)
    expect(client.locator(".ladder .is-now")).to_have_count(1)
    visitor = come()
    principal = visitor.page()
    sign_in(principal, own_town, PRINCIPAL, f"/cases/{brought.number}")
    expect(principal.locator("#case")).to_contain_text("Not mine to decide (3)")
    act(
        principal, own_town, brought.number, "agree",
        plan="Appraise, then register", promised="2026-12-04", feedback="It can be done by Friday.",
    )  # fmt: skip
    act(
        principal, own_town, brought.number, "complete",
        outcome="done_with_effort", result="Registered", feedback="Your certificate is ready.",
    )  # fmt: skip
    visitor.leave()
    own_town.later(SETTLED)
    find(client, own_town, brought)
    expect(client.locator("main")).to_contain_text("Your certificate is ready.")
    client.get_by_role("link", name="Say whether you are satisfied").click()
    fill(client, grade="5", text="Done at last")
    client.get_by_role("button", name="Send the grade").click()
    expect(client.locator("#toasts")).to_contain_text("Thank you")
    page = come().page()
    sign_in(page, own_town, FIRST, f"/cases/{brought.number}")
    expect(page.locator("#timeline")).to_contain_text("Done at last")


def test_the_client_reads_a_no_as_the_principal_saw_it_before_sending(
    own_town: Town, come: Visit
) -> None:
    brought = Brought(own_town.marks["to_refuse"], own_town.marks["to_refuse_code"])
    visitor = come("principal")
    page = visitor.page()
    form = open_form(page, own_town, brought.number, "refuse")
    said = {
        "reasons": "The block was never handed over to the city",
        "basis": "Article 8 of the city's rules on housing (sample)",
        "feedback": "We came to you and explained it.",
    }
    ways = {"what": "Hand it over with our help", "helper": "Ms Chen, window 3"}
    fill(form, **said)
    for name, text in ways.items():
        form.locator(f"[name=ways_forward_{name}]").first.fill(text)
    form.get_by_role("button", name="Show what the client will read").click()
    words = (*said.values(), *ways.values())
    for text in words:
        expect(page.locator("#preview")).to_contain_text(text)
    page.locator("#act-form button.btn--danger-solid").click()
    expect(page.locator("#toasts")).to_contain_text("recorded")
    visitor.leave()
    own_town.later(SETTLED)
    client = come(phone=True).page()
    find(client, own_town, brought)
    for text in words:
        expect(client.locator("main")).to_contain_text(text)
    expect(client.locator("main")).not_to_contain_text("雷南乔")
