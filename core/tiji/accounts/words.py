"""What people read for roles and for the states of accounts."""

from __future__ import annotations

from tiji.i18n import _


def roles() -> dict[str, str]:
    """Name the roles that are granted beside the seats of the organisation."""
    return {
        "window": _("window clerk"),
        "department_admin": _("department administrator"),
        "efficiency": _("efficiency office"),
        "system": _("system administrator"),
        "security": _("security administrator"),
        "audit": _("audit administrator"),
    }


def states() -> dict[str, str]:
    """Say how accounts stand."""
    return {
        "good": _("may sign in"),
        "temporary": _("has a temporary password"),
        "locked": _("locked for 15 minutes"),
        "disabled": _("disabled"),
        "left": _("has left"),
    }
