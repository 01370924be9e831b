"""Who somebody is who has signed in, and how long that holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from tiji.accounts.words import roles
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.people.rules import CITY, PRINCIPAL, Seat

#: What is granted to an account beside the seats that its officer holds in the organisation.
Role = Literal["window", "department_admin", "efficiency", "system", "security", "audit"]
ROLES: tuple[str, ...] = get_args(Role)
#: Three powers that no account may hold two of (S10).
SEPARATE = frozenset({"system", "security", "audit"})

#: A session ends after so long without a sign of life, and so long after its sign-in (S13).
IDLE = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
#: A sign of life is written no more often: all other reading writes nothing.
SEEN_EVERY = timedelta(minutes=1)
#: So many failures in a row lock a name for so long (S14).
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)

#: What stands between a right password and the pages: a code, a new password, a second factor.
Step = Literal["code", "password", "enrol"]
#: How long an act can be taken back, in seconds; the first is what the design says (WCAG 2.2.1).
UNDO_SECONDS = (30, 60, 120)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Hold who asks: an officer, the seats he or she may act from, and the roles granted.

    ``seats`` include those of officers on leave who are stood in for; ``administers`` are the
    departments whose officers, posts and matters the viewer keeps.
    """

    code: str
    name: str
    department: str
    roles: frozenset[str] = frozenset()
    seats: tuple[Seat, ...] = ()
    administers: frozenset[str] = frozenset()

    @property
    def stations(self) -> frozenset[int]:
        """Give the stations at which the viewer may act."""
        return frozenset(seat.station for seat in self.seats)

    @property
    def departments(self) -> frozenset[str]:
        """Give the departments in which the viewer has a seat, and the home department."""
        return frozenset({self.department, *(seat.department for seat in self.seats)})

    @property
    def holders(self) -> frozenset[str]:
        """Give the officers whose cases are the viewer's own: self, and those stood in for."""
        return frozenset({self.code, *(seat.acting_for or self.code for seat in self.seats)})

    @property
    def leads_city(self) -> bool:
        """Tell whether the viewer is, or stands in for, one of the city's leaders."""
        return CITY in self.stations

    @property
    def sees_all(self) -> bool:
        """Tell whether the viewer may see the cases of every department."""
        return self.leads_city or "efficiency" in self.roles

    def heads(self, department: str) -> bool:
        """Tell whether the viewer is a department's principal, or acts as such."""
        return any(s.station >= PRINCIPAL and s.department == department for s in self.seats)

    def may_act(self) -> bool:
        """Tell whether the viewer handles cases at all: has a seat, or stands at the window."""
        return bool(self.seats) or "window" in self.roles


@dataclass(frozen=True, slots=True)
class Preferences:
    """Hold what an officer chose: a language (None: the browser's), single keys, time to undo."""

    language: str | None = None
    keys: bool = True
    undo: int = UNDO_SECONDS[0]

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Preferences:
        """Take what is stored as far as it is known."""
        undo = stored.get("undo")
        return cls(
            language=stored.get("language"),
            keys=bool(stored.get("keys", True)),
            undo=undo if undo in UNDO_SECONDS else UNDO_SECONDS[0],
        )

    def to_json(self) -> dict[str, Any]:
        """Give what is to be stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Tell of a session that lives: whose it is, and what must be done first (``step``).

    ``viewer`` has its seats only where nothing must be done first.
    """

    session: int
    viewer: Viewer
    user_name: str
    step: Step | None
    second_factor: bool
    preferences: Preferences
    seen_at: datetime

    def is_to_be_noted(self, now: datetime) -> bool:
        """Tell whether the last sign of life is old enough to write a new one."""
        return now - self.seen_at >= SEEN_EVERY


def lives(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Tell whether a session is within both of its limits."""
    return now - seen_at < IDLE and now - created_at < LONGEST_SESSION


def next_step(proved: bool, must_change: bool, has_factor: bool, required: bool) -> Step | None:
    """Say what somebody with a right password has to do before seeing anything."""
    if not proved:
        return "code"
    if must_change:
        return "password"
    return "enrol" if required and not has_factor else None


def typed_name(text: str) -> str:
    """Read a user name as it is kept, whatever width the keyboard was set to."""
    return unicodedata.normalize("NFKC", text).strip()


def require_role(role: str, department: str | None) -> None:
    """Raise BadInputError for an unknown role, or one with or without the department it needs."""
    if role not in ROLES:
        raise BadInputError(
            _("There is no role {role}. Roles: {roles}.").format(role=role, roles=", ".join(ROLES))
        )
    if role == "department_admin" and department is None:
        raise BadInputError(_("Say which department is administered."))
    if role != "department_admin" and department is not None:
        raise BadInputError(_("{role} is granted for the whole city.").format(role=role))


def require_separate(role: str, held: Collection[str]) -> None:
    """Raise RuleError if a role would join two of the three powers in one account (S10)."""
    if role in SEPARATE and (others := (SEPARATE & set(held)) - {role}):
        raise RuleError(
            "separate-powers",
            _("This officer is {other} already; no account holds both powers.").format(
                other=roles()[min(others)]
            ),
            _("Grant it to another officer, or revoke the other role first."),
        )


def require_other(officer: str, by: str) -> None:
    """Raise RuleError for who would administer his or her own account."""
    if officer == by:
        raise RuleError(
            "own-account",
            _("Nobody administers their own account."),
            _("Another security administrator does."),
        )
