"""What happens to a petition: it is accepted, extended once, counted again, and concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Update, func, insert, literal, select, update
from sqlalchemy.orm import Session

from tiji.api import (
    BadInputError,
    CaseView,
    ConflictError,
    Event,
    RestoredCase,
    RuleError,
    UTCDateTime,
    case_detail,
    case_view,
    db,
    in_department,
    local,
    mask_text,
    may_act_for,
    officer,
    recording,
    runtime,
    seat_holder,
    standing_events,
    transaction,
)
from tiji_petitions.facts import facts, new_petition, read_day
from tiji_petitions.models import Petition
from tiji_petitions.queries import require_petition
from tiji_petitions.rules import PREFIX, accepted, extended, imported, registered
from tiji_petitions.words import say

#: The principal's seat and the city leader's.
HEAD, CITY = 4, 5
#: What makes a petition's state, and what ends its clock.
_RUNNING = frozenset({"open", "guided", "in_progress", "with_leaders", "paused"})
_ENDS = frozenset(
    {
        *("case_answered", "case_refused", "case_withdrawn", "case_merged", "case_closed"),
    }
)
#: What is recorded in the case's own log.
EVENTS = {
    "petitions.accepted": ("conclude_by",),
    "petitions.extended": ("reason",),
}
_UNDONE = "undone"
FOLLOWED = _ENDS | {"case_agreed", "case_reopened", _UNDONE}


def accept(number: str, actor: str) -> None:
    """Accept a petition (受理) for the department that handles it; 60 days run from today.

    Raises BadInputError for an unknown case or officer, RuleError for another department's
    officer, a case that is answered and a petition that was accepted before (Art. 22 and 23).
    """
    case = _open_petition(number, actor)
    now = runtime().clock.now()
    if not in_department(actor, case.department, now):
        raise RuleError(
            "petition-department",
            say(
                "只有承办单位 {department} 的人员可以受理。",
                "Only an officer of {department}, which handles it, accepts this petition.",
                department=case.department,
            ),
        )
    conclude_by = accepted(local(now).date())
    day = conclude_by.isoformat()
    with recording(number, actor, "petitions.accepted", conclude_by=day):
        session = db.session()
        petition = _petition(session, case)
        if petition["accept_by"] is None or petition["accepted_at"]:
            raise RuleError(
                "petition-accepted",
                say("此信访件已经受理。", "This petition is accepted already."),
                say("见 `tiji petitions show`。", "See `tiji petitions show`."),
            )
        _change(
            session,
            _of(case.id)
            .where(Petition.accepted_at.is_(None))
            .values(accepted_at=now, accepted_by=actor, conclude_by=conclude_by),
        )


def extend(number: str, actor: str, *, reason: str) -> None:
    """Approve 30 more days as the head of the department, once and before expiry (Art. 34).

    Nobody approves their own (I10): where the head holds the case, the city leader in charge
    approves. Raises BadInputError and RuleError.
    """
    if not reason.strip():
        raise RuleError(
            "petition-reason", say("延期要写明理由。", "An extension gives its reason (--reason).")
        )
    case = _open_petition(number, actor)
    _require_approver(case, actor)
    reason = mask_text(reason.strip())
    with recording(number, actor, "petitions.extended", reason=reason):
        session = db.session()
        petition = _petition(session, case)
        _require_extendable(petition)
        _change(
            session,
            _of(case.id)
            .where(Petition.extended_at.is_(None), Petition.conclude_by == petition["conclude_by"])
            .values(
                extended_at=runtime().clock.now(),
                extended_by=actor,
                extended_reason=reason,
                conclude_by=extended(petition["conclude_by"]),
            ),
        )


def _require_approver(case: CaseView, actor: str) -> None:
    now = runtime().clock.now()
    seat = seat_holder(HEAD, case.department, None, now)
    if seat and seat.officer == case.holder:
        seat = seat_holder(CITY, case.department, None, now)
    if seat and may_act_for(actor, seat.officer, now) and actor != case.holder:
        return
    raise RuleError(
        "petition-approval",
        say(
            "办理期限由本机关负责人批准延长，任何人不得批准自己的延期。",
            "The head of the department approves an extension, and nobody their own.",
        ),
        say("请由 {who} 批准。", "It is for: {who}.", who=seat.officer if seat else "-"),
    )


def _require_extendable(petition: dict[str, Any]) -> None:
    if petition["accept_by"] and not petition["accepted_at"]:
        raise RuleError(
            "petition-not-accepted",
            say("此信访件尚未受理。", "This petition is not accepted yet."),
            say("先用 `tiji petitions accept` 受理。", "First `tiji petitions accept` it."),
        )
    if petition["extended_at"]:
        raise RuleError(
            "petition-extended",
            say("办理期限只能延长一次。", "A petition is extended only once (Art. 34)."),
            say("请在期限内办结答复。", "Conclude and answer it in time."),
        )
    if runtime().clock.now() > runtime().calendar.promised(petition["conclude_by"]).at:
        raise RuleError(
            "petition-expired",
            say(
                "办理期限已过，不能再延长。", "Its time is over: an extension comes before expiry."
            ),
            say("请尽快办结答复。", "Conclude and answer it."),
        )


def register(event: Event) -> None:
    """Keep the petition of a new case; a second delivery changes nothing."""
    if str(event.data["matter"]).startswith(PREFIX):
        with transaction() as session:
            _petition(session, case_view(event.case))


def restore(cases: Sequence[RestoredCase]) -> None:
    """Keep the petitions of cases that were there before this plugin's table."""
    session = db.session()
    ids = [restored.case.id for restored in cases]
    known = set(session.scalars(select(Petition.case_id).where(Petition.case_id.in_(ids))))
    new = [_restored(case) for case in cases if case.case.id not in known]
    if new:
        session.connection().execute(insert(Petition), new)


def _restored(restored: RestoredCase) -> dict[str, Any]:
    case, form = restored.case, restored.form
    day = local(case.opened_at).date()
    clock = None
    if case.status in _RUNNING:
        by_ledger = restored.channel == "ledger"
        clock = imported(day, read_day(form.get("resolve_by"))[0]) if by_ledger else registered(day)
    return new_petition(case.id, form, day, clock)


def count_repeat(event: Event) -> None:
    """Raise the visits of a petition that came again.

    The event carries how often it came by then, so that deliveries may come twice or in any
    order.
    """
    repeats = int(event.data["times"]) - 1
    with transaction() as session:
        if _is_petition(session, event):
            fewer = _of(event.case_id).where(Petition.repeats < repeats)
            session.execute(fewer.values(repeats=repeats))


def follow(event: Event) -> None:
    """End the clock of an answered petition, start it anew on reopening, keep the state true.

    An event older than the newest one heard changes nothing.
    """
    with transaction() as session:
        if _is_petition(session, event):
            newer = _of(event.case_id).where(Petition.heard < event.seq)
            session.execute(newer.values(heard=event.seq, **_consequences(event)))


def erase(event: Event) -> None:
    """Erase what people wrote about a petition whose case's personal data were erased."""
    with transaction() as session:
        free_words = dict.fromkeys(("district", "measures", "extended_reason"))
        session.execute(_of(event.case_id).values(free_words))


def _consequences(event: Event) -> dict[str, Any]:
    """Say which columns an event sets."""
    if event.kind == _UNDONE:
        return _anew(event.case)
    if event.kind == "case_agreed":
        return {"state": "resolving"}
    if event.kind == "case_reopened":
        anew = accepted(local(event.at).date())
        return {"state": "relapsed", "concluded_at": None, "conclude_by": anew}
    ended = func.coalesce(Petition.concluded_at, literal(event.at, UTCDateTime))
    done = event.data.get("outcome") in ("done", "done_with_effort")
    return {"concluded_at": ended} | ({"state": "resolved"} if done else {})


def _anew(case: str) -> dict[str, Any]:
    """Work out what the events that stand make of a petition: one was taken back."""
    values = {"state": facts(case_detail(case)["form"])["state"], "concluded_at": None}
    for event in standing_events(case):
        if event.kind in FOLLOWED:
            said = _consequences(event)
            ended = values["concluded_at"] or event.at
            values["concluded_at"] = ended if event.kind in _ENDS else None
            values["state"] = said.get("state", values["state"])
    return values


def _open_petition(number: str, actor: str) -> CaseView:
    case = case_view(number)
    if officer(actor) is None:
        raise BadInputError(
            say(
                "没有编号为 {code} 的人员；见 `tiji org show`。",
                "No officer has the code {code}; see `tiji org show`.",
                code=actor,
            )
        )
    require_petition(case)
    if case.status in ("answered", "closed", "withdrawn"):
        raise RuleError(
            "petition-over",
            say("此信访件已经办结。", "This petition is concluded already."),
            say("见 `tiji petitions show`。", "See `tiji petitions show`."),
        )
    return case


def _is_petition(session: Session, event: Event) -> bool:
    """Tell whether an event is about a petition, and make sure that its row is there."""
    if session.scalar(select(Petition.case_id).where(Petition.case_id == event.case_id)):
        return True
    case = case_view(event.case)
    if not case.matter.startswith(PREFIX):
        return False
    _petition(session, case)
    return True


def _petition(session: Session, case: CaseView) -> dict[str, Any]:
    """Give a case's petition; made from the case where the plugin has not heard of it yet."""
    found = (
        session.execute(select(Petition.__table__).where(Petition.case_id == case.id))
        .mappings()
        .first()
    )
    if found:
        return dict(found)
    day = local(case.opened_at).date()
    made = new_petition(case.id, case_detail(case.number)["form"], day, registered(day))
    session.connection().execute(insert(Petition), [made])
    return made


def _of(case_id: int) -> Update:
    return update(Petition).where(Petition.case_id == case_id)


def _change(session: Session, change: Update) -> None:
    """Compare and set; raise ConflictError if somebody else was first."""
    if session.connection().execute(change).rowcount != 1:
        raise ConflictError(
            say(
                "同一时刻有人先改动了此信访件，请再看一遍。",
                "Somebody else changed the petition at the same moment; look again.",
            )
        )
