"""The table of actions, row by row: who may, in which status, with which words."""

from __future__ import annotations

import pytest
from tests.integration.cases import (
    FIO,
    HEAD,
    LEADER,
    LINE,
    PRINCIPAL,
    STRANGER,
    WORDS,
    Json,
    at_station,
    do,
    in_status,
    on_leave,
    opened,
    refused,
    shown,
    vacate,
)

from tiji.cases import actions
from tiji.errors import BadInputError, ConflictError, RuleError

pytestmark = pytest.mark.usefixtures("city")

#: The statuses that each action goes with; all others refuse it.
STATUSES = ("open", "guided", "in_progress", "paused", "with_leaders", "answered", "closed",
            "withdrawn")  # fmt: skip
RUNNING = {"open", "guided", "in_progress", "with_leaders"}
GOES_WITH = {
    "take": RUNNING,
    "accept": {"guided"},
    "decline": {"guided"},
    "agree": {"open"},
    "complete": {"open", "guided", "in_progress"},
    "refuse": {"open", "in_progress", "with_leaders"},
    "propose": {"open", "in_progress"},
    "decide": {"with_leaders"},
    "pause": {"open", "in_progress", "with_leaders"},
    "resume": {"paused"},
    "comment": RUNNING | {"paused", "answered"},
    "handover": RUNNING | {"paused"},
    "withdraw": RUNNING | {"paused"},
    "rate": {"answered"},
    "reopen": {"answered", "closed"},
    "erase": {"closed", "withdrawn"},
}
#: Who does it where it is not the holder.
BY = {
    "accept": "natural_resources_fio",
    "decline": "natural_resources_fio",
    "handover": PRINCIPAL,
    "withdraw": STRANGER,
    "rate": STRANGER,
    "reopen": LEADER,
    "comment": FIO,
    "erase": PRINCIPAL,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_allows_its_actions_and_no_other(status: str) -> None:
    number = in_status(status)
    for action, good in GOES_WITH.items():
        if status not in good:
            actor = BY.get(action) or (shown(number)["holder"] or {"code": FIO})["code"]
            with pytest.raises(RuleError) as caught:
                getattr(actions, action)(number, actor, **WORDS[action])
            assert caught.value.rule in ("status", "no-refusal-here"), action


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (status, action)
        for action, good in GOES_WITH.items()
        for status in sorted(good)
        if (status, action) not in {("guided", "refuse")}
    ],
)
def test_an_action_works_in_its_statuses(status: str, action: str) -> None:
    number = in_status(status, 4 if action in ("refuse", "propose") else 1)
    version = shown(number)["version"]
    assert do(number, action, BY.get(action))["version"] > version


HOLDERS_ALONE = {
    "take": 1, "guide": 1, "agree": 2, "complete": 3, "escalate": 1, "refuse": 4, "propose": 4,
    "decide": 5, "pause": 2, "extend": 3,
}  # fmt: skip


@pytest.mark.parametrize("action", HOLDERS_ALONE)
def test_only_the_holder_or_the_acting_deputy(action: str) -> None:
    station = HOLDERS_ALONE[action]
    number = at_station(station)
    others = {STRANGER, "housing_fio2", *LINE.values()} - {LINE[station]}
    for other in sorted(others):
        message = refused("not-holder", number, action, other)
        assert LINE[station] in message, "who holds it is said"
    on_leave(LINE[station], "housing_fio4")
    assert shown(number)["holder"]["code"] == LINE[station]
    for other in sorted(others):
        refused("not-holder", number, action, other)
    assert do(number, action, "housing_fio4")["events"][-1]["actor"] == "housing_fio4"


def test_the_deputy_of_a_leave_that_is_over_may_not() -> None:
    number = opened()
    on_leave(FIO, "housing_fio4", days=0)
    refused("not-holder", number, "take", "housing_fio4")


@pytest.mark.parametrize("action", ["resume"])
def test_only_the_holder_resumes(action: str) -> None:
    number = in_status("paused")
    refused("not-holder", number, action, HEAD)
    assert do(number, action)["status"] == "open"


FIELDS = [
    (action, field)
    for action, fields in {
        "guide": ("who", "where", "contact"),
        "decline": ("reason",),
        "agree": ("plan", "feedback"),
        "complete": ("result", "outcome", "feedback"),
        "escalate": ("why", "judgement", "suggestion"),
        "propose": ("proposal",),
        "extend": ("reason",),
        "deny": ("reason",),
        "comment": ("text",),
        "handover": ("to", "reason"),
        "reopen": ("reason",),
        "erase": ("why",),
    }.items()
    for field in fields
]
STATUS_FOR = {"decline": "guided", "reopen": "answered", "erase": "withdrawn"}


@pytest.mark.parametrize(("action", "field"), FIELDS)
def test_each_word_of_an_action_must_be_given(action: str, field: str) -> None:
    if action == "propose":
        number = at_station(4)
    elif action in STATUS_FOR:
        number = in_status(STATUS_FOR[action])
    else:
        number = opened()
    if action == "deny":
        do(number, "extend")
    by = BY | {"deny": HEAD}
    for blank in ("", " \u3000\n"):
        message = refused("words-missing", number, action, by.get(action), **{field: blank})
        assert f"--{field}" in message


@pytest.mark.parametrize(
    ("action", "changed", "rule"),
    [
        ("escalate", {"judgement": "no"}, "judgement"),
        ("complete", {"outcome": "refused"}, "outcome"),
        ("complete", {"outcome": "guided"}, "outcome"),
        ("pause", {"reason": "holiday"}, "pause-reason"),
        ("extend", {"days": 0}, "extend-days"),
        ("extend", {"days": -3}, "extend-days"),
        ("extend", {"days": 1000}, "extend-days"),
    ],
)
def test_a_word_outside_its_list_is_refused(action: str, changed: Json, rule: str) -> None:
    refused(rule, opened(), action, **changed)


def test_an_unknown_case_or_officer_is_bad_input() -> None:
    with pytest.raises(BadInputError, match="TJ2026999999"):
        actions.take("TJ2026999999", FIO)
    with pytest.raises(BadInputError, match="nobody"):
        actions.take(opened(), "nobody")


def test_an_officer_without_a_post_does_nothing() -> None:
    number = opened()
    vacate("housing_fio2")
    refused("no-post", number, "comment", "housing_fio2")


@pytest.mark.parametrize("action", ["take", "escalate", "comment", "pause", "agree"])
def test_who_saw_an_older_case_gets_a_conflict_that_names_who_did_what(action: str) -> None:
    number = opened()
    seen = shown(number)["version"]
    do(number, "take")
    with pytest.raises(ConflictError) as caught:
        do(number, action, seen=seen)
    for word in ("孟望舒", "acknowledged", "2026-11-23", f"version {seen}"):
        assert word in str(caught.value)


def test_a_version_that_never_was_is_a_conflict() -> None:
    number = opened()
    for seen in (7, 0, -1):
        with pytest.raises(ConflictError, match="version 1"):
            do(number, "take", seen=seen)


def test_another_ones_comment_since_is_no_conflict() -> None:
    number = opened()
    seen = shown(number)["version"]
    do(number, "comment", HEAD, text="补充一句")
    assert do(number, "take", seen=seen)["version"] == seen + 2


def test_a_second_try_after_a_lost_answer_does_not_act_twice() -> None:
    number = opened()
    seen = shown(number)["version"]
    do(number, "comment", text="补充一句", seen=seen)
    with pytest.raises(ConflictError, match="孟望舒"):
        do(number, "comment", text="补充一句", seen=seen)
