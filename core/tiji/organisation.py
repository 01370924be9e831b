"""Adopt a city's organisation: people, the matter list that they can carry, cases they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiji.cases.actions.reseating import reseat_cases
from tiji.matters.actions import Publication, publish_matters
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
