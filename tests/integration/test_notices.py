"""What officers are told: each thing once, to whom it concerns, and not what was taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from flask import Flask
from tests.integration.cases import (
    FIO,
    HEAD,
    PRINCIPAL,
    STRANGER,
    at_station,
    do,
    in_status,
    opened,
    swept,
)

from tiji.accounts.actions import grant_role
from tiji.app import create_app
from tiji.cases import actions
from tiji.clock import FixedClock
from tiji.db import transaction
from tiji.duties import new_worker
from tiji.errors import RuleError, TijiError
from tiji.events.deliveries import deliver_later
from tiji.jobs.actions import enqueue, settle
from tiji.jobs.rules import TRIES, NewJob, Outcome
from tiji.notices import actions as notices
from tiji.notices.mail import NotSentError, send
from tiji.notices.queries import choice, unread_count
from tiji.notices.queries import notices as page_of
from tiji.notices.rules import require_address
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.testing.pytest_plugin import START

LEADER = "vice_mayor_2"


def told(officer: str) -> list[str]:
    """List the kinds of an officer's notices, oldest first."""
    return [notice.kind for notice in reversed(page_of(officer)[0])]


pytestmark = pytest.mark.usefixtures("city")


def test_who_gets_a_case_is_told_and_who_did_it_is_not() -> None:
    number = opened()
    assert told(FIO) == []
    do(number, "escalate")
    assert (told(FIO), told(HEAD)) == ([], ["arrived"])
    [notice] = page_of(HEAD)[0]
    assert number in notice.text
    assert "station 2" in notice.text
    assert "张" not in notice.text
    assert unread_count(HEAD) == "1"
    notices.mark_read(HEAD, notice.id)
    assert unread_count(HEAD) == ""


CONCERNED: list[tuple[Any, str, str | None, str, str]] = [
    (opened, "guide", None, "natural_resources_fio", "guided"),
    (opened, "extend", None, HEAD, "asked"),
    (lambda: at_station(2), "complete", HEAD, FIO, "answered"),
    (lambda: at_station(4), "refuse", PRINCIPAL, FIO, "answered"),
    (lambda: at_station(4), "propose", PRINCIPAL, LEADER, "arrived"),
    (opened, "handover", PRINCIPAL, "housing_fio4", "handover"),
    (opened, "withdraw", STRANGER, FIO, "client"),
    (lambda: in_status("answered"), "rate", STRANGER, FIO, "rated"),
]


@pytest.mark.parametrize(("make", "action", "actor", "officer", "kind"), CONCERNED)
def test_whom_an_act_concerns_is_told(
    make: Any, action: str, actor: str | None, officer: str, kind: str
) -> None:
    number = make()
    before = len(told(officer))
    do(number, action, actor)
    assert told(officer)[before:] == [kind]


def test_a_decision_reaches_who_asked_and_a_bad_grade_the_line_above() -> None:
    number = opened()
    do(number, "extend")
    do(number, "grant", HEAD)
    assert told(FIO) == ["decided"]
    number = in_status("answered")
    do(number, "rate", STRANGER, grade=1)
    assert told(HEAD)[-1] == "reopening"


def test_time_tells_who_holds_the_case() -> None:
    number = opened()
    swept("2026-11-24T11:01")
    assert told(FIO) == ["amber"]
    swept("2026-11-24T17:31")
    assert told(FIO) == ["amber", "missed"]
    assert told(HEAD) == ["arrived"]
    assert number in page_of(FIO)[0][0].text


def test_what_was_taken_back_is_not_told_or_told_to_who_had_read_it() -> None:
    number = opened()
    do(number, "escalate")
    actions.undo(number, FIO)
    assert told(HEAD) == []
    do(number, "escalate")
    notices.mark_read(HEAD)
    actions.undo(number, FIO)
    assert told(HEAD) == ["arrived", "undone"]
    assert "escalated" in page_of(HEAD)[0][0].text


def test_a_delivery_that_comes_twice_tells_once() -> None:
    one = notices.ToTell(HEAD, "arrived", "TJ2026000001/2")
    notices.tell([one, one])
    notices.tell([one])
    assert told(HEAD) == ["arrived"]


def test_who_uploaded_a_ledger_is_told_of_its_end() -> None:
    words = {"ledger": "some.ledger", "read": 12, "upload": 7}
    event = Event("some.ledger/upload-7-1", "", 0, 0, "ledger_finished", START, FIO, words)
    with transaction() as session:
        deliver_later(session, [event])
    [notice] = page_of(FIO)[0]
    assert (notice.kind, notice.upload) == ("imported", 7)
    assert "12" in notice.text


def test_the_count_ends_at_99() -> None:
    notices.tell(notices.ToTell(HEAD, "arrived", f"x/{no}") for no in range(99))
    assert unread_count(HEAD) == "99"
    notices.tell([notices.ToTell(HEAD, "arrived", "x/99")])
    assert unread_count(HEAD) == "99+"
    first, after = page_of(HEAD)
    second, _end = page_of(HEAD, before=after)
    assert first[-1].id > second[0].id
    notices.mark_read(HEAD)
    assert unread_count(HEAD) == ""


def test_an_administrator_is_told_once_of_what_stopped() -> None:
    grant_role(STRANGER, "system")
    with transaction() as session:
        [job] = enqueue(session, [NewJob("bell.push", "1", "a")], "me")
        settle(session, "me", [Outcome(replace(job, tries=TRIES), "ConnectionError")])
    notices.tell_of_stopped()
    notices.tell_of_stopped()
    [notice] = page_of(STRANGER)[0]
    assert "bell.push" in notice.text
    later(timedelta(days=91))
    notices.mark_read(STRANGER)
    later(timedelta(days=91))
    notices.clear_notices()
    assert told(STRANGER) == []


# By mail.


class _Letters(StreamRequestHandler):
    """Take mail in as a server does that asks for nothing."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().strip():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]
            elif verb == b"RCPT":
                self.server.asked.append(line.decode())  # type: ignore[attr-defined]
            if verb == b"QUIT":
                return
            self._say(self.server.answers.get(verb, "250 good"))  # type: ignore[attr-defined]

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Letterbox(ThreadingTCPServer):
    """Keep the mail that came in; ``answers`` are those to verbs that it refuses."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Letters)
        self.letters: list[bytes] = []
        self.asked: list[str] = []
        self.answers: dict[bytes, str] = {}

    @property
    def url(self) -> str:
        """The channel that leads here."""
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=tiji@example.org"

    def read(self) -> list[EmailMessage]:
        """Read what came in."""
        return [message_from_bytes(one, policy=policy.default) for one in self.letters]


@contextmanager
def open_letterbox() -> Iterator[Letterbox]:
    with Letterbox() as box:
        thread = threading.Thread(target=box.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            box.shutdown()
            thread.join()


@pytest.fixture
def letterbox(city: Any) -> Iterator[Letterbox]:
    """Lead mail to a real server on this machine."""
    here = runtime()
    before = here.settings
    with open_letterbox() as box:
        here.settings = replace(before, notify_url=box.url, url="https://tiji.example.org")
        yield box
        here.settings = before


@pytest.fixture
def work(city_app: Flask) -> Any:
    """Let a worker do what is due."""
    return lambda: new_worker(city_app, threads=2).run(once=True)


def later(by: timedelta) -> None:
    """Move the clock on."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(by)


def test_who_wants_mail_gets_it_with_no_word_of_a_person(letterbox: Letterbox, work: Any) -> None:
    notices.choose(HEAD, "fan@example.org", ["arrived", "client"])
    number = opened(title="张某某的安置房")
    do(number, "escalate", why="张某某缺竣工备案")
    work()
    assert letterbox.letters == [], "it can be taken back still"
    later(timedelta(seconds=121))
    work()
    [letter] = letterbox.read()
    assert (letter["To"], letter["From"]) == ("fan@example.org", "tiji@example.org")
    assert number in letter["Subject"]
    assert f"https://tiji.example.org/cases/{number}" in letter.get_content()
    assert "张" not in str(letter) + letter["Subject"] + letter.get_content()
    do(number, "comment")
    work()
    assert len(letterbox.letters) == 1


def test_what_was_read_or_taken_back_is_not_mailed(letterbox: Letterbox, work: Any) -> None:
    notices.choose(HEAD, "fan@example.org")
    number = opened()
    do(number, "escalate")
    actions.undo(number, FIO)
    do(number, "escalate")
    notices.mark_read(HEAD)
    later(timedelta(minutes=5))
    work()
    assert letterbox.letters == []


def test_a_mail_that_was_not_taken_is_sent_again(
    letterbox: Letterbox, work: Any, caplog: pytest.LogCaptureFixture
) -> None:
    notices.choose(FIO, "meng@example.org")
    letterbox.answers[b"RCPT"] = "451 later"
    do(opened(), "withdraw", STRANGER)
    work()
    assert letterbox.letters == []
    assert "meng@example.org" not in caplog.text
    del letterbox.answers[b"RCPT"]
    later(timedelta(seconds=11))
    work()
    assert len(letterbox.letters) == 1


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "张@example.org",
     "<a@example.org>", "a@example.org,b@example.org", "a@example.org\n", f"{'a' * 200}@b.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(RuleError):
        require_address(address)
    with pytest.raises(RuleError):
        notices.choose(HEAD, address)
    assert choice(HEAD).mail == ""


def test_a_header_takes_one_line_only(letterbox: Letterbox) -> None:
    with pytest.raises(RuleError, match="one line"):
        send("fan@example.org", "TJ1\r\nBcc: b@example.org", "text")
    letterbox.answers[b"DATA"] = "554 no"
    with pytest.raises(NotSentError):
        send("fan@example.org", "TJ1", "text")


@pytest.mark.parametrize(
    "url",
    ["smtp://mail.example.org?from=a@b.org", "mailtos://mail.example.org", "mailtos://?from=a@b.org",
     "mailto://u:hunter2@mail.example.org?from=a@b.org", "mailto://host:99999?from=a@b.org"],
)  # fmt: skip
def test_a_channel_that_cannot_be_read_stops_the_start_and_is_not_quoted(url: str) -> None:
    with pytest.raises(TijiError, match="TIJI_NOTIFY_URL") as caught:
        create_app(replace(runtime().settings, notify_url=url))
    assert "hunter2" not in str(caught.value)


def test_a_sealed_channel_asks_for_a_certificate(letterbox: Letterbox) -> None:
    here = runtime()
    sealed = letterbox.url.replace("mailto:", "mailtos:")
    here.settings = replace(here.settings, notify_url=sealed)
    with pytest.raises(NotSentError):
        send("fan@example.org", "TJ1", "text")
    assert letterbox.asked == [], "nothing was said in the open"


def test_an_address_is_sealed() -> None:
    notices.choose(HEAD, "fan@example.org", ["missed"])
    assert choice(HEAD).kinds == ("missed",)
    from tiji.db import db
    from tiji.notices.model import NoticeChoiceRow

    row = db.session.get(NoticeChoiceRow, HEAD)
    assert row
    assert row.mail
    assert b"example" not in row.mail
    notices.choose(HEAD, "")
    assert choice(HEAD).mail == ""
