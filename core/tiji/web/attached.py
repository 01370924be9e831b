"""Files of a case, to bring and to take; and what is typed, kept until it is sent."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import IO, Any

from flask import Blueprint, Response, request, send_file, stream_with_context
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from tiji.attachments import storage
from tiji.attachments.actions import attach
from tiji.attachments.actions import remove as remove_file
from tiji.attachments.queries import Attachment, attachment, attachments_of, may_attach
from tiji.cases.sight import seen_case
from tiji.clock import local
from tiji.drafts.actions import discard_draft, save_draft
from tiji.drafts.rules import OFFICER, owner_of
from tiji.errors import AbsentError, BadInputError, TijiError
from tiji.i18n import _
from tiji.logs import Log
from tiji.web.pages import back_to, is_fragment, local_path, render, say
from tiji.web.viewer import viewer

pages = Blueprint("attached", __name__)
log = Log(__name__)

#: What a browser may do with a file that somebody brought (S18).
SANDBOX = "sandbox; default-src 'none'"
#: Fields of a form that are no words of its writer.
NO_WORDS = frozenset({"csrf_token", "draft_key", "draft_seen", "next"})


@pages.post("/cases/<number>/attachments")
def add(number: str) -> AnyResponse:
    """Add the files that were chosen; each that is not taken says why, the others stay."""
    case = seen_case(number, viewer())
    chosen = [file for file in request.files.getlist("file") if file.filename]
    wrong = [] if chosen else [_("Choose at least one file.")]
    wrong += [said for file in chosen if (said := _add(case["number"], file))]
    if is_fragment():
        return _files(case["number"], wrong, 422 if len(wrong) >= len(chosen) else 200)
    for text in wrong:
        say(text, "red")
    if added := len(chosen) - len(wrong):
        say(_("Added: {count}.").format(count=added))
    return back_to(_case_page(case["number"]))


def _add(number: str, file: FileStorage) -> str:
    """Add one file; give what is wrong with it, in words, or nothing."""
    try:
        attach(
            number,
            viewer().code,
            file.stream,
            file.filename or "",
            handlers_only=request.form.get("visible") == "handlers",
            public=request.form.get("visible") == "public",
        )
    except AbsentError:
        raise
    except TijiError as error:
        return str(error)
    return ""


def _files(number: str, wrong: Iterable[str] = (), status: int = 200) -> Response:
    """Give the list of a case's files anew."""
    case = seen_case(number, viewer())
    return render(
        "officers/_files.html",
        status,
        case=case,
        files=attachments_of(case, viewer()),
        may_add=may_attach(case, viewer()),
        wrong=list(wrong),
    )


def _case_page(number: str) -> str:
    return local_path(request.form.get("next"), f"/cases/{number}#files")


@pages.get("/cases/<number>/attachments/<int:attachment_id>")
def download(number: str, attachment_id: int) -> Response:
    """Give a file as a download, to whoever may open it."""
    return send_attachment(attachment(number, attachment_id, viewer()))


def send_attachment(file: Attachment) -> Response:
    """Answer with a file that its asker may open: always to be saved, never shown as a page."""
    response = send_file(
        _opened(file), mimetype=file.media, as_attachment=True, download_name=file.name
    )
    response.content_length = file.size
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _opened(file: Attachment) -> IO[bytes]:
    try:
        return storage.opened(file.sha256)
    except FileNotFoundError:
        log.error("attachment is missing", attachment=file.id, sha256=file.sha256)
        raise TijiError(
            _("This file cannot be read just now. Tell the administrator its number: {id}.").format(
                id=file.id
            )
        ) from None


@pages.get("/cases/<number>/attachments.zip")
def download_all(number: str) -> Response:
    """Give all files of a case that its viewer may open, packed while they are sent."""
    case = seen_case(number, viewer())
    files = attachments_of(case, viewer())
    if not files:
        raise AbsentError(_("This file is not there any more."))
    for file in files:
        _opened(file).close()  # what is missing is said now, not in the middle of the archive
    response = Response(stream_with_context(_zipped(files)), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{case['number']}.zip")
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


class _Outlet(RawIOBase):
    """Take what an archive writes, until it is sent on."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Give what was written since it was last asked."""
        whole = b"".join(self._waiting)
        self._waiting.clear()
        return whole


def _zipped(files: Iterable[Attachment]) -> Iterator[bytes]:
    outlet, taken = _Outlet(), set[str]()
    # Pictures and papers are packed already.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(_free_name(file.name, taken), local(file.at).timetuple()[:6])
            with _opened(file) as source, archive.open(entry, "w") as target:
                while block := source.read(1 << 18):
                    target.write(block)
                    yield outlet.taken()
    yield outlet.taken()


def _free_name(name: str, taken: set[str]) -> str:
    """Give a name that no other file of the archive has."""
    stem, dot, ending = name.rpartition(".")
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{stem} ({count}){dot}{ending}"
    taken.add(found)
    return found


@pages.post("/cases/<number>/attachments/<int:attachment_id>/remove")
def remove(number: str, attachment_id: int) -> AnyResponse:
    """Remove a file that its viewer may open and take away."""
    found = attachment(number, attachment_id, viewer())
    remove_file(number, viewer().code, found.id)
    if is_fragment():
        return _files(number)
    say(_("{name} was removed.").format(name=found.name))
    return back_to(_case_page(number))


@pages.post("/drafts")
def keep() -> AnyResponse:
    """Keep what stands in a form; the form itself is not sent."""
    at = save_draft(_owner(), request.form.get("draft_key", ""), _typed(), _seen())
    if is_fragment():
        return render("officers/_saved.html", 200, at=at)
    say(_("The draft is kept for 30 days, for you alone."))
    return back_to(local_path(request.form.get("next"), "/"))


@pages.post("/drafts/discard")
def discard() -> AnyResponse:
    """Forget what was typed into a form."""
    discard_draft(_owner(), request.form.get("draft_key", ""))
    if is_fragment():
        return render("officers/_saved.html", 200, at=None)
    say(_("The draft is gone."))
    return back_to(local_path(request.form.get("next"), "/"))


def _owner() -> str:
    return owner_of(OFFICER, viewer().code)


def _typed() -> dict[str, list[str]]:
    return {name: texts for name, texts in request.form.lists() if name not in NO_WORDS}


def _seen() -> int | None:
    text = request.form.get("draft_seen", "")
    if text and not text.isdigit():
        raise BadInputError(_("This form has no name by which a draft could be kept."))
    return int(text) if text else None
