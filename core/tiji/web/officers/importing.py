"""Ledgers in the browser: upload, columns, a look with mends, the import, and it taken back."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, abort, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.clock import iso
from tiji.db import db
from tiji.errors import BadInputError, RefusedFileError, RuleError
from tiji.i18n import _
from tiji.intake import rules, uploads
from tiji.intake.template import write_template
from tiji.intake.upload_queries import (
    columns_of,
    counted,
    decides,
    found_rows,
    last_uploads,
    ledger_columns,
    ledgers_for,
    rejects_of,
    title_of,
    upload_for,
    upload_to_decide,
)
from tiji.intake.withdrawing import withdrawable
from tiji.web.headers import limiter
from tiji.web.pages import back_to, is_fragment, render, say
from tiji.web.viewer import viewer

pages = Blueprint("importing", __name__, url_prefix="/import")

#: The page of each state of an upload.
STEPS = {
    rules.COLUMNS: "importing.columns",
    rules.FAILED: "importing.columns",
    rules.CHECKED: "importing.preview",
    rules.CHECKING: "importing.progress",
    rules.QUEUED: "importing.progress",
    rules.RUNNING: "importing.progress",
    rules.WITHDRAWING: "importing.progress",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A cell's field in the form of the preview: its row and its column.
_CELL = re.compile(r"cell-(\d{1,9})-(\w{1,80})")


@pages.get("")
def start() -> Response:
    """Show where a ledger is uploaded, and the last ones."""
    return _start()


def _start(status: int = 200, **values: Any) -> Response:
    chosen = request.values.get("ledger", "")
    return render(
        "officers/import.html",
        status,
        ledgers=ledgers_for(viewer()),
        chosen=chosen,
        last=last_uploads(viewer()),
        most=rules.MOST_BYTES // rules.MIB,
        **values,
    )


@pages.post("")
@limiter.limit("60/hour")
def upload() -> AnyResponse:
    """Take a file in, and lead to what is to be done about it."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _start(422, wrong=_("Choose a file."))
    try:
        found = uploads.take_in(
            viewer(), request.form.get("ledger", ""), file.stream, file.filename
        )
    except RefusedFileError as error:
        return _start(422, wrong=str(error))
    return _onward(found)


def _onward(upload_id: int) -> AnyResponse:
    found = upload_for(viewer(), upload_id)
    endpoint = STEPS.get(found["state"], "importing.result")
    return back_to(url_for(endpoint, upload_id=upload_id))


@pages.get("/template/<ledger>")
def template(ledger: str) -> Response:
    """Give an empty workbook of a ledger."""
    found = next((one for one in ledgers_for(viewer()) if one.code == ledger), None)
    if found is None:
        abort(404)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(found, path)
        return _workbook(path.read_bytes(), found.title)


def _workbook(content: bytes, name: str) -> Response:
    return send_file(
        BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx"
    )


@pages.get("/<int:upload_id>/columns")
def columns(upload_id: int) -> AnyResponse:
    """Ask what each column of the file is."""
    found = upload_for(viewer(), upload_id)
    if found["state"] not in (rules.COLUMNS, rules.CHECKED, rules.FAILED):
        return _onward(upload_id)
    return _columns(found)


def _columns(found: dict[str, Any], status: int = 200, **values: Any) -> Response:
    shown = columns_of(found)
    known = sum(1 for column in shown if column["known"])
    return render(
        "officers/import_columns.html",
        status,
        upload=found,
        title=title_of(found["ledger"]),
        columns=shown,
        known=known,
        choices=ledger_columns(found["ledger"]),
        decides=decides(viewer(), found),
        **values,
    )


@pages.post("/<int:upload_id>/columns")
def choose(upload_id: int) -> AnyResponse:
    """Decide about the columns, and have the rows checked."""
    found = upload_for(viewer(), upload_id)
    names = [column["header"] for column in columns_of(found)]
    chosen = {name: request.form.get(f"column-{at}", "") for at, name in enumerate(names)}
    save_as = request.form.get("save_as", "")
    try:
        uploads.choose_columns(viewer(), upload_id, chosen, save_as)
    except (BadInputError, RefusedFileError, RuleError) as error:
        db.session.rollback()
        typed = {**found, "mapping": {**found["mapping"], **chosen}}
        return _columns(typed, 422, wrong=str(error), save_as=save_as)
    return _onward(upload_id)


@pages.get("/<int:upload_id>/run")
def progress(upload_id: int) -> AnyResponse:
    """Show how far a worker is; lead on when it is done."""
    found = upload_for(viewer(), upload_id)
    if found["state"] not in rules.AT_WORK:
        if not is_fragment():
            return _onward(upload_id)
        onward = Response(status=200)
        onward.headers["HX-Redirect"] = _onward(upload_id).headers["Location"]
        return onward
    page = "officers/_import_progress.html" if is_fragment() else "officers/import_progress.html"
    total = found["counts"].get("read", 0)
    return render(
        page,
        upload=found,
        title=title_of(found["ledger"]),
        total=total,
        ratio=found["done"] / total if total else 0,
    )


@pages.get("/<int:upload_id>/preview")
def preview(upload_id: int) -> AnyResponse:
    """Show what would become of the rows, and those that need a look."""
    found = upload_for(viewer(), upload_id)
    if found["state"] not in rules.OPEN_TO_MEND:
        return _onward(upload_id)
    which = request.args.get("list") or _first_list(upload_id)
    return _preview(found, which, request.args.get("after", 0, type=int))


def _first_list(upload_id: int) -> str:
    counts = counted(upload_id)
    return next((name for name, count in counts.items() if count), "rejected")


def _preview(
    found: dict[str, Any],
    which: str,
    after: int,
    typed: dict[int, dict[str, str]] | None = None,
    faults: dict[int, dict[str, str]] | None = None,
    status: int = 200,
) -> Response:
    mine = decides(viewer(), found)
    page = "officers/_import_preview.html" if is_fragment() else "officers/import_preview.html"
    return render(
        page,
        200 if is_fragment() else status,
        upload=found,
        title=title_of(found["ledger"]),
        counts=found["counts"],
        lists=counted(found["id"]),
        which=which,
        after=after,
        enters=rules.can_enter(found["counts"]),
        typed=typed or {},
        faults=faults or {},
        most=rules.MOST_FOUND,
        decides=mine,
        **found_rows(found, which, after, bare=mine),
    )


@pages.post("/<int:upload_id>/preview")
def mend(upload_id: int) -> AnyResponse:
    """Mend the cells that were typed into, leave rows out, or take them in again."""
    which = request.form.get("list", "rejected")
    after = request.form.get("after", 0, type=int)
    typed = _typed()
    numbers = {name: request.form.getlist(name, type=int) for name in ("leave", "take")}
    faults = uploads.mend(viewer(), upload_id, typed, **numbers)
    if faults or is_fragment():
        found = upload_for(viewer(), upload_id)
        return _preview(found, which, after, typed, faults, 422)
    return back_to(url_for("importing.preview", upload_id=upload_id, list=which, after=after))


def _typed() -> dict[int, dict[str, str]]:
    typed: dict[int, dict[str, str]] = {}
    for name, text in request.form.items():
        if cell := _CELL.fullmatch(name):
            typed.setdefault(int(cell[1]), {})[cell[2]] = text
    return typed


@pages.post("/<int:upload_id>/run")
def begin(upload_id: int) -> AnyResponse:
    """Have all rows imported that can enter."""
    uploads.begin(viewer(), upload_id)
    return back_to(url_for("importing.progress", upload_id=upload_id))


@pages.get("/<int:upload_id>/rejects")
def rejects(upload_id: int) -> Response:
    """Give the rejected rows as a workbook, with what is wrong with each."""
    found = upload_to_decide(viewer(), upload_id)
    name = _("{file} rejected").format(file=Path(found["name"]).stem)
    return _workbook(rejects_of(found), name)


@pages.get("/<int:upload_id>")
def result(upload_id: int) -> AnyResponse:
    """Show what an import brought."""
    found = upload_for(viewer(), upload_id)
    if found["state"] in STEPS:
        return _onward(upload_id)
    return _result(found, "officers/import_result.html")


def _result(found: dict[str, Any], page: str, **values: Any) -> Response:
    number = found["import_no"]
    took = (found["ended_at"] - found["started_at"]).total_seconds() if found["ended_at"] else 0
    back = withdrawable(number) if number else None
    return render(
        page,
        upload=found,
        title=title_of(found["ledger"]),
        counts=found["counts"],
        took=max(1, round(took)),
        back=back,
        until=iso(back.until) if back else None,
        decides=decides(viewer(), found),
        **values,
    )


@pages.get("/<int:upload_id>/withdraw")
def confirm(upload_id: int) -> AnyResponse:
    """Say what a withdrawal would do, before it is done."""
    found = upload_for(viewer(), upload_id)
    if found["state"] != rules.DONE or not found["import_no"] or not decides(viewer(), found):
        return _onward(upload_id)
    return _result(found, "officers/import_withdraw.html")


@pages.post("/<int:upload_id>/withdraw")
def withdraw(upload_id: int) -> AnyResponse:
    """Take an import back."""
    try:
        uploads.take_back(viewer(), upload_id, rest=request.form.get("rest") == "yes")
    except RuleError as error:
        db.session.rollback()
        say(str(error), "amber")
        return back_to(url_for("importing.confirm", upload_id=upload_id))
    return back_to(url_for("importing.progress", upload_id=upload_id))
