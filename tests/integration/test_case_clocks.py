"""The two clocks: limits, pauses, extensions, lights, and years whose list is not published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.integration.cases import (
    DEPUTY,
    FIO,
    HEAD,
    LEADER,
    PRINCIPAL,
    at_station,
    do,
    go_to,
    holder,
    in_status,
    kinds,
    last,
    on_leave,
    opened,
    refused,
    seat,
    shown,
    swept,
    vacate,
)

from tiji.cases.actions.sweeping import sweep
from tiji.runtime import runtime
from tiji.stations.calendar import WorkCalendar

pytestmark = pytest.mark.usefixtures("city")


def light(number: str) -> str:
    """Say which light the case's station shows."""
    step = next(step for step in shown(number)["ladder"] if step["state"] == "now")
    return str(step["light"])


def test_both_clocks_start_and_never_mix() -> None:
    number = opened()
    case = shown(number)
    assert case["due_at"] == "2026-11-24T17:30:00+08:00", "one working day at station 1"
    assert case["client_due_at"] == "2026-12-07T17:30:00+08:00", "ten for the client"
    due = {2: "2026-11-24", 3: "2026-11-25", 4: "2026-11-26", 5: "2026-11-30"}
    for station, day in due.items():
        case = do(number, "propose" if station == 5 else "escalate")
        assert case["due_at"] == f"{day}T17:30:00+08:00"
        assert case["client_due_at"] == "2026-12-07T17:30:00+08:00"


@pytest.mark.parametrize(
    ("moment", "shows"),
    [
        ("2026-11-23T09:00", "g"),
        # 810 working minutes: 540 used and 270 left is a third.
        ("2026-11-24T10:59", "g"),
        ("2026-11-24T11:00", "a"),
        ("2026-11-24T17:30", "a"),
        ("2026-11-25T08:31", "r"),
    ],
)
def test_the_light_follows_the_working_minutes(moment: str, shows: str) -> None:
    number = opened()
    go_to(moment)
    assert light(number) == shows
    assert shown(number)["light"] == shows


def test_a_pause_stops_both_clocks_and_moves_both_by_what_was_paused() -> None:
    number = opened()
    go_to("2026-11-23T10:00")
    case = do(number, "pause", until=date(2026, 11, 25))
    assert case["status"] == "paused"
    assert light(number) == "p"
    assert last(number, "case_paused")["told"] == HEAD
    go_to("2026-11-23T16:00")
    used = shown(number)["ladder"][0]["used_min"]
    assert used == 60, "the minutes before the pause"
    go_to("2026-11-24T10:00")
    case = do(number, "resume")
    # Paused from Monday 10:00 to Tuesday 10:00: 330 minutes and 90 minutes.
    assert case["status"] == "open"
    assert case["due_at"] == "2026-11-25T17:30:00+08:00"
    assert case["client_due_at"] == "2026-12-08T17:30:00+08:00"
    assert case["ladder"][0]["used_min"] == 60


def test_a_short_pause_moves_the_due_time_by_its_minutes_alone() -> None:
    number = opened()
    go_to("2026-11-23T11:00")
    do(number, "pause", until=date(2026, 11, 23))
    go_to("2026-11-23T14:10")
    case = do(number, "resume")
    assert case["due_at"] == "2026-11-25T09:40:00+08:00", "60 minutes and 10"


@pytest.mark.parametrize("late", ["2026-11-25T17:31", "2026-11-27T10:00", "2026-12-24T09:00"])
def test_a_pause_ends_by_itself_at_its_end_however_late_the_sweep(late: str) -> None:
    number = opened()
    due = do(number, "pause", until=date(2026, 11, 25))["due_at"]
    assert swept("2026-11-25T17:30").resumed == 0
    assert swept(late).resumed == 1
    assert last(number, "case_resumed")["at"] == "2026-11-25T09:30:00+00:00"
    assert shown(number)["stays"][0]["due_at"] == due, "the days after its end are not paused"


def test_who_acts_after_the_end_of_a_pause_need_not_wait_for_the_sweep() -> None:
    number = opened()
    do(number, "pause", until=date(2026, 11, 25))
    go_to("2026-11-26T09:00")
    assert do(number, "complete")["status"] == "answered"
    assert kinds(number)[-2:] == ["case_resumed", "case_answered"]


def test_ten_working_days_act_at_once_and_more_must_be_granted() -> None:
    number = opened()
    assert do(number, "pause", until=date(2026, 12, 7))["status"] == "paused"
    number = opened()
    case = do(number, "pause", until=date(2026, 12, 8))
    assert (case["status"], case["request"]["asked"]) == ("open", HEAD)
    refused("request-pending", number, "pause", until=date(2026, 12, 9))
    refused("own-request", number, "grant", FIO)
    refused("not-above", number, "grant", PRINCIPAL)
    case = do(number, "grant", HEAD)
    assert (case["status"], case["request"]) == ("paused", None)
    assert swept("2026-12-08T17:30").resumed == 1, "the one that acted at once"
    assert swept("2026-12-08T17:31").resumed == 1


def test_a_rest_day_ends_a_pause_without_a_day_more() -> None:
    number = opened()
    do(number, "pause", until=date(2026, 11, 28))
    swept("2026-11-28T18:00")
    assert shown(number)["status"] == "open"
    assert shown(number)["due_at"] == "2026-12-01T17:00:00+08:00"


@pytest.mark.parametrize("until", [date(2026, 11, 20), date(2020, 1, 1)])
def test_a_pause_until_a_day_that_is_over_is_refused(until: date) -> None:
    refused("pause-past", opened(), "pause", until=until)


def test_a_long_pause_granted_in_a_short_one_takes_its_place() -> None:
    number = opened()
    do(number, "pause", until=date(2026, 12, 18))
    do(number, "pause", until=date(2026, 11, 25))
    case = do(number, "grant", HEAD)
    assert case["status"] == "paused"
    assert do(number, "resume")["status"] == "open"


def test_a_pause_whose_last_day_went_by_is_not_granted_any_more() -> None:
    number = at_station(4)
    do(number, "pause", until=date(2026, 12, 8))
    go_to("2026-12-09T09:00")
    refused("pause-past", number, "grant", LEADER)


def test_the_leader_pauses_briefly_with_nobody_above_to_tell() -> None:
    number = at_station(5)
    assert do(number, "pause")["status"] == "paused"
    assert last(number, "case_paused")["told"] is None
    assert do(number, "resume")["status"] == "with_leaders"
    refused("nobody-above", number, "pause", until=date(2026, 12, 18))
    refused("nobody-above", number, "extend")


def test_what_goes_up_by_itself_is_not_paused_once_overdue() -> None:
    number = opened()
    go_to("2026-11-24T17:31")
    refused("overdue", number, "pause")
    assert sweep().escalated == 1


def test_a_pause_never_erases_an_overdue() -> None:
    number = at_station(4)
    swept("2026-11-27T09:00")
    due = shown(number)["due_at"]
    case = do(number, "pause", until=date(2026, 12, 4))
    assert (case["due_at"], case["overdue"]) == (due, True)
    case = do(number, "resume", PRINCIPAL)
    assert (case["due_at"], case["overdue"], light(number)) == (due, True, "r")
    assert kinds(number).count("deadline_missed") == 1


def test_an_extension_is_a_request_until_the_station_above_grants_it() -> None:
    number = opened()
    due = shown(number)["due_at"]
    case = do(number, "extend", days=2)
    assert case["due_at"] == due, "asking moves nothing"
    assert case["request"]["by"] == FIO
    refused("own-request", number, "grant", FIO)
    refused("own-request", number, "deny", FIO)
    for actor in (DEPUTY, PRINCIPAL, "housing_head2"):
        refused("not-above", number, "grant", actor)
    case = do(number, "grant", HEAD)
    assert case["due_at"] == "2026-11-26T17:30:00+08:00"
    assert last(number, "request_granted") == {"what": "extend", "days": 2}
    assert case["client_due_at"] == "2026-12-07T17:30:00+08:00", "the client's clock is another"


def test_a_denied_extension_moves_nothing() -> None:
    number = opened()
    due = shown(number)["due_at"]
    do(number, "extend")
    case = do(number, "deny", HEAD)
    assert (case["due_at"], case["request"]) == (due, None)
    refused("no-request", number, "grant", HEAD)


def test_an_extension_lapses_when_the_limit_is_over() -> None:
    number = opened()
    go_to("2026-11-24T17:31")
    refused("overdue", number, "extend")
    number = at_station(4)
    do(number, "extend")
    go_to("2026-11-27T17:31")
    refused("overdue", number, "grant", LEADER)
    sweep()
    refused("no-request", number, "grant", LEADER)
    assert shown(number)["request"] is None


def test_nobody_grants_their_own_on_a_merged_post() -> None:
    vacate(HEAD)
    seat(FIO, 2, sections=["housing_estate"])
    number = opened()
    assert do(number, "extend")["request"]["asked"] == DEPUTY, "the next who is somebody else"
    refused("own-request", number, "grant", FIO)
    assert do(number, "grant", DEPUTY)["request"] is None


def test_the_deputy_of_who_is_asked_grants() -> None:
    number = opened()
    do(number, "extend")
    on_leave(HEAD, "housing_head2")
    assert do(number, "grant", "housing_head2")["request"] is None
    number = opened()
    on_leave(FIO, HEAD)
    do(number, "extend", HEAD)
    refused("own-request", number, "grant", HEAD)


def test_a_late_answer_records_the_breach() -> None:
    number = opened()
    go_to("2026-12-09T09:00")
    case = do(number, "complete")
    assert kinds(number)[1:] == ["client_deadline_missed", "deadline_missed", "case_answered"]
    assert case["ladder"][0]["light"] == "r"
    assert case["overdue"]


def test_a_promise_made_late_records_the_breach_too() -> None:
    number = opened()
    go_to("2026-11-25T09:00")
    assert do(number, "agree")["overdue"]
    assert kinds(number)[-2:] == ["deadline_missed", "case_agreed"]
    assert sweep().escalated == 0


def test_the_clients_clock_is_missed_once_whatever_the_stations() -> None:
    number = at_station(4)
    do(number, "agree", promised=date(2026, 12, 18))
    swept("2026-12-07T17:31")
    swept("2026-12-08T17:31")
    assert kinds(number).count("client_deadline_missed") == 1
    assert shown(number)["status"] == "in_progress"


YEAR_2027 = """
[years.2027]
rest = ["2027-01-01..2027-01-05", "2027-02-05..2027-02-11"]
work = ["2027-02-14"]
"""


@pytest.mark.parametrize("swept_before", [True, False])
def test_a_due_time_in_an_unpublished_year_is_provisional_until_the_list_arrives(
    city: Path, swept_before: bool
) -> None:
    go_to("2026-12-30T09:00")
    number = at_station(4)
    case = shown(number)
    assert case["provisional"]
    if swept_before:
        sweep()
    (city / "calendars").mkdir()
    try:
        (city / "calendars" / "cn-2027.toml").write_text(YEAR_2027, encoding="utf-8")
        runtime().calendar = WorkCalendar.load(city / "calendars")
        assert sweep().recomputed == 1
        again = shown(number)
        assert not again["provisional"]
        assert (case["due_at"], again["due_at"]) == (
            "2027-01-05T17:30:00+08:00", "2027-01-07T17:30:00+08:00",
        )  # fmt: skip
        assert again["client_due_at"] > case["client_due_at"]
        assert kinds(number)[-1] == "due_recomputed"
        assert sweep().recomputed == 0
    finally:
        (city / "calendars" / "cn-2027.toml").unlink()
        (city / "calendars").rmdir()


def test_the_closing_day_of_an_answered_case_is_recomputed_too(city: Path) -> None:
    go_to("2026-12-24T09:00")
    number = in_status("answered")
    sweep()
    (city / "calendars").mkdir()
    try:
        (city / "calendars" / "cn-2027.toml").write_text(YEAR_2027, encoding="utf-8")
        runtime().calendar = WorkCalendar.load(city / "calendars")
        assert sweep().recomputed == 1
        assert swept("2027-01-11T18:00").closed == 0
        assert swept("2027-01-12T18:00").closed == 1
    finally:
        (city / "calendars" / "cn-2027.toml").unlink()
        (city / "calendars").rmdir()
    assert shown(number)["status"] == "closed"


def test_a_granted_pause_does_not_hide_that_a_stay_went_overdue() -> None:
    number = opened()
    do(number, "pause", until=date(2026, 12, 18))
    go_to("2026-11-24T17:31")
    refused("overdue", number, "grant", HEAD)
    sweep()
    assert (shown(number)["station"], holder(number)) == (2, HEAD)
