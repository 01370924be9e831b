"""What can be done to accounts: one public function for each use case, one transaction each."""

from __future__ import annotations

from tiji.accounts.actions.factors import (
    begin_factor,
    confirm_factor,
    give_up_factor,
    new_recovery_codes,
    reset_factor,
)
from tiji.accounts.actions.granting import disable, enable, grant_role, revoke_role
from tiji.accounts.actions.passwords import change_password, set_password, set_preferences
from tiji.accounts.actions.signing import (
    Admitted,
    end_session,
    note_seen,
    prove,
    sign_in,
    sign_out,
)

__all__ = [
    "Admitted",
    "begin_factor",
    "change_password",
    "confirm_factor",
    "disable",
    "enable",
    "end_session",
    "give_up_factor",
    "grant_role",
    "new_recovery_codes",
    "note_seen",
    "prove",
    "reset_factor",
    "revoke_role",
    "set_password",
    "set_preferences",
    "sign_in",
    "sign_out",
]
