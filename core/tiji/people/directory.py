"""The names of all departments, loaded once: exact, closest, and inside a free text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tiji.people.organisation import LEADERS
from tiji.people.rules import name_key

#: Below this likeness an offered name would be a guess that helps nobody.
CLOSE = 0.3


@dataclass(frozen=True, slots=True)
class NamedDepartment:
    """A department with all that it is called; ``gone`` when it has ended or not begun."""

    code: str
    name: str
    others: Sequence[str]
    kind: str
    successor: str | None
    gone: bool


class DepartmentDirectory:
    """Find departments by code, full name, short name or alias.

    The leaders' body is found by its code only: no case's department is 市领导. ``names`` gives
    the full name of every department, those that have ended included.
    """

    def __init__(self, departments: Iterable[NamedDepartment]) -> None:
        known = {department.code: department for department in departments}
        self.names: dict[str, str] = {code: found.name for code, found in known.items()}
        self._codes: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        # Those in force come last: their names win over the same names of earlier ones.
        for department in sorted(known.values(), key=lambda found: not found.gone):
            if (code := _in_force(department, known)) is None:
                continue
            self._codes[department.code] = code
            if department.kind != LEADERS:
                for name in (department.name, *department.others):
                    self._keys[name_key(name)] = code
        self._longest_first = sorted(self._keys, key=len, reverse=True)
        self._closest: dict[str, list[str]] = {}

    def find(self, name: str) -> str | None:
        """Return the code of the department so called; its successor's if it has ended."""
        key = name_key(name)
        return self._keys.get(key) or self._codes.get(key)

    def mentioned(self, text: str) -> str | None:
        """Return the department whose longest name stands inside a free text."""
        key = name_key(text)
        return next((self._keys[name] for name in self._longest_first if name in key), None)

    def closest(self, name: str, limit: int = 3) -> list[str]:
        """Return full names of the departments called most alike, the likest first."""
        key = name_key(name)
        if key not in self._closest:
            # A ledger repeats its unknown names, and comparing with all of them is slow.
            alike = difflib.get_close_matches(key, self._keys, n=len(self._keys) or 1, cutoff=CLOSE)
            codes = dict.fromkeys(self._keys[other] for other in alike)
            self._closest[key] = [self.names[code] for code in codes]
        return self._closest[key][:limit]


def _in_force(department: NamedDepartment, known: Mapping[str, NamedDepartment]) -> str | None:
    seen = set()
    step: NamedDepartment | None = department
    while step is not None and step.gone and step.code not in seen:
        seen.add(step.code)
        step = known.get(step.successor or "")
    return None if step is None or step.gone else step.code
