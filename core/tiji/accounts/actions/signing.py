"""Sign in, prove the second factor, sign out: each makes or ends a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from tiji.accounts import codes, passwords
from tiji.accounts.actions.tries import forget_tries, left_text, locked, take_try
from tiji.accounts.model import AccountRow, SessionRow
from tiji.accounts.origin import Origin
from tiji.accounts.rules import SignedIn, typed_name
from tiji.db import db, transaction
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.people.model import Officer
from tiji.runtime import runtime

log = Log(__name__)

#: Ended sessions are kept so long.
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Give the token of a new session, and whether the second factor's code is awaited."""

    token: str
    awaits_code: bool


def sign_in(user_name: str, password: str, origin: Origin | None = None) -> Admitted:
    """Begin a session; raise RuleError in the same words and time whatever was wrong (S14)."""
    name = typed_name(user_name)
    left = take_try(name)
    account = _account(name)
    right = passwords.matches(account.password if account else None, password)
    if left is None:
        log.warning("sign-in locked", officer=account.officer if account else "?")
        raise locked()
    if not right or account is None or account.disabled_at or not account.serves:
        log.warning("sign-in refused", officer=account.officer if account else "?")
        raise RuleError(
            "sign-in-refused", _("The user name or the password is wrong."), left_text(left)
        )
    awaits_code = account.factor_at is not None
    if passwords.is_outdated(account.password):
        _hash_anew(account.officer, password)
    token = _begin(account.officer, name, origin or Origin(), proved=not awaits_code)
    log.info("signed in", officer=account.officer, network=(origin or Origin()).address)
    return Admitted(token, awaits_code)


def _account(name: str) -> Row[*tuple[Any, ...]] | None:
    statement = (
        select(
            *(AccountRow.officer, AccountRow.password, AccountRow.disabled_at),
            AccountRow.factor_at,
            Officer.in_force(runtime().clock.now()).label("serves"),
        )
        .join(Officer, Officer.code == AccountRow.officer)
        .where(AccountRow.user_name == name)
    )
    return db.session.execute(statement).one_or_none()


def _begin(officer: str, name: str, origin: Origin, proved: bool) -> str:
    now, token = runtime().clock.now(), codes.new_token()
    with transaction() as session:
        forget_tries(session, name)
        old = SessionRow.created_at < now - REMEMBERED
        session.execute(delete(SessionRow).where(SessionRow.officer == officer, old))
        # A secret that was begun with and left may have been read by whoever passed the desk.
        begun = (AccountRow.officer == officer, AccountRow.factor_at.is_(None))
        session.execute(update(AccountRow).where(*begun).values(secret=None))
        session.execute(
            insert(SessionRow).values(
                token=codes.token_hash(token),
                officer=officer,
                created_at=now,
                seen_at=now,
                proved_at=now if proved else None,
                ended_at=None,
                browser=origin.browser,
                address=origin.address,
            )
        )
    return token


def _hash_anew(officer: str, password: str) -> None:
    made = passwords.hashed(password)
    with transaction() as session:
        account = update(AccountRow).where(AccountRow.officer == officer)
        session.execute(account.values(password=made))


def prove(signed: SignedIn, code: str) -> str:
    """Take a one-time or recovery code for the second factor; give the session's new token.

    Five wrong codes in a row end the session, and none is looked at for a quarter of an hour.
    """
    officer, name = signed.viewer.code, f"code {signed.viewer.code}"
    left = take_try(name)
    if left is None or not (right := _takes(officer, code)):
        log.warning("code refused", officer=officer)
        if not left:
            end_session(signed, signed.session)
            raise locked()
        raise RuleError("wrong-code", _("The code is wrong or was used."), left_text(left))
    with transaction() as session:
        forget_tries(session, name)
        token = renew(session, signed.session, proved=True)
    log.info("second factor proved", officer=officer, by=right)
    return token


def _takes(officer: str, code: str) -> str | None:
    """Use a code up; tell of which kind it was, None if of none."""
    now, cipher = runtime().clock.now(), runtime().cipher
    with transaction() as session:
        account = session.execute(
            select(AccountRow.secret, AccountRow.last_step, AccountRow.recovery_codes)
            .where(AccountRow.officer == officer, AccountRow.factor_at.is_not(None))
            .with_for_update()
        ).one()
        change = update(AccountRow).where(AccountRow.officer == officer)
        secret = cipher.open(account.secret)["totp"]
        if step := codes.step_of(secret, code, now, account.last_step):
            session.execute(change.values(last_step=step))
            return "code"
        index = recovery_index(officer, code)
        if index not in account.recovery_codes:
            return None
        left = [kept for kept in account.recovery_codes if kept != index]
        session.execute(change.values(recovery_codes=left))
        return "recovery"


def recovery_index(officer: str, code: str) -> str:
    """Give what is kept of a recovery code."""
    return runtime().cipher.index("recovery", officer, codes.plain_recovery_code(code))


def renew(session: Session, number: int, proved: bool = False) -> str:
    """Give a session a new token, within a transaction: rights changed, the old one is void."""
    token = codes.new_token()
    values: dict[str, Any] = {"token": codes.token_hash(token)}
    if proved:
        values["proved_at"] = runtime().clock.now()
    session.execute(update(SessionRow).where(SessionRow.id == number).values(**values))
    return token


def note_seen(signed: SignedIn) -> None:
    """Write that a session lives."""
    with transaction() as session:
        row = update(SessionRow).where(SessionRow.id == signed.session)
        session.execute(row.values(seen_at=runtime().clock.now()))


def sign_out(signed: SignedIn) -> None:
    """End the session that somebody works in."""
    end_session(signed, signed.session)


def end_session(signed: SignedIn, number: int) -> None:
    """End one of one's own sessions; another's stays as it is."""
    with transaction() as session:
        end_sessions(session, signed.viewer.code, SessionRow.id == number)
    log.info("session ended", officer=signed.viewer.code)


def end_sessions(session: Session, officer: str, *which: Any) -> None:
    """End an officer's sessions, or some of them, within a transaction."""
    open_ones = (SessionRow.officer == officer, SessionRow.ended_at.is_(None), *which)
    ended = update(SessionRow).where(*open_ones).values(ended_at=runtime().clock.now())
    session.execute(ended)
