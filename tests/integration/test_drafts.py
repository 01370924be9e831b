"""What is typed is kept until it is sent, for its writer alone, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.cases import FIO, PRINCIPAL, STRANGER, do, opened

from tiji.clock import FixedClock
from tiji.db import db, disconnect
from tiji.drafts.actions import clear_drafts, discard_draft, save_draft
from tiji.drafts.queries import draft_of, drafts_of_case
from tiji.drafts.rules import MOST_BYTES, OFFICER, owner_of
from tiji.errors import BadInputError
from tiji.runtime import runtime
from tiji.testing.databases import Databases

pytestmark = pytest.mark.usefixtures("city")

ME, OTHER = owner_of(OFFICER, FIO), owner_of(OFFICER, STRANGER)
WORDS = {"why": ["缺竣工备案，住户张三"], "option": ["a", "b"]}


def test_a_draft_comes_back_as_it_was_typed_and_to_its_writer_only() -> None:
    at = save_draft(ME, "TJ2026000001/escalate", WORDS, seen=3)
    found = draft_of(ME, "TJ2026000001/escalate")
    assert found
    assert (found.fields, found.seen, found.saved_at) == (WORDS, 3, at)
    assert draft_of(OTHER, "TJ2026000001/escalate") is None
    save_draft(ME, "TJ2026000001/escalate", {"why": ["第二稿"]}, seen=4)
    save_draft(ME, "TJ2026000001/comment", {"text": ["备注"]})
    save_draft(ME, "TJ2026000011/comment", {"text": ["别的事"]})
    drafts = drafts_of_case(ME, "TJ2026000001")
    assert {key: draft.fields for key, draft in drafts.items()} == {
        "escalate": {"why": ["第二稿"]},
        "comment": {"text": ["备注"]},
    }


def test_what_is_sent_or_emptied_is_forgotten() -> None:
    for forget in (
        lambda: discard_draft(ME, "new"),
        lambda: save_draft(ME, "new", {"title": [" "], "content": [""]}),
    ):
        save_draft(ME, "new", WORDS)
        assert draft_of(ME, "new")
        forget()
        assert draft_of(ME, "new") is None


def test_a_draft_is_sealed(city: Path, databases: Databases) -> None:
    save_draft(ME, "new", WORDS)
    disconnect()
    assert "住户张三".encode() not in databases.contents(city)


@pytest.mark.parametrize("key", ["", "../x", "a b", "TJ2026000001/", "x" * 121, "a/b/c"])
def test_a_form_has_a_name(key: str) -> None:
    with pytest.raises(BadInputError, match="no name"):
        save_draft(ME, key, WORDS)


def test_too_much_is_not_kept_and_what_was_kept_stays() -> None:
    save_draft(ME, "new", WORDS)
    with pytest.raises(BadInputError, match="shorten"):
        save_draft(ME, "new", {"content": ["字" * (MOST_BYTES // 3 + 1)]})
    found = draft_of(ME, "new")
    assert found
    assert found.fields == WORDS


def test_drafts_go_after_thirty_days_without_a_word() -> None:
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    save_draft(ME, "old", WORDS)
    clock.move(timedelta(days=20))
    save_draft(ME, "new", WORDS)
    clock.move(timedelta(days=10, seconds=1))
    assert clear_drafts() == 1
    assert draft_of(ME, "new")
    assert draft_of(ME, "old") is None
    db.session.rollback()


def test_erasing_a_case_takes_the_drafts_about_it() -> None:
    number, other = opened(), opened()
    for key in (f"{number}/comment", f"{other}/comment"):
        save_draft(ME, key, WORDS)
        save_draft(OTHER, key, WORDS)
    do(number, "withdraw", STRANGER)
    do(number, "erase", PRINCIPAL)
    assert (drafts_of_case(ME, number), drafts_of_case(OTHER, number)) == ({}, {})
    assert drafts_of_case(ME, other)
