"""What pages show of uploads: whose they are, how they stand, which rows need a look."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from tiji.accounts.rules import Viewer
from tiji.clock import iso
from tiji.db import db, rows
from tiji.errors import AbsentError, BadInputError
from tiji.forms.fields import Word
from tiji.i18n import _
from tiji.intake.actions import find_ledger
from tiji.intake.header import KEEP, REASON_COLUMN, Names
from tiji.intake.judging import Judge, Judged, name_column
from tiji.intake.looking import sheets_of
from tiji.intake.model import FoundRow, MappingRow, UploadRow
from tiji.intake.rejects import Rejects
from tiji.intake.rules import may_decide, may_import
from tiji.people import queries as people
from tiji.plugins.types import Bureau, Column, Ledger
from tiji.privacy import mask_name, mask_text, mask_value
from tiji.runtime import runtime

_UPLOAD = UploadRow.__table__
#: Rows on one page of the preview, and columns beside each other at most.
PAGE = 30
MOST_COLUMNS = 7
#: How rows are listed: by what is to be said about them.
LISTS: Mapping[str, tuple[str, ...]] = {
    "rejected": ("rejected",),
    "warned": ("warned", "resembles", "conflict", "erased"),
    "mended": ("mended",),
}


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell as the preview shows it; one with a fault is shown as it is, to be mended."""

    key: str
    label: str
    text: str
    fault: str = ""
    warning: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundView:
    """A row about which something is to be said: what, and how it is counted."""

    no: int
    sheet: str
    row: int
    kind: str
    state: str
    left_out: bool
    cells: tuple[CellView, ...]
    says: tuple[str, ...]
    cases: tuple[str, ...]


def bureau_of(ledger: str) -> Bureau:
    """Give the bureau that declares a ledger."""
    bureaus = runtime().plugins.bureaus().values()
    return next(b for b in bureaus if any(one.code == ledger for one in b.ledgers))


def ledgers_for(viewer: Viewer) -> list[Ledger]:
    """Give the ledgers that a viewer brings in: those of the own departments' bureaus."""
    offices = offices_of(viewer)
    return [
        ledger
        for bureau in runtime().plugins.bureaus().values()
        if may_import(viewer, bureau.department, offices)
        for ledger in bureau.ledgers
    ]


def offices_of(viewer: Viewer) -> frozenset[str]:
    """Give a viewer's departments and all above them."""
    return frozenset(people.lineage(viewer.departments))


def saved_mapping(viewer: Viewer, ledger: str, signature: str) -> dict[str, str] | None:
    """Give what was decided for files with this header: by the viewer, else in the bureau."""
    found = db.session.execute(
        select(MappingRow.mapping, MappingRow.officer)
        .where(
            MappingRow.ledger == ledger,
            MappingRow.signature == signature,
            or_(
                MappingRow.officer == viewer.code,
                MappingRow.department.in_(offices_of(viewer)),
            ),
        )
        .order_by(MappingRow.at.desc())
    ).all()
    own = sorted(found, key=lambda row: row.officer != viewer.code)
    return dict(own[0].mapping) if own else None


def _visible(viewer: Viewer) -> Any:
    if "efficiency" in viewer.roles:
        return True
    headed = {seat.department for seat in viewer.seats if viewer.heads(seat.department)}
    over = headed | viewer.administers
    return or_(_UPLOAD.c.officer == viewer.code, _UPLOAD.c.department.in_(over))


def upload_for(viewer: Viewer, upload_id: int) -> dict[str, Any]:
    """Give an upload that a viewer may look at; AbsentError for any other."""
    condition = _visible(viewer)
    wanted = select(_UPLOAD).where(_UPLOAD.c.id == upload_id)
    found = rows(db.session.execute(wanted if condition is True else wanted.where(condition)))
    if not found:
        raise AbsentError(_("There is no import {id} for you.").format(id=upload_id))
    return found[0]


def upload_to_decide(viewer: Viewer, upload_id: int) -> dict[str, Any]:
    """Give an upload about which a viewer decides; AbsentError for any other."""
    found = upload_for(viewer, upload_id)
    if not may_decide(viewer, found["department"], found["officer"]):
        raise AbsentError(_("There is no import {id} for you.").format(id=upload_id))
    return found


def decides(viewer: Viewer, upload: Mapping[str, Any]) -> bool:
    """Tell whether a viewer may mend, begin and withdraw, or only look."""
    return may_decide(viewer, upload["department"], upload["officer"])


def last_uploads(viewer: Viewer, limit: int = 10) -> list[dict[str, Any]]:
    """Give the newest uploads that a viewer may look at, with who brought them."""
    wanted = select(_UPLOAD).order_by(_UPLOAD.c.id.desc()).limit(limit)
    condition = _visible(viewer)
    found = rows(db.session.execute(wanted if condition is True else wanted.where(condition)))
    names = people.officer_names(row["officer"] for row in found)
    return [
        {
            **{n: row[n] for n in ("id", "name", "state", "counts", "import_no")},
            "uploaded_at": iso(row["uploaded_at"]),
            "ledger": title_of(row["ledger"]),
            "officer": names.get(row["officer"], row["officer"]),
        }
        for row in found
    ]


def title_of(code: str) -> str:
    """Give a ledger's title; of one whose plugin is gone, its code."""
    ledger = runtime().plugins.ledger(code)
    return ledger.title if ledger else code


def columns_of(upload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each column of the file with a masked sample, and what it stands for."""
    ledger = find_ledger(upload["ledger"])
    by_key = {column.key: column for column in ledger.columns}
    sample, who = runtime().cipher.open(upload["sample"]), name_column(ledger)
    sheets = sheets_of(upload["layout"]).values()
    known = Names(ledger).known
    headers = dict.fromkeys(name for sheet in sheets for name in sheet.headers)
    return [
        {
            "header": name,
            "sample": _sample(by_key.get(key), sample.get(name, ""), key == who),
            "key": key,
            "known": bool(key) and known(name) == key,
        }
        for name, key in ((name, upload["mapping"].get(name, KEEP)) for name in headers)
    ]


def ledger_columns(code: str) -> list[tuple[str, str, bool]]:
    """Give the key and name of each column of a ledger, and whether every row needs it."""
    return [(c.key, c.name, c.required) for c in find_ledger(code).columns]


def _sample(column: Column | None, text: str, is_name: bool) -> str:
    """Mask what a column's first cell says; nobody knows what stands in an unknown column."""
    if is_name:
        return mask_name(text)
    if column is None or column.personal:
        return mask_value(text, keep=1) if text else ""
    return mask_text(text)


def found_rows(
    upload: Mapping[str, Any], which: str = "rejected", after: int = 0, *, bare: bool = True
) -> dict[str, Any]:
    """Give a page of the rows with something to say, judged as they are now.

    ``next`` is where the next page begins, None at the end; ``columns`` are those that are shown.
    Cells to be mended are masked too unless they are wanted ``bare``.
    """
    if which not in (*LISTS, "left_out"):
        raise BadInputError(_("There is no such list of rows."))
    own = select(FoundRow.__table__).where(FoundRow.upload == upload["id"], FoundRow.no > after)
    found = rows(
        db.session.execute(own.where(_listed(which)).order_by(FoundRow.no).limit(PAGE + 1))
    )
    more, found = len(found) > PAGE, found[:PAGE]
    judge = Judge(db.session(), upload)
    judged = judge.judge_all(found)
    db.session.rollback()
    columns = _shown_columns(judge.ledger, judged)
    show = _Showing(judge, columns, bare)
    views = [show.view(*pair) for pair in zip(found, judged, strict=True)]
    return {"rows": views, "columns": columns, "next": found[-1]["no"] if more else None}


def _listed(which: str) -> Any:
    if which == "left_out":
        return FoundRow.left_out.is_(True)
    return FoundRow.state.in_(LISTS[which]) & FoundRow.left_out.is_(False)


def rejects_of(upload: Mapping[str, Any]) -> bytes:
    """Give a workbook of the rows that are rejected as they are now, ready to be mended there."""
    own = select(FoundRow.__table__).where(FoundRow.upload == upload["id"], _listed("rejected"))
    found = rows(db.session.execute(own.order_by(FoundRow.no)))
    judge = Judge(db.session(), upload)
    refused = Rejects(None, REASON_COLUMN, kept=True)
    for one in judge.judge_all(found):
        why = " ".join(fault.reason for fault in one.faults)
        refused.add(one.row.sheet, one.row.raw, why)
    db.session.rollback()
    file = io.BytesIO()
    refused.write_to(file)
    return file.getvalue()


def counted(upload_id: int) -> dict[str, int]:
    """Count the listed rows of each kind."""
    found = db.session.execute(
        select(FoundRow.state, FoundRow.left_out, func.count())
        .where(FoundRow.upload == upload_id)
        .group_by(FoundRow.state, FoundRow.left_out)
    )
    counts = dict.fromkeys((*LISTS, "left_out"), 0)
    for state, left_out, count in found:
        name = "left_out" if left_out else next(n for n, own in LISTS.items() if state in own)
        counts[name] += count
    return counts


def _shown_columns(ledger: Ledger, judged: list[Judged]) -> list[Column]:
    """Choose what stands side by side: what is at fault, what tells rows apart, what is needed."""
    faulty = [fault.column for one in judged for fault in (*one.faults, *one.row.warned)]
    keys = {*ledger.fingerprint, *([ledger.number] if ledger.number else [])}
    telling = [c.name for c in ledger.columns if c.key in keys or c.required]
    chosen = list(dict.fromkeys([*faulty, *telling]))[:MOST_COLUMNS]
    return [column for column in ledger.columns if column.name in chosen]


class _Showing:
    """Show rows of one upload with some of its columns; who it is about is masked."""

    def __init__(self, judge: Judge, columns: list[Column], bare: bool) -> None:
        self._judge, self._columns, self._bare = judge, columns, bare
        self._name = name_column(judge.ledger)

    def view(self, found: Mapping[str, Any], judged: Judged) -> FoundView:
        """Show a row."""
        faults = {fault.column: fault.reason for fault in judged.faults}
        warned = {fault.column: fault.reason for fault in judged.row.warned}
        cells = tuple(self._cell(found, c, faults.get(c.name), warned.get(c.name))
                      for c in self._columns)  # fmt: skip
        return FoundView(
            no=found["no"],
            sheet=found["sheet"],
            row=found["row_no"],
            kind=judged.kind,
            state=judged.state,
            left_out=found["left_out"],
            cells=cells,
            says=(*faults.values(), *warned.values()),
            cases=judged.cases,
        )

    def _cell(
        self, found: Mapping[str, Any], column: Column, fault: str | None, warning: str | None
    ) -> CellView:
        text = self._judge.shown(found, column.key)
        if not (self._bare and (fault or warning)):
            text = self._masked(column, text)
        choices = column.field.choices if isinstance(column.field, Word) else ()
        return CellView(column.key, column.name, text, fault or "", warning or "", choices)

    def _masked(self, column: Column, text: str) -> str:
        if column.key == self._name:
            return mask_name(text)
        return mask_value(text, keep=1) if column.personal and text else mask_text(text)
