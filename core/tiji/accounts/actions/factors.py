"""Set up and give up a second factor; recovery codes are shown once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Update, select, update

from tiji.accounts import codes
from tiji.accounts.actions.signing import end_sessions, recovery_index, renew
from tiji.accounts.actions.tries import forget_tries, left_text, locked, take_try
from tiji.accounts.model import AccountRow, SessionRow
from tiji.accounts.rules import SignedIn
from tiji.db import db, transaction
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.runtime import runtime

log = Log(__name__)


def begin_factor(signed: SignedIn) -> None:
    """Make the secret that an authenticator application is given; it counts once confirmed."""
    _require(signed, on=False)
    sealed = runtime().cipher.seal({"totp": codes.new_secret()})
    with transaction() as session:
        session.execute(_account(signed.viewer.code).values(secret=sealed, last_step=None))


def confirm_factor(signed: SignedIn, code: str) -> tuple[str, list[str]]:
    """Turn the second factor on with a first code; give the new token and the recovery codes.

    All other sessions end: they were begun with less.
    """
    officer = signed.viewer.code
    account = _require(signed, on=False)
    if account.secret is None:
        raise RuleError(
            "no-secret", _("No second factor is being set up."), _("Begin with the code to scan.")
        )
    step = codes.step_of(
        runtime().cipher.open(account.secret)["totp"], code, runtime().clock.now(), None
    )
    if step is None:
        raise RuleError(
            "wrong-code",
            _("The code is not the one that belongs to this secret."),
            _("Type the six digits that the application shows now; check the phone's clock."),
        )
    fresh = codes.new_recovery_codes()
    kept = [recovery_index(officer, each) for each in fresh]
    values = {"factor_at": runtime().clock.now(), "last_step": step, "recovery_codes": kept}
    with transaction() as session:
        session.execute(_account(officer).values(**values))
        end_sessions(session, officer, SessionRow.id != signed.session)
        token = renew(session, signed.session)
    log.info("second factor on", officer=officer)
    return token, fresh


def new_recovery_codes(signed: SignedIn, code: str) -> list[str]:
    """Replace the recovery codes, for a code of the application; the old ones are void."""
    _use_code(signed, code)
    fresh = codes.new_recovery_codes()
    kept = [recovery_index(signed.viewer.code, each) for each in fresh]
    with transaction() as session:
        session.execute(_account(signed.viewer.code).values(recovery_codes=kept))
    log.info("recovery codes made", officer=signed.viewer.code)
    return fresh


def give_up_factor(signed: SignedIn, code: str) -> str:
    """Turn one's second factor off with a code of it; give the session's new token."""
    if runtime().settings.require_totp:
        raise RuleError(
            "factor-required",
            _("This city asks everybody for a second factor."),
            _("For a new phone, ask the security administrator to reset it."),
        )
    _use_code(signed, code)
    with transaction() as session:
        session.execute(_account(signed.viewer.code).values(**_NONE))
        end_sessions(session, signed.viewer.code, SessionRow.id != signed.session)
        token = renew(session, signed.session)
    log.info("second factor off", officer=signed.viewer.code)
    return token


def reset_factor(officer: str, by: str | None = None) -> None:
    """Take an officer's second factor away whose phone is lost; the sessions end."""
    with transaction() as session:
        done = session.connection().execute(_account(officer).values(**_NONE))
        if not done.rowcount:
            raise no_account(officer)
        end_sessions(session, officer)
    log.info("second factor reset", officer=officer, by=by)


def no_account(officer: str) -> BadInputError:
    """Say that an officer has no account, and how to give one."""
    return BadInputError(
        _("{code} has no account; `tiji officer set-password {code}` makes one.").format(
            code=officer
        )
    )


_NONE: dict[str, Any] = {
    "secret": None,
    "factor_at": None,
    "last_step": None,
    "recovery_codes": [],
}


def _account(officer: str) -> Update:
    return update(AccountRow).where(AccountRow.officer == officer)


def _require(signed: SignedIn, on: bool) -> Any:
    """Read an account; refuse where its second factor is not on, or not off, as it must be."""
    statement = select(AccountRow.secret, AccountRow.factor_at, AccountRow.last_step).where(
        AccountRow.officer == signed.viewer.code
    )
    account = db.session.execute(statement).one()
    if (account.factor_at is not None) != on:
        raise RuleError(
            "factor-state",
            _("The second factor is off.") if on else _("The second factor is on already."),
            _("Look at your account again."),
        )
    return account


def _use_code(signed: SignedIn, code: str) -> None:
    """Take a code of the application, each once, and five wrong ones at most."""
    officer, name = signed.viewer.code, f"code {signed.viewer.code}"
    _require(signed, on=True)
    left = take_try(name)
    if left is None:
        raise locked()
    with transaction() as session:
        statement = select(AccountRow.secret, AccountRow.last_step).where(
            AccountRow.officer == officer
        )
        account = session.execute(statement.with_for_update()).one()
        secret = runtime().cipher.open(account.secret)["totp"]
        step = codes.step_of(secret, code, runtime().clock.now(), account.last_step)
        if step is None:
            raise RuleError("wrong-code", _("The code is wrong or was used."), left_text(left))
        session.execute(_account(officer).values(last_step=step))
        forget_tries(session, name)
