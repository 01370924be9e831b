"""Give somebody a password, or change one's own; what was begun with the old one ends."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.accounts import passwords
from tiji.accounts.actions.signing import end_sessions, renew
from tiji.accounts.actions.tries import forget_tries, left_text, locked, take_try
from tiji.accounts.model import AccountRow, SessionRow
from tiji.accounts.rules import Preferences, SignedIn
from tiji.db import db, transaction
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.people.model import Officer
from tiji.runtime import runtime

log = Log(__name__)


def set_password(
    officer: str, password: str, must_change: bool = True, by: str | None = None
) -> None:
    """Give an officer's account a password, and the officer an account if there is none.

    The account's sessions end, its lock is lifted. ``by`` is who does it, for the log.
    """
    name = _user_name(officer)
    passwords.require_good_password(password, name)
    made, now = passwords.hashed(password), runtime().clock.now()
    values = {"password": made, "password_at": now, "must_change": must_change}
    with transaction() as session:
        known = update(AccountRow).where(AccountRow.officer == officer).values(**values)
        if not session.connection().execute(known).rowcount:
            _make(session, officer, {**values, "user_name": name, "made_at": now})
        forget_tries(session, name)
        end_sessions(session, officer)
    log.info("password set", officer=officer, by=by, must_change=must_change)


def _user_name(officer: str) -> str:
    """Give an officer's user name, the code if there is none yet; refuse who does not serve."""
    statement = (
        select(AccountRow.user_name, Officer.in_force(runtime().clock.now()).label("serves"))
        .select_from(Officer)
        .outerjoin(AccountRow, AccountRow.officer == Officer.code)
        .where(Officer.code == officer)
    )
    found = db.session.execute(statement).one_or_none()
    if found is None or not found.serves:
        raise BadInputError(
            _("No officer in service has the code {code}; `tiji org show` lists all.").format(
                code=officer
            )
        )
    return found.user_name or officer


def _make(session: Session, officer: str, values: dict[str, object]) -> None:
    session.execute(
        insert(AccountRow).values(
            officer=officer,
            secret=None,
            factor_at=None,
            last_step=None,
            recovery_codes=[],
            preferences={},
            disabled_at=None,
            **values,
        )
    )


def change_password(signed: SignedIn, current: str | None, new: str) -> str:
    """Change one's own password; give the session's new token, all others end.

    ``current`` may be None only where a temporary password was just signed in with.
    """
    officer = signed.viewer.code
    stored = _stored(officer)
    if signed.step != "password":
        _require_current(signed, stored, current or "")
    passwords.require_good_password(new, signed.user_name)
    if passwords.matches(stored, new):
        raise RuleError(
            "same-password", _("The new password is the old one."), _("Choose another one.")
        )
    made, now = passwords.hashed(new), runtime().clock.now()
    with transaction() as session:
        account = update(AccountRow).where(AccountRow.officer == officer)
        session.execute(account.values(password=made, password_at=now, must_change=False))
        end_sessions(session, officer, SessionRow.id != signed.session)
        token = renew(session, signed.session)
    log.info("password changed", officer=officer)
    return token


def _stored(officer: str) -> str:
    statement = select(AccountRow.password).where(AccountRow.officer == officer)
    return db.session.execute(statement).scalar_one()


def _require_current(signed: SignedIn, stored: str, current: str) -> None:
    """Compare the password that is in force; somebody at a desk left open gets five tries."""
    left = take_try(signed.user_name)
    if left is None:
        raise locked()
    if not passwords.matches(stored, current):
        log.warning("password refused", officer=signed.viewer.code)
        raise RuleError("wrong-password", _("The present password is wrong."), left_text(left))
    with transaction() as session:
        forget_tries(session, signed.user_name)


def set_preferences(signed: SignedIn, chosen: Preferences) -> None:
    """Keep what somebody chose for himself or herself."""
    with transaction() as session:
        account = update(AccountRow).where(AccountRow.officer == signed.viewer.code)
        session.execute(account.values(preferences=chosen.to_json()))
