"""What officers do with a ledger that they upload: columns, cells, rows, and the word to begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import IO, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from tiji.accounts.rules import Viewer
from tiji.attachments.rules import plain_name
from tiji.canonical import canonical
from tiji.db import rows, transaction
from tiji.errors import AbsentError, RuleError
from tiji.forms.cells import text_of
from tiji.i18n import _
from tiji.intake import shelf
from tiji.intake.actions import find_ledger
from tiji.intake.judging import Judge, Judged
from tiji.intake.looking import Layout, look
from tiji.intake.model import FoundRow, MappingRow, MendRow, UploadRow
from tiji.intake.rules import (
    AT_WORK,
    CHECKED,
    CHECKING,
    COLUMNS,
    DONE,
    FAILED,
    LONGEST_CELL,
    OPEN_TO_MEND,
    QUEUED,
    WITHDRAWING,
    can_enter,
    check_mapping,
    missing_columns,
)
from tiji.intake.upload_queries import bureau_of, ledgers_for, saved_mapping, upload_to_decide
from tiji.intake.withdrawing import begin_withdrawal
from tiji.jobs.actions import enqueue
from tiji.jobs.rules import NewJob
from tiji.plugins.types import Ledger
from tiji.runtime import runtime

#: What does the long work on uploads.
TARGET = "core:import"


def take_in(viewer: Viewer, ledger_code: str, stream: IO[bytes], name: str) -> int:
    """Take a ledger file in and look at its columns; give the upload's id.

    Where every column is known its rows are checked at once. Raises AbsentError for a ledger
    that the viewer does not bring in, RefusedFileError for a file that is no ledger.
    """
    if ledger_code not in {ledger.code for ledger in ledgers_for(viewer)}:
        raise AbsentError(_("There is no ledger {code} for you.").format(code=ledger_code))
    ledger, name = find_ledger(ledger_code), plain_name(name)[-200:] or _("file")
    with shelf.receiving(stream, name) as received:
        with shelf.named(received.path, name):
            layout = look(received.path, ledger, name)
        shelf.keep(received)
    signature = signature_of(layout)
    kept = saved_mapping(viewer, ledger.code, signature)
    mapping = kept or dict(layout.mapping)
    decided = kept is not None or _is_plain(ledger, layout)
    now = runtime().clock.now()
    with transaction() as session:
        found = session.execute(
            insert(UploadRow)
            .values(
                ledger=ledger.code,
                officer=viewer.code,
                department=bureau_of(ledger.code).department,
                name=name,
                sha256=received.sha256,
                size=received.size,
                state=CHECKING if decided else COLUMNS,
                layout=layout.to_json(),
                signature=signature,
                mapping=mapping,
                sample=runtime().cipher.seal(dict(layout.sample)),
                counts={},
                done=0,
                turn=1,
                uploaded_at=now,
                touched_at=now,
            )
            .returning(UploadRow.id)
        ).scalar_one()
        if decided:
            _enqueue(session, found, 1, ledger.code)
    return found


def signature_of(layout: Layout) -> str:
    """Hash a file's headers: files with the same ones can have the same mapping."""
    return runtime().cipher.index("header", *layout.headers)


def _is_plain(ledger: Ledger, layout: Layout) -> bool:
    """Tell whether nothing is to be asked: all headers known, nothing that is needed missing."""
    known = all(layout.mapping.values()) and layout.is_certain
    return known and not missing_columns(ledger, layout.mapping)


def _enqueue(session: Session, upload: int, turn: int, ledger: str) -> None:
    words = {"upload": upload, "turn": turn}
    enqueue(session, [NewJob(TARGET, f"{upload}/{turn}", f"import:{ledger}", words)])


def set_to_work(session: Session, upload: Mapping[str, Any], state: str) -> None:
    """Give an upload to the workers, for what its new state says, in the caller's transaction."""
    now, turn = runtime().clock.now(), upload["turn"] + 1
    values = {"state": state, "turn": turn, "done": 0, "error": None, "touched_at": now}
    session.execute(update(UploadRow).where(UploadRow.id == upload["id"]).values(values))
    _enqueue(session, upload["id"], turn, upload["ledger"])


def choose_columns(
    viewer: Viewer, upload_id: int, chosen: Mapping[str, str], save_as: str = ""
) -> None:
    """Decide what each column of the file is, and have its rows checked.

    ``save_as`` keeps the decision under a name for the next file with the same header. Raises
    BadInputError where two columns stand for one, or one that is needed is missing.
    """
    upload = upload_to_decide(viewer, upload_id)
    _require_idle(upload, (COLUMNS, CHECKED, FAILED))
    ledger = find_ledger(upload["ledger"])
    headers = [h for sheet in upload["layout"]["sheets"] for h in sheet["headers"]]
    mapping = check_mapping(ledger, list(dict.fromkeys(headers)), chosen)
    path = shelf.place_of(upload["sha256"])
    with shelf.named(path, upload["name"]):
        layout = look(path, ledger, upload["name"], mapping)
    with transaction() as session:
        if name := plain_name(save_as)[:80]:
            _keep_mapping(session, viewer, upload, name, mapping)
        found = update(UploadRow).where(UploadRow.id == upload_id)
        session.execute(found.values(mapping=mapping, layout=layout.to_json()))
        set_to_work(session, _locked(session, upload_id), CHECKING)


def _keep_mapping(
    session: Session, viewer: Viewer, upload: Mapping[str, Any], name: str, mapping: dict[str, str]
) -> None:
    same = (MappingRow.ledger == upload["ledger"], MappingRow.signature == upload["signature"])
    session.execute(delete(MappingRow).where(*same, MappingRow.officer == viewer.code))
    session.execute(
        insert(MappingRow).values(
            ledger=upload["ledger"],
            signature=upload["signature"],
            officer=viewer.code,
            department=upload["department"],
            name=name,
            mapping=mapping,
            at=runtime().clock.now(),
        )
    )


def mend(
    viewer: Viewer,
    upload_id: int,
    texts: Mapping[int, Mapping[str, str]],
    *,
    leave: Collection[int] = (),
    take: Collection[int] = (),
) -> dict[int, dict[str, str]]:
    """Replace what cells say, by row and column key, as far as they can be read.

    Rows in ``leave`` will not enter, those in ``take`` will after all. Return what is wrong with
    texts that were not taken; those cells stay as they were.
    """
    _require_idle(upload_to_decide(viewer, upload_id), OPEN_TO_MEND)
    with transaction() as session:
        judge = Judge(session, _locked(session, upload_id))
        _require_idle(judge.upload, OPEN_TO_MEND)
        found = _found(session, upload_id, {*texts, *leave, *take})
        before = judge.judge_all(found)
        faults = {row["no"]: _mend_row(session, viewer, judge, row, texts.get(row["no"], {}))
                  for row in found}  # fmt: skip
        judge.forget_mends()
        for row in found:
            row["left_out"] = row["no"] in leave or (row["left_out"] and row["no"] not in take)
        _count_again(session, judge, found, before, judge.judge_all(found))
    return {no: wrong for no, wrong in faults.items() if wrong}


def _mend_row(
    session: Session,
    viewer: Viewer,
    judge: Judge,
    found: Mapping[str, Any],
    texts: Mapping[str, str],
) -> dict[str, str]:
    """Mend cells of one row whose text is another now; give what is wrong with the rest."""
    faults: dict[str, str] = {}
    for key, typed in texts.items():
        text = text_of(typed[:LONGEST_CELL])
        if text == judge.shown(found, key):
            continue
        if fault := judge.fault_of(key, text):
            faults[key] = fault
        else:
            _keep_mend(session, viewer, found, key, judge.given(found, key), text)
    return faults


def _keep_mend(
    session: Session, viewer: Viewer, found: Mapping[str, Any], key: str, was: str, now: str
) -> None:
    where = {name: found[name] for name in ("upload", "sheet", "row_no")}
    session.execute(
        delete(MendRow).where(
            *(getattr(MendRow, name) == value for name, value in where.items()), MendRow.key == key
        )
    )
    if was == now:
        return
    sealed = runtime().cipher.seal_text(canonical({"was": was, "now": now}))
    at = runtime().clock.now()
    values = {**where, "key": key, "sealed": sealed, "officer": viewer.code, "at": at}
    session.execute(insert(MendRow).values(values))


def _found(session: Session, upload_id: int, numbers: Collection[int]) -> list[dict[str, Any]]:
    own = (FoundRow.upload == upload_id, FoundRow.no.in_(numbers))
    found = rows(session.execute(select(FoundRow.__table__).where(*own).order_by(FoundRow.no)))
    if len(found) != len(numbers):
        raise AbsentError(_("There is no such row any more; look at the list again."))
    return found


def _count_again(
    session: Session,
    judge: Judge,
    found: Sequence[Mapping[str, Any]],
    before: Sequence[Judged],
    after: Sequence[Judged],
) -> None:
    """Let the counts and lists follow rows that are something else now."""
    counts = Counter({n: v for n, v in judge.upload["counts"].items() if isinstance(v, int)})
    for was, now in zip(before, after, strict=True):
        counts[was.kind] -= 1
        counts[now.kind] += 1
        counts["warned"] += now.warned - was.warned
    for row, now in zip(found, after, strict=True):
        own = (FoundRow.upload == row["upload"], FoundRow.no == row["no"])
        changed = {"state": now.state, "left_out": row["left_out"]}
        session.execute(update(FoundRow).where(*own).values(**changed))
    counted = {name: max(0, count) for name, count in counts.items()}
    values = {"counts": judge.upload["counts"] | counted, "touched_at": runtime().clock.now()}
    session.execute(update(UploadRow).where(UploadRow.id == judge.upload["id"]).values(values))


def _locked(session: Session, upload_id: int) -> dict[str, Any]:
    own = select(UploadRow.__table__).where(UploadRow.id == upload_id).with_for_update()
    return rows(session.execute(own))[0]


def _require_idle(upload: Mapping[str, Any], states: Any) -> None:
    if not upload["sha256"]:
        raise RuleError(
            "upload-gone", _("The file was removed after 30 days."), _("Upload it again.")
        )
    if upload["state"] in AT_WORK:
        raise RuleError(
            "upload-at-work",
            _("A worker is at this file now."),
            _("Wait until it is done, then go on."),
        )
    if upload["state"] not in states:
        raise RuleError(
            "upload-state",
            _("This cannot be done with the file as it stands now."),
            _("Upload it again."),
        )


def begin(viewer: Viewer, upload_id: int) -> None:
    """Have all rows imported that can enter; those that cannot stay to be mended."""
    upload = upload_to_decide(viewer, upload_id)
    _require_idle(upload, OPEN_TO_MEND)
    with transaction() as session:
        upload = _locked(session, upload_id)
        _require_idle(upload, OPEN_TO_MEND)
        if not can_enter(upload["counts"]):
            raise RuleError(
                "nothing-enters",
                _("No row of the file would enter."),
                _("Mend the rows that are rejected, or upload another file."),
            )
        set_to_work(session, upload, QUEUED)


def take_back(viewer: Viewer, upload_id: int, *, rest: bool = False) -> None:
    """Have an import withdrawn; ``rest`` leaves cases that were touched as they are.

    Raises RuleError where a day is over, or a case was touched and nothing is said of the rest.
    """
    upload = upload_to_decide(viewer, upload_id)
    if upload["state"] != DONE or not upload["import_no"]:
        raise RuleError("nothing-imported", _("This file has brought in no case."))
    with transaction() as session:
        upload = _locked(session, upload_id)
        begin_withdrawal(session, upload["import_no"], viewer.code, rest=rest)
        set_to_work(session, upload, WITHDRAWING)
