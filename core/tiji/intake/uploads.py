"""What officers do with a ledger that they upload: columns, cells, rows, and the word to begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from tiji.accounts.rules import Viewer
from tiji.attachments.rules import plain_name
from tiji.canonical import canonical
from tiji.db import rows, transaction
from tiji.errors import AbsentError, BadInputError, RuleError
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
    FAILED,
    LONGEST_CELL,
    OPEN_TO_MEND,
    QUEUED,
    can_enter,
    check_mapping,
    missing_columns,
)
from tiji.intake.upload_queries import bureau_of, ledgers_for, saved_mapping, upload_to_decide
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


def mend(viewer: Viewer, upload_id: int, no: int, texts: Mapping[str, str]) -> dict[str, str]:
    """Replace what cells of a row say, by column key, as far as they can be read.

    Return what is wrong with the others; those stay as they were.
    """
    upload = upload_to_decide(viewer, upload_id)
    _require_idle(upload, OPEN_TO_MEND)
    with transaction() as session:
        judge = Judge(session, _locked(session, upload_id))
        found = _found(session, upload_id, no)
        before = judge.judge(found)
        faults: dict[str, str] = {}
        for key, text in texts.items():
            text = text_of(text[:LONGEST_CELL])
            fault = judge.fault_of(key, text)
            if fault:
                faults[key] = fault
            elif text != judge.shown(found, key):
                _keep_mend(session, viewer, found, key, judge.given(found, key), text)
        judge.forget_mends()
        _count_again(session, judge, found, before, judge.judge(found))
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


def leave_out(viewer: Viewer, upload_id: int, no: int, out: bool = True) -> None:
    """Let a row not enter, or enter after all."""
    upload = upload_to_decide(viewer, upload_id)
    _require_idle(upload, OPEN_TO_MEND)
    with transaction() as session:
        judge = Judge(session, _locked(session, upload_id))
        found = _found(session, upload_id, no)
        before = judge.judge(found)
        session.execute(_one(upload_id, no).values(left_out=out))
        after = judge.judge({**found, "left_out": out})
        _count_again(session, judge, found, before, after)


def _found(session: Session, upload_id: int, no: int) -> dict[str, Any]:
    own = (FoundRow.upload == upload_id, FoundRow.no == no)
    found = rows(session.execute(select(FoundRow.__table__).where(*own)))
    if not found:
        raise AbsentError(_("There is no such row any more; look at the list again."))
    return found[0]


def _one(upload_id: int, no: int) -> Any:
    return update(FoundRow).where(FoundRow.upload == upload_id, FoundRow.no == no)


def _count_again(
    session: Session, judge: Judge, found: Mapping[str, Any], before: Judged, after: Judged
) -> None:
    """Let the counts follow a row that is something else now."""
    counts = dict(judge.upload["counts"])
    for kind, step in ((before.kind, -1), (after.kind, 1)):
        counts[kind] = max(0, int(counts.get(kind, 0)) + step)
    counts["warned"] = max(
        0, int(counts.get("warned", 0)) + bool(after.warned) - bool(before.warned)
    )
    values = {"counts": counts, "touched_at": runtime().clock.now()}
    session.execute(update(UploadRow).where(UploadRow.id == found["upload"]).values(values))
    session.execute(_one(found["upload"], found["no"]).values(state=after.state))


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


def forget_mapping(viewer: Viewer, mapping_id: int) -> None:
    """Forget one of the viewer's own saved mappings."""
    own = (MappingRow.id == mapping_id, MappingRow.officer == viewer.code)
    with transaction() as session:
        if not session.connection().execute(delete(MappingRow).where(*own)).rowcount:
            raise BadInputError(_("There is no such mapping of yours."))
