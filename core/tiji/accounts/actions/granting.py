"""Grant and revoke roles, disable and enable accounts: from the next request on (S5)."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.accounts.actions.factors import no_account
from tiji.accounts.actions.signing import end_sessions
from tiji.accounts.actions.tries import forget_tries
from tiji.accounts.model import AccountRow, RoleRow
from tiji.accounts.rules import require_role, require_separate
from tiji.db import transaction
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.logs import Log
from tiji.people.model import Department, Officer
from tiji.runtime import runtime

log = Log(__name__)


def grant_role(
    officer: str, role: str, department: str | None = None, by: str | None = None
) -> bool:
    """Grant a role from now on; False if it is held already. The officer signs in anew (S13)."""
    require_role(role, department)
    now = runtime().clock.now()
    with transaction() as session:
        _require_serving(session, officer)
        _require_department(session, department)
        held = _held(session, officer)
        if (role, department) in held:
            return False
        require_separate(role, [name for name, _of in held])
        granted = insert(RoleRow).values(
            officer=officer, role=role, department=department, starts_at=now, ends_at=None
        )
        session.execute(granted)
        end_sessions(session, officer)
    log.info("role granted", officer=officer, role=role, department=department, by=by)
    return True


def revoke_role(
    officer: str, role: str, department: str | None = None, by: str | None = None
) -> None:
    """End a role now; raise BadInputError if it is not held."""
    require_role(role, department)
    now = runtime().clock.now()
    with transaction() as session:
        held = _held(session, officer)
        if (role, department) not in held:
            listed = ", ".join(sorted({name for name, _of in held})) or "—"
            raise BadInputError(
                _("{code} does not hold the role {role}. Held: {held}.").format(
                    code=officer, role=role, held=listed
                )
            )
        ended = update(RoleRow).where(
            RoleRow.officer == officer,
            RoleRow.role == role,
            RoleRow.department.is_not_distinct_from(department),
            RoleRow.in_force(now),
        )
        session.execute(ended.values(ends_at=now))
        end_sessions(session, officer)
    log.info("role revoked", officer=officer, role=role, department=department, by=by)


def disable(officer: str, by: str | None = None) -> None:
    """Let an account in no more; its sessions end."""
    with transaction() as session:
        account = update(AccountRow).where(AccountRow.officer == officer)
        done = session.connection().execute(account.values(disabled_at=runtime().clock.now()))
        if not done.rowcount:
            raise no_account(officer)
        end_sessions(session, officer)
    log.info("account disabled", officer=officer, by=by)


def enable(officer: str, by: str | None = None) -> None:
    """Let an account in again, with the password that it has; a lock is lifted."""
    with transaction() as session:
        account = update(AccountRow).where(AccountRow.officer == officer)
        named = session.execute(
            account.values(disabled_at=None).returning(AccountRow.user_name)
        ).scalar_one_or_none()
        if named is None:
            raise no_account(officer)
        forget_tries(session, named)
        forget_tries(session, f"code {officer}")
    log.info("account enabled", officer=officer, by=by)


def _held(session: Session, officer: str) -> list[tuple[str, str | None]]:
    statement = select(RoleRow.role, RoleRow.department).where(
        RoleRow.officer == officer, RoleRow.in_force(runtime().clock.now())
    )
    return [(role, department) for role, department in session.execute(statement)]


def _require_serving(session: Session, officer: str) -> None:
    """Refuse who does not serve; the lock lets two grants to one officer see each other."""
    serving = select(Officer.code).where(
        Officer.code == officer, Officer.in_force(runtime().clock.now())
    )
    if session.execute(serving.with_for_update()).one_or_none() is None:
        raise BadInputError(
            _("No officer in service has the code {code}; `tiji org show` lists all.").format(
                code=officer
            )
        )


def _require_department(session: Session, department: str | None) -> None:
    known = select(Department.code).where(Department.code == department)
    if department is not None and session.execute(known).one_or_none() is None:
        raise BadInputError(
            _("No department has the code {code}; `tiji org show` lists all.").format(
                code=department
            )
        )
