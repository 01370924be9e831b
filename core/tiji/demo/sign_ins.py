"""Who may sign in to the demo city: an officer of each kind, with a password made for one run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tiji.accounts.actions import grant_role, set_password
from tiji.accounts.rules import Role
from tiji.i18n import N_, _
from tiji.people.queries import officer_names

BUREAU = "natural_resources"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Say who somebody of the demo city is, and by which name he or she signs in."""

    user_name: str
    role: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Say who signs in: by which key tests know the person, and what is granted beside seats."""

    key: str
    code: str
    role: str
    granted: Role | None = None
    department: str | None = None


#: One line of stations of one bureau, and who stands beside it.
PEOPLE = (
    Person("first", f"{BUREAU}_fio", N_("first-inquiry officer, station 1")),
    Person("head", f"{BUREAU}_head1", N_("section head, station 2")),
    Person("deputy", f"{BUREAU}_deputy1", N_("deputy in charge, station 3")),
    Person("principal", f"{BUREAU}_principal", N_("principal, station 4")),
    Person("leader", "vice_mayor_2", N_("city leader, station 5")),
    Person("efficiency", "efficiency_office_head1", N_("efficiency office"), "efficiency"),
    Person("window", "registration_centre_fio3", N_("window clerk"), "window"),
    Person(
        "department_admin",
        f"{BUREAU}_head4",
        N_("department administrator"),
        "department_admin",
        BUREAU,
    ),
    Person("system", "data_bureau_fio3", N_("system administrator"), "system"),
    Person("security", "data_bureau_head3", N_("security administrator"), "security"),
    Person("audit", "efficiency_office_head2", N_("audit administrator"), "audit"),
)


def new_password() -> str:
    """Make a password that nobody has had before, short enough to be typed."""
    return "-".join(secrets.token_hex(2) for _part in range(4))


def give_sign_ins(password: str) -> list[SignIn]:
    """Give the demo's people accounts with this password; what they had is void."""
    names = officer_names({person.code for person in PEOPLE})
    for person in PEOPLE:
        set_password(person.code, password, must_change=False)
        if person.granted:
            grant_role(person.code, person.granted, person.department)
    return [SignIn(each.code, _(each.role), names[each.code]) for each in PEOPLE]
