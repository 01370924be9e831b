"""Whose session a token is, and what accounts, roles and sessions there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, bindparam, func, select

from tiji.accounts.codes import token_hash
from tiji.accounts.model import AccountRow, RoleRow, SessionRow, TryRow
from tiji.accounts.rules import (
    IDLE,
    LOCKED_FOR,
    LONGEST_SESSION,
    MOST_FAILURES,
    Preferences,
    SignedIn,
    Viewer,
    lives,
    next_step,
)
from tiji.db import UTCDateTime, ask, db, rows
from tiji.people.model import Officer
from tiji.people.queries import seats_of
from tiji.runtime import runtime

State = Literal["good", "temporary", "locked", "disabled", "left"]

_AT = bindparam("at", type_=UTCDateTime)


def signed_in(token: str) -> SignedIn | None:
    """Tell whose living session a token is, in two statements; None for any other text.

    Whoever was disabled, or whose service has ended, is nobody from that moment on (S5).
    """
    now = runtime().clock.now()
    found = ask(_session_query(), {"token": token_hash(token), "at": now}).all()
    if not found or not lives(found[0].created_at, found[0].seen_at, now):
        return None
    first = found[0]
    step = next_step(
        proved=first.proved_at is not None,
        must_change=first.must_change,
        has_factor=first.factor_at is not None,
        required=runtime().settings.require_totp,
    )
    return SignedIn(
        session=first.id,
        viewer=_viewer(found, now, seated=step is None),
        user_name=first.user_name,
        step=step,
        second_factor=first.factor_at is not None,
        preferences=Preferences.read(first.preferences),
        seen_at=first.seen_at,
    )


def _viewer(found: Sequence[Row[Any]], now: datetime, seated: bool) -> Viewer:
    first = found[0]
    return Viewer(
        code=first.officer,
        name=first.name,
        department=first.department,
        roles=frozenset(row.role for row in found if row.role),
        seats=tuple(seats_of(first.officer, now)) if seated else (),
        administers=frozenset(row.administers for row in found if row.administers),
    )


# Asked with every request of an officer, and made once.
@cache
def _session_query() -> Select[Any]:
    granted = and_(RoleRow.officer == SessionRow.officer, RoleRow.in_force(_AT))
    return (
        select(
            *(SessionRow.id, SessionRow.officer, SessionRow.created_at, SessionRow.seen_at),
            *(SessionRow.proved_at, AccountRow.user_name, AccountRow.must_change),
            *(AccountRow.factor_at, AccountRow.preferences, Officer.name, Officer.department),
            RoleRow.role,
            RoleRow.department.label("administers"),
        )
        .join(AccountRow, AccountRow.officer == SessionRow.officer)
        .join(Officer, Officer.code == SessionRow.officer)
        .outerjoin(RoleRow, granted)
        .where(
            SessionRow.token == bindparam("token"),
            SessionRow.ended_at.is_(None),
            AccountRow.disabled_at.is_(None),
            Officer.in_force(_AT),
        )
    )


@dataclass(frozen=True, slots=True)
class SessionView:
    """Show a session to whom it belongs."""

    id: int
    browser: str
    address: str
    created_at: datetime
    seen_at: datetime


def sessions(officer: str) -> list[SessionView]:
    """List an officer's living sessions, the one last seen first."""
    now = runtime().clock.now()
    statement = (
        select(
            *(SessionRow.id, SessionRow.browser, SessionRow.address),
            *(SessionRow.created_at, SessionRow.seen_at),
        )
        .where(
            SessionRow.officer == officer,
            SessionRow.ended_at.is_(None),
            SessionRow.seen_at > now - IDLE,
            SessionRow.created_at > now - LONGEST_SESSION,
        )
        .order_by(SessionRow.seen_at.desc(), SessionRow.id.desc())
    )
    return [SessionView(**row) for row in rows(db.session.execute(statement))]


@dataclass(frozen=True, slots=True)
class FactorView:
    """Show an account's second factor: the secret as long as it is being set up, codes left."""

    on: bool
    secret: str | None
    codes_left: int


def second_factor(officer: str) -> FactorView:
    """Tell how an officer's second factor stands."""
    statement = select(AccountRow.secret, AccountRow.factor_at, AccountRow.recovery_codes).where(
        AccountRow.officer == officer
    )
    found = db.session.execute(statement).one()
    on = found.factor_at is not None
    secret = None if on else runtime().cipher.open(found.secret).get("totp")
    return FactorView(on, secret, len(found.recovery_codes) if on else 0)


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """Name a role in force, and the department that a department's administrator keeps."""

    role: str
    department: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """Show an account: whose, in which state, what was granted, when it was last seen."""

    officer: str
    name: str
    department: str
    user_name: str
    state: State
    second_factor: bool
    roles: tuple[GrantedRole, ...]
    seen_at: datetime | None


def accounts() -> list[AccountView]:
    """List all accounts by officer."""
    now = runtime().clock.now()
    seen = (
        select(SessionRow.officer, func.max(SessionRow.seen_at).label("seen_at"))
        .group_by(SessionRow.officer)
        .subquery()
    )
    statement = (
        select(
            *(AccountRow.officer, Officer.name, Officer.department, AccountRow.user_name),
            *(AccountRow.must_change, AccountRow.disabled_at, AccountRow.factor_at),
            Officer.in_force(now).label("serves"),
            seen.c.seen_at,
        )
        .join(Officer, Officer.code == AccountRow.officer)
        .outerjoin(seen, seen.c.officer == AccountRow.officer)
        .order_by(AccountRow.officer)
    )
    found = db.session.execute(statement).all()
    roles, locked = roles_in_force(), _locked(now)
    return [
        AccountView(
            officer=row.officer,
            name=row.name,
            department=row.department,
            user_name=row.user_name,
            state=_state(row, name_index(row.user_name) in locked),
            second_factor=row.factor_at is not None,
            roles=roles.get(row.officer, ()),
            seen_at=row.seen_at,
        )
        for row in found
    ]


def roles_in_force() -> dict[str, tuple[GrantedRole, ...]]:
    """Give the roles that are granted now, by officer."""
    statement = (
        select(RoleRow.officer, RoleRow.role, RoleRow.department)
        .where(RoleRow.in_force(runtime().clock.now()))
        .order_by(RoleRow.id)
    )
    found: dict[str, tuple[GrantedRole, ...]] = {}
    for officer, role, department in db.session.execute(statement):
        found[officer] = (*found.get(officer, ()), GrantedRole(role, department))
    return found


def name_index(name: str) -> str:
    """Give the keyed hash under which failures of a name are counted: typing is no evidence."""
    return runtime().cipher.index("sign-in", name)


def _locked(now: datetime) -> set[str]:
    statement = select(TryRow.name).where(
        TryRow.failures >= MOST_FAILURES, TryRow.last_at > now - LOCKED_FOR
    )
    return set(db.session.scalars(statement))


def _state(row: Row[Any], locked: bool) -> State:
    if not row.serves:
        return "left"
    if row.disabled_at is not None:
        return "disabled"
    if locked:
        return "locked"
    return "temporary" if row.must_change else "good"
