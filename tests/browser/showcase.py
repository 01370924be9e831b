"""A city to be looked at: cases of every kind, its officers signed in, and where everything is."""

from __future__ import annotations

from random import Random

from argon2 import PasswordHasher
from sqlalchemy import ColumnElement, select

from tiji.accounts import passwords
from tiji.accounts.actions import sign_in
from tiji.cases.actions import escalate
from tiji.cases.model import CaseRow
from tiji.clock import local
from tiji.db import db
from tiji.demo import crowd, story
from tiji.demo.ledgers import ledgers
from tiji.demo.sign_ins import PEOPLE, give_sign_ins
from tiji.portal import actions as portal
from tiji.portal.rules import Submission
from tiji.runtime import runtime

#: For tests and pictures alone; scripts/demo makes one that nobody knows.
PASSWORD = "stairs-that-only-climb"
#: Made cheaply, for nobody's secret depends on it.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LINE = "natural_resources"


def fill() -> None:
    """Tell the demo's story, let all of its crowd come."""
    story.play()
    crowd.play()


def fill_quickly() -> None:
    """Tell the demo's story, let some of its crowd come, and import its ledgers just now."""
    story.play()
    crowd.play(cases=60, fresh=24, with_ledgers=False)
    today = local(runtime().clock.now()).date()
    for kept in ledgers(Random(crowd.SEED), today):
        kept.bring_in()


def bring_to_the_principal() -> portal.Receipt:
    """Bring a case by the public's door, and take it up to the station that may say no."""
    brought = Submission(
        matter=f"{LINE}.acceptance_missing",
        kind="citizen",
        name="张某某",
        phone="13900054321",
        title="整栋楼没有竣工验收备案",
        content="入住十二年，一直办不了证。",
        told_no="in_person",
    )
    receipt = portal.submit(brought, f"{crowd.SEED:032x}")
    assert receipt.number
    for who in ("fio", "head1", "deputy1"):
        officer = f"{LINE}_{who}"
        words = {"why": "缺竣工验收备案", "judgement": "unsure", "suggestion": "先鉴定再登记"}
        escalate(receipt.number, officer, seen=None, **words)
    return receipt


def sign_everybody_in() -> dict[str, str]:
    """Give each of the demo's people an account and a session; its token by the person's key."""
    costly, passwords.hasher = passwords.hasher, CHEAP
    try:
        give_sign_ins(PASSWORD)
        return {person.key: sign_in(person.code, PASSWORD).token for person in PEOPLE}
    finally:
        passwords.hasher = costly


def landmarks() -> dict[str, str]:
    """Give the numbers of cases that pages show: one at each station, an answered one, receipts.

    Names: ``first`` … ``leader`` (an open case that the person holds), ``promised``, ``paused``,
    ``answered``, ``refused``; ``receipt`` and ``code`` of a client whose case is open,
    ``answered_receipt`` and ``answered_code`` of one that may rate.
    """
    found = {
        person.key: _one(
            CaseRow.holder == person.code, CaseRow.status.in_(("open", "with_leaders"))
        )
        for person in PEOPLE[:5]
    }
    in_line = CaseRow.fio_department == LINE
    found |= {
        "promised": _one(in_line, CaseRow.status == "in_progress", CaseRow.ledger.is_(None)),
        "paused": _one(CaseRow.status == "paused"),
        "answered": _one(in_line, CaseRow.status == "answered"),
        "refused": _one(CaseRow.outcome == "refused"),
    }
    found |= _receipts()
    db.session.rollback()
    return {name: number for name, number in found.items() if number}


def mark(name: str, receipt: portal.Receipt) -> dict[str, str]:
    """Name a receipt's number and code."""
    assert receipt.number
    assert receipt.code
    return {name: receipt.number, f"{name}_code": receipt.code}


def _one(*where: ColumnElement[bool]) -> str | None:
    query = select(CaseRow.number).where(*where).order_by(CaseRow.station.desc(), CaseRow.id.desc())
    return db.session.scalar(query.limit(1))


def _receipts() -> dict[str, str | None]:
    given = crowd.receipts()
    going = given.get("open") or given.get("in_progress")
    answered = given.get("answered")
    return {
        "receipt": going.number if going else None,
        "code": going.code if going else None,
        "answered_receipt": answered.number if answered else None,
        "answered_code": answered.code if answered else None,
    }
