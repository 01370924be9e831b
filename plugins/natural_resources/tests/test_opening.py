"""A case opened at the counter: its form, its household, and how both keep together."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tiji.api import Event, case_view, runtime
from tiji_natural_resources import actions, queries
from tiji_natural_resources.forms import FORMS
from tiji_natural_resources.plugin import BUREAU

UNIT = "340705001002GB00003F00010001"
HOUSE = {"project_name": "滨河锦苑", "building": "2号楼", "unit": "1单元", "room": "603室"}
DONE = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
BY = ("--as", "natural_resources_fio")


def test_the_matters_are_active_and_each_has_its_form(city: Any) -> None:
    matters = {m["code"]: m for m in city.json("matters", "list")["matters"]}
    own = {c: m for c, m in matters.items() if c.startswith("natural_resources.")}
    assert len(own) == 17
    assert all(m["active"] for m in own.values())
    assert {m["category"] for m in own.values()} == {"legacy", "cross_department", "no_precedent"}
    forms = [matter.form for matter in BUREAU.matters if not matter.routine]
    assert len(set(forms)) == len(forms) == len(FORMS)


def test_personal_fields_are_marked_in_every_form() -> None:
    personal = {
        name
        for form in FORMS.values()
        for name, field in form().fields.items()
        if field.metadata.get("personal")
    }
    assert personal == {
        *("id_number", "mobile", "location", "cert_no", "house_cert", "land_cert"),
        *("house_holder", "land_holder", "deceased", "neighbour"),
    }
    for form in FORMS.values():
        assert all(field.metadata["label"] for field in form().fields.values())


def test_a_form_is_read_and_what_is_missing_is_listed(city: Any) -> None:
    number = city.open(
        "land_formalities", **HOUSE, unit_code=UNIT, house_area_m2="89.5㎡",
        households_affected="312户", purchase_date="2006.5", ownership="国有",
        departments="自然资源局、住建局", mobile="13900000000",
    )  # fmt: skip
    case = city.json("case", "show", number)
    assert case["missing"] == ["id_number", "project_type"]
    assert case["form"] == {
        "project_name": "滨河锦苑",
        "building": "2",
        "unit": "1",
        "room": "603",
        "unit_code": UNIT,
        "house_area_m2": "89.50",
        "households_affected": 312,
        "purchase_date": "2006-05",
        "ownership": "国有",
        "departments": ["natural_resources", "housing"],
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_code", UNIT[:-1]),
        ("unit_code", "3407" + "00" + UNIT[6:]),
        ("house_area_m2", "0"),
        ("occupied_since", "2026-11-24"),
        ("purchase_date", "2027年"),
        ("households_affected", "0"),
        ("district_code", "铜官"),
        ("location", "长" * 201),
        ("departments", "不存在的单位"),
    ],
)
def test_a_form_that_cannot_be_read_names_the_field(city: Any, field: str, value: str) -> None:
    assert field in city.open(code=2, **{field: value})


def test_an_enquiry_opens_no_case(city: Any) -> None:
    guided = city.json(
        "case", "open", "--matter", "natural_resources.enquiry", "--title", "问进度",
        "--content", "问进度", "--client-name", "张某某", "--client-kind", "citizen", *BY,
    )  # fmt: skip
    assert guided["number"] is None
    assert guided["guidance"]["where"]


def test_the_panel_shows_the_house_and_what_blocks_it(city: Any) -> None:
    number = city.open(
        **HOUSE, unit_code=UNIT, house_area_m2="89.5", blockers="缺竣工验收备案;开发单位欠税"
    )
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel == {
        "title": "Real estate",
        "facts": {
            "Estate": "滨河锦苑",
            "Building": "2",
            "Unit": "1",
            "Room": "603",
            "Unit number": "340705 001002 GB00003 F00010001",
            "Parcel": "340705001002GB00003",
            "Floor area": "89.50 m²",
            "State": "blocked",
            "Blocked by": "KD0001 缺竣工验收备案; KD0002 开发单位欠税",
        },
    }


def test_a_case_without_a_house_has_neither_household_nor_panel(city: Any) -> None:
    number = city.open(project_name="滨河锦苑")
    city.run("case", "take", number, *BY)
    assert city.json("case", "show", number)["panels"] == []
    assert city.json("natural-resources", "estates")["estates"] == []


def test_the_household_goes_with_its_case(city: Any) -> None:
    number = city.open(**HOUSE)
    place = "2-1-603"
    assert city.states() == {place: "ready"}
    city.run("case", "take", number, *BY)
    assert city.states() == {place: "accepted"}
    city.run("case", "pause", number, "--reason", "awaiting_client", "--until", "2026-11-27", *BY)
    assert city.states() == {place: "papers"}
    city.run("case", "undo", number, *BY)
    assert city.states() == {place: "accepted"}, "what was taken back leaves no trace"
    city.run("case", "pause", number, "--reason", "awaiting_client", "--until", "2026-11-27", *BY)
    city.run("case", "resume", number, *BY)
    assert city.states() == {place: "accepted"}
    city.run("case", "complete", number, *DONE, *BY)
    assert city.states() == {place: "issued"}
    city.run("case", "reopen", number, "--as", "natural_resources_head1", "--reason", "证载有误")
    assert city.states() == {place: "accepted"}
    city.run("case", "withdraw", number, *BY)
    assert city.states() == {place: "ended"}


@pytest.fixture
def household(app: Flask, city: Any) -> str:
    """Give the number of a household's case, with the application at hand."""
    return str(city.open(**HOUSE, blockers="缺竣工验收备案"))


def _event(number: str, kind: str, seq: int, **data: Any) -> Event:
    case = case_view(number)
    now = runtime().clock.now()
    return Event(f"{number}/{seq}", number, case.id, seq, kind, now, "housing_fio", data)


def _state(number: str) -> Any:
    found = queries.household(case_view(number).id)
    assert found
    return found["state"], found["blockers"]


def test_deliveries_may_come_twice_and_in_any_order(household: str) -> None:
    taken, refused = (
        _event(household, "case_taken", 2),
        _event(household, "case_refused", 3, outcome="refused"),
    )
    for event in (refused, taken, refused):
        actions.follow(event)
    assert _state(household) == ("refused", 1)
    actions.register(_event(household, "case_opened", 1, matter="natural_resources.other"))
    assert _state(household) == ("refused", 1)
    actions.follow(_event(household, "case_paused", 4, reason="public_notice"))
    assert _state(household) == ("refused", 1)
    actions.follow(_event(household, "case_closed", 5))
    assert _state(household) == ("ended", 1)


def test_a_lost_event_is_made_good_by_the_next(household: str) -> None:
    from sqlalchemy import delete

    from tiji.api import transaction
    from tiji_natural_resources.models import Hold, Household

    with transaction() as session:
        session.execute(delete(Hold))
        session.execute(delete(Household))
    actions.follow(_event(household, "case_answered", 2, outcome="done_with_effort"))
    assert _state(household) == ("issued", 1)


def test_other_bureaus_cases_are_left_alone(household: str) -> None:
    actions.register(_event(household, "case_opened", 1, matter="petitions.other"))
    assert len(queries.estates()["estates"]) == 1
