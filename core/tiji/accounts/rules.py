"""Who somebody is who has signed in: seats and roles, and what they let him or her do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tiji.people.rules import CITY, PRINCIPAL, Seat

#: What is granted to an account beside the seats that its officer holds in the organisation.
Role = Literal["window", "department_admin", "efficiency", "system", "security", "audit"]
ROLES: tuple[str, ...] = get_args(Role)
#: Three powers that no account may hold two of (S10).
SEPARATE = frozenset({"system", "security", "audit"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Hold who asks: an officer, the seats he or she may act from, and the roles granted.

    ``seats`` include those of officers on leave who are stood in for.
    """

    code: str
    name: str
    department: str
    roles: frozenset[str] = frozenset()
    seats: tuple[Seat, ...] = ()

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
