"""What bureaus declare of their matters otherwise than it is published: the drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tiji.canonical import canonical
from tiji.matters.actions import declared_matters
from tiji.matters.history import Change, changes
from tiji.matters.queries import current_matters


@dataclass(frozen=True, slots=True)
class Draft:
    """Say which matter would get which version, and what it would say otherwise."""

    code: str
    title: str
    department: str
    version: int
    digest: str
    changes: tuple[Change, ...]


def drafts() -> list[Draft]:
    """Give what the installed bureaus declare and is not published, by code."""
    known = {view.code: view for view in current_matters()}
    found = []
    for values, digest in declared_matters():
        old = known.get(values["code"])
        if old is None or old.digest != digest:
            said = tuple(changes(asdict(old), values)) if old else ()
            version = old.version + 1 if old else 1
            named = (values["code"], values["title"], values["department"])
            found.append(Draft(*named, version, digest, said))
    return sorted(found, key=lambda draft: draft.code)


def fingerprint(found: Sequence[Draft]) -> str:
    """Name a set of drafts, so that what is agreed to is what was proposed."""
    return hashlib.sha256(canonical([draft.digest for draft in found]).encode()).hexdigest()
