"""What to tell people of an error that the database raised, and what to do about it."""

from __future__ import annotations

from typing import Any

from tiji.i18n import _

#: What a word in SQLite's text, or the SQLSTATE of PostgreSQL, says of the cause.
NOT_READY = ("no such", "does not exist", "unable to open")
BUSY = frozenset({"40001", "40P01", "55P03"})
FULL = "53100"
DISK = "58030"
#: Their classes: connection exception, operator intervention (a stopped server), too many clients.
AWAY = ("08", "57", "53300")

#: These commands work in many transactions: what is finished stands, and is not done again.
IN_STEPS = frozenset({"import", "sweep", "worker", "events", "demo"})


def advice(error: Exception, command: str) -> str:
    """Say what to do about a database error, or nothing if it is another kind of error."""
    if not type(error).__module__.startswith("sqlalchemy"):
        return ""
    text = str(getattr(error, "orig", error))
    what = _cause(error, text, getattr(getattr(error, "orig", None), "sqlstate", None))
    if not what or any(sign in text for sign in NOT_READY):
        return what
    return f"{what} {_what_stands(error, command)}"


def _cause(error: Any, text: str, state: str | None) -> str:
    if any(sign in text for sign in NOT_READY):
        return _("The database is not ready: run `tiji init` (or `tiji db upgrade`) first.")
    if "locked" in text or state in BUSY:
        return _("The database is busy; try again.")
    if "is full" in text or state == FULL:
        return _("The database's disk is full; make room, then try again.")
    if "disk I/O" in text or state == DISK:
        return _("The database's disk fails; see the system's log before you try again.")
    if "readonly" in text:
        return _("The database's file cannot be written; see `tiji doctor`.")
    gone = getattr(error, "connection_invalidated", False) or type(error).__name__ == "TimeoutError"
    if gone or (state or "").startswith(AWAY) or "connection" in text:
        return _("The database does not answer; see that it runs, then try again.")
    return ""


def _what_stands(error: Exception, command: str) -> str:
    from tiji.db import AFTER_COMMIT, may_stand

    if command in IN_STEPS:
        return _("What was finished before stands; nothing is half done.")
    if AFTER_COMMIT in getattr(error, "detail", ()):
        return _("What you asked was done all the same; look, and do not do it twice.")
    if may_stand(error):
        return _("Its last answer was lost: look first whether it was done.")
    return _("Nothing was changed.")
