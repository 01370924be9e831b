"""Give and end posts and leaves one by one, between two loads of the organisation's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from tiji.clock import LOCAL, local
from tiji.db import rows, transaction
from tiji.errors import AbsentError, RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.people.model import Department, Leave, Officer, Post, Section
from tiji.people.organisation import PostEntry, seats_taken
from tiji.people.rules import CITY, FIRST
from tiji.runtime import runtime

log = Log(__name__)

_SAID = ("officer", "department", "station", "sections", "duty", "acting", "portfolio",
         "default_leader")  # fmt: skip


@contextmanager
def _changing(department: str) -> Iterator[tuple[Session, datetime]]:
    """Change the posts of a department, one change after another."""
    now = runtime().clock.now()
    with transaction() as session:
        locked = select(Department.code).where(Department.code == department)
        if session.scalar(locked.with_for_update()) is None:
            raise AbsentError(_("There is no department {code}.").format(code=department))
        yield session, now


def appoint(
    department: str,
    officer: str,
    station: int,
    *,
    section: str | None = None,
    acting: bool = False,
    by: str,
) -> None:
    """Give an officer of the department a post from now on; ``acting`` heads in another's place.

    Raises RuleError where somebody holds the seat, AbsentError for whom or what is not there.
    """
    with _changing(department) as (session, now):
        _require_serving(session, officer, department, now)
        if not FIRST <= station < CITY:
            raise RuleError("station", _("A department's posts are at stations 1 to 4."))
        if section is not None:
            known = select(Section.code).where(
                Section.code == section, Section.department == department, Section.in_force(now)
            )
            if session.scalar(known) is None:
                raise AbsentError(_("There is no section {code}.").format(code=section))
        post = PostEntry(
            place=(),
            officer=officer,
            department=department,
            station=station,
            sections=(section,) if section else (),
            acting=acting,
        )
        _require_free(session, post, now)
        session.execute(insert(Post).values(**_values(post), starts_at=now, ends_at=None))
    log.info("post given", officer=officer, department=department, station=station, by=by)


def end_post(department: str, post: int, by: str) -> None:
    """End a post now; its cases go to whoever holds the seat then."""
    with _changing(department) as (session, now):
        row = _post(session, department, post, now)
        session.execute(update(Post).where(Post.id == post).values(ends_at=now))
    log.info("post ended", officer=row["officer"], department=department, by=by)


def put_on_duty(department: str, post: int, by: str) -> None:
    """Let another first-inquiry officer be the one on duty, to whom new cases come."""
    with _changing(department) as (session, now):
        row = _post(session, department, post, now)
        if row["station"] != FIRST or row["duty"]:
            raise RuleError(
                "duty", _("Only a post at station 1 that is not on duty can take the duty over.")
            )
        at_first = (Post.department == department, Post.station == FIRST, Post.in_force(now))
        found = rows(session.execute(select(Post.__table__).where(*at_first)))
        changed = [one for one in found if one["duty"] or one["id"] == post]
        for one in changed:
            # A post says the same to its end: what changes is a new one.
            session.execute(update(Post).where(Post.id == one["id"]).values(ends_at=now))
            again = {**{name: one[name] for name in _SAID}, "duty": one["id"] == post}
            session.execute(insert(Post).values(**again, starts_at=now, ends_at=one["ends_at"]))
    log.info("put on duty", officer=row["officer"], department=department, by=by)


def begin_leave(department: str, officer: str, until: date, acting: str | None, by: str) -> None:
    """Send an officer on leave from now until the end of a day; another one may act meanwhile."""
    with _changing(department) as (session, now):
        _require_serving(session, officer, department, now)
        if until < local(now).date():
            raise RuleError("leave-past", _("The last day of a leave is today or later."))
        if acting == officer:
            raise RuleError("leave-own", _("Nobody acts for himself or herself."))
        if acting is not None:
            _require_serving(session, acting, None, now)
        away = select(Leave.id).where(
            Leave.officer == officer, or_(Leave.ends_at.is_(None), Leave.ends_at > now)
        )
        if session.scalar(away.limit(1)) is not None:
            raise RuleError("on-leave", _("A leave is entered already."), _("End that one first."))
        ends = datetime.combine(until + timedelta(days=1), time.min, LOCAL)
        values = {"officer": officer, "acting": acting, "starts_at": now, "ends_at": ends}
        session.execute(insert(Leave).values(**values))
    log.info("leave begun", officer=officer, acting=acting, until=until.isoformat(), by=by)


def end_leave(department: str, officer: str, by: str) -> None:
    """Let an officer be back from now on."""
    with _changing(department) as (session, now):
        _require_serving(session, officer, department, now)
        away = update(Leave).where(Leave.officer == officer, Leave.in_force(now))
        if not session.connection().execute(away.values(ends_at=now)).rowcount:
            raise RuleError("not-on-leave", _("This officer is not on leave."))
    log.info("leave ended", officer=officer, department=department, by=by)


def _post(session: Session, department: str, post: int, now: datetime) -> dict[str, Any]:
    wanted = (Post.id == post, Post.department == department, Post.in_force(now))
    found = rows(session.execute(select(Post.__table__).where(*wanted)))
    if not found:
        raise AbsentError(_("There is no such post now."))
    return found[0]


def _require_serving(session: Session, officer: str, department: str | None, now: datetime) -> None:
    """Refuse who does not serve, or whom another department keeps."""
    serving = select(Officer.department).where(Officer.code == officer, Officer.in_force(now))
    own = session.scalar(serving)
    if own is None or (department is not None and own != department):
        raise AbsentError(
            _("No officer of the department has the code {code}.").format(code=officer)
        )


def _require_free(session: Session, post: PostEntry, now: datetime) -> None:
    """Refuse a post of which another one holds a seat, now or later (I4)."""
    wanted = {(*seat, post.acting): words for seat, words in seats_taken(post)}
    lasting = (Post.department == post.department, Post.ends_at.is_(None) | (Post.ends_at > now))
    for row in rows(session.execute(select(Post.__table__).where(*lasting))):
        held = {"place": (), **{name: _frozen(row[name]) for name in _SAID}}
        for seat, _words in seats_taken(PostEntry(**held)):
            if (words := wanted.get((*seat, row["acting"]))) is not None:
                raise RuleError("seat-taken", words + ".", _("End that post first."))


def _values(post: PostEntry) -> dict[str, Any]:
    said = {name: getattr(post, name) for name in _SAID}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in said.items()}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
