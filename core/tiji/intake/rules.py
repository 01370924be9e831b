"""What an upload may be and may do, who decides about it, and when an import can be withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tiji.accounts.rules import Viewer
from tiji.errors import BadInputError, RefusedFileError, RuleError
from tiji.i18n import _
from tiji.intake.header import DROP, KEEP
from tiji.plugins.types import Ledger

MIB = 1 << 20
MOST_BYTES = 20 * MIB
#: So many rows about which something is to be said are kept; if there are more, the columns or
#: the file are wrong, not some cells.
MOST_FOUND = 5000
#: A mended cell is no longer than this.
LONGEST_CELL = 2000
#: The file and its rows go so long after anybody last touched the upload.
KEPT_FOR = timedelta(days=30)
WITHDRAWN_WITHIN = timedelta(hours=24)

#: How an upload stands: its columns are asked for, its rows are read, they can be looked at, it
#: is about to be imported, is, was, or was taken back; or it cannot be read.
COLUMNS, CHECKING, CHECKED, QUEUED, RUNNING, DONE, WITHDRAWING, WITHDRAWN, FAILED = (
    *("columns", "checking", "checked", "queued", "running", "done"),
    *("withdrawing", "withdrawn", "failed"),
)
#: States in which a worker has something to do.
AT_WORK = frozenset({CHECKING, QUEUED, RUNNING, WITHDRAWING})
#: States in which cells can be mended, rows left out, and an import begun.
OPEN_TO_MEND = frozenset({CHECKED, DONE})

#: What the import itself and time alone write in a log: no sign of anybody's work.
_TIME_ALONE = frozenset({"deadline_near", "client_deadline_missed", "due_recomputed"})


@dataclass(frozen=True, slots=True)
class Logged:
    """An event of an imported case after its first, as far as it tells who touched the case."""

    case_id: int
    kind: str
    by_system: bool
    number: str | None


def is_touch(event: Logged, number: str) -> bool:
    """Tell whether an event shows that somebody, or a later import, touched a case."""
    if event.kind == "import_updated":
        return event.number != number
    return not (event.by_system and event.kind in _TIME_ALONE)


def require_in_time(number: str, last_at: datetime, now: datetime) -> None:
    """Raise RuleError for an import that was over more than a day ago."""
    if now - last_at > WITHDRAWN_WITHIN:
        raise RuleError(
            "too-late",
            _("Import {number} is more than 24 hours old.").format(number=number),
            _("Withdraw single cases instead, or mend the ledger and import it again."),
        )


def may_import(viewer: Viewer, department: str, offices: Collection[str]) -> bool:
    """Tell whether a viewer brings in a bureau's ledgers: acts there, or below, or keeps it.

    ``offices`` are the viewer's departments and all above them.
    """
    return (viewer.may_act() and department in offices) or department in viewer.administers


def may_decide(viewer: Viewer, department: str, officer: str) -> bool:
    """Tell whether a viewer decides about an upload: its officer, and who is over the bureau."""
    over = viewer.heads(department) or department in viewer.administers
    return officer == viewer.code or over


def too_large(name: str) -> RefusedFileError:
    """Say that a file is larger than what is taken."""
    return RefusedFileError(
        _("{name} is larger than {most} MB; split it, or have it imported on the server.").format(
            name=name, most=MOST_BYTES // MIB
        )
    )


def automatic(headers: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """Give what a header means by itself: known columns, and the others kept as they are."""
    by_place = {place: key for key, place in places.items()}
    return {name: by_place.get(place, KEEP) for place, name in enumerate(headers)}


def missing_columns(ledger: Ledger, mapping: Mapping[str, str]) -> list[str]:
    """Name the columns that every row needs and no header of the file is."""
    found = set(mapping.values())
    names = {column.key: column.name for column in ledger.columns}
    missing = [c.name for c in ledger.columns if c.required and c.key not in found]
    groups = [group for group in ledger.one_of if found.isdisjoint(group)]
    return missing + ["/".join(names[key] for key in group) for group in groups]


def check_mapping(
    ledger: Ledger, headers: Sequence[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Give what was decided for each header; raise BadInputError where it cannot be."""
    known = {column.key: column.name for column in ledger.columns}
    mapping = {name: chosen.get(name, KEEP) for name in headers}
    taken: dict[str, str] = {}
    for name, key in mapping.items():
        if key in (KEEP, DROP):
            continue
        if key not in known:
            raise BadInputError(_("The ledger has no column {name}.").format(name=key))
        if key in taken:
            raise BadInputError(
                _("“{first}” and “{second}” both stand for {column}; choose one of them.").format(
                    first=taken[key], second=name, column=known[key]
                )
            )
        taken[key] = name
    if missing := missing_columns(ledger, mapping):
        raise BadInputError(
            _("Say which columns of the file are {columns}: no row enters without.").format(
                columns="、".join(missing)
            )
        )
    return mapping


def can_enter(counts: Mapping[str, Any]) -> int:
    """Give how many rows would write something."""
    return int(counts.get("imported", 0)) + int(counts.get("updated", 0))
