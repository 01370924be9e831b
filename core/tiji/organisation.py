"""Adopt a city's organisation: people, the matter list that they can carry, cases they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tiji.accounts.rules import Viewer
from tiji.cases.actions.reseating import reseat_cases
from tiji.errors import AbsentError
from tiji.i18n import _
from tiji.matters.actions import Publication, publish_matters, reactivate_matters
from tiji.people.actions import LoadResult, load_organisation


@dataclass(frozen=True, slots=True)
class Adoption:
    """Tell what changed: the organisation, the matter list, and cases given to new holders."""

    load: LoadResult
    matters: Publication
    reseated: tuple[str, ...]


def adopt_organisation(path: Path) -> Adoption:
    """Load the organisation file and bring matters and cases in line with it.

    Matters that its posts can carry become active; open cases of officers who left go to whoever
    holds their station now (I4).
    """
    load = load_organisation(path)
    matters = publish_matters()
    reseated = reseat_cases()
    return Adoption(load, matters, tuple(reseated))


def require_keeper(viewer: Viewer, department: str) -> None:
    """Raise AbsentError for who does not administer a department: denied looks like absent."""
    if department not in viewer.administers:
        raise AbsentError(_("There is no department {code}.").format(code=department))


def rearrange(viewer: Viewer, department: str, change: Callable[[], None]) -> list[str]:
    """Change posts or leaves of a department that the viewer administers; all else follows.

    Matters are active as far as posts carry them, and open cases go to whoever holds their
    station now (I4). Return the numbers of the cases that changed.
    """
    require_keeper(viewer, department)
    change()
    reactivate_matters()
    return reseat_cases()
