"""What a case carries: which files come in, what becomes of them, who may add, see and remove."""

from __future__ import annotations

import io
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask
from sqlalchemy import select
from tests.integration.cases import (
    FIO,
    HEAD,
    PRINCIPAL,
    STRANGER,
    do,
    go_to,
    in_status,
    kinds,
    last,
    opened,
    refused,
    shown,
)
from tests.integration.files import (
    DOCX,
    OFD,
    PDF,
    PLACE,
    XLSX,
    compound,
    package,
    picture,
)

from tiji.accounts.rules import Viewer
from tiji.attachments import storage
from tiji.attachments.actions import (
    accept_upload,
    attach,
    attach_as_client,
    bind_pending,
    clear_attachments,
    drop_pending,
    remove,
)
from tiji.attachments.model import AttachmentRow
from tiji.attachments.queries import (
    Attachment,
    attachment,
    attachments_of,
    pending_files,
    public_attachments,
)
from tiji.attachments.rules import (
    CSV,
    MOST_BYTES,
    MOST_FROM_CLIENT,
    MOST_IN_CASE,
    shown_name,
)
from tiji.attachments.rules import (
    PDF as PDF_TYPE,
)
from tiji.cases.queries import case_row
from tiji.clock import FixedClock
from tiji.db import db
from tiji.errors import AbsentError, RefusedFileError, RuleError, TijiError
from tiji.people import queries as people
from tiji.runtime import runtime

pytestmark = pytest.mark.usefixtures("no_files")


@pytest.fixture
def no_files(city: Path) -> None:
    """Begin without the files of the test before: the city's database is fresh."""
    for folder in ("attachments", "incoming"):
        shutil.rmtree(city / folder, ignore_errors=True)


ME = "a-random-word-of-one-visitor"


def given(content: bytes) -> IO[bytes]:
    """Give a file as a browser sends it."""
    return io.BytesIO(content)


def viewer(code: str, **more: Any) -> Viewer:
    """Say who looks."""
    seats = tuple(people.seats_of(code, runtime().clock.now()))
    department = seats[0].department
    return Viewer(code, code, department, seats=seats, **more)


def carried(number: str, code: str = FIO) -> list[Attachment]:
    """List what somebody finds on a case."""
    found = attachments_of(case_row(number), viewer(code))
    db.session.rollback()
    return found


def lying() -> list[Path]:
    """List the files that lie in the home."""
    home = runtime().settings.home
    places = [*(home / "attachments").rglob("*"), *(home / "incoming").rglob("*")]
    return [path for path in places if path.is_file()]


def test_a_file_lies_by_what_it_holds_and_the_log_says_so_without_its_name() -> None:
    number = opened()
    added = attach(number, FIO, given(PDF), "张三的购房合同.pdf")
    (found,) = carried(number)
    assert (found.id, found.name, found.media, found.size, found.by) == (
        *(added, "张三的购房合同.pdf", "application/pdf", len(PDF)),
        people.officer_names([FIO])[FIO],
    )
    (path,) = lying()
    assert path.relative_to(runtime().settings.home / "attachments").as_posix() == (
        f"{found.sha256[:2]}/{found.sha256[2:4]}/{found.sha256}"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with storage.opened(found.sha256) as file:
        assert file.read() == PDF
    said = last(number, "attached")
    assert said == {"attachment": added, "size": len(PDF), "type": "pdf"}


def test_the_same_content_lies_once_whoever_brings_it() -> None:
    one, other = opened(), opened()
    attach(one, FIO, given(PDF), "一.pdf")
    attach(other, FIO, given(PDF), "二.pdf")
    assert len(lying()) == 1
    assert [f.name for f in carried(one) + carried(other)] == ["一.pdf", "二.pdf"]


@pytest.mark.parametrize(
    ("content", "name", "media"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (DOCX, "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XLSX, "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (OFD, "a.ofd", "application/ofd"),
        (compound("Root Entry", "WordDocument"), "a.doc", "application/msword"),
        (compound("Root Entry", "Workbook"), "a.xls", "application/vnd.ms-excel"),
        ("说明，一二三\n".encode(), "a.txt", "text/plain"),
        ("姓名,事项\n".encode("gb18030"), "a.csv", "text/csv"),
    ],
)
def test_papers_are_known_by_what_they_hold(content: bytes, name: str, media: str) -> None:
    number = opened()
    attach(number, FIO, given(content), name)
    attach(number, FIO, given(content), "")
    first, other = carried(number)
    assert first.media == media
    assert (first.name, other.name.partition(".")[0]) == (name, "file")


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.pdf", "no kind"),
        (b"MZ\x90\0" + bytes(64), "a.pdf", "no kind"),
        (b"<html><script>alert(1)</script></html>", "a.html", "no kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "no kind"),
        (b"%!PS-Adobe\0", "a.txt", "no kind"),
        (package("a.txt"), "a.zip", "archive"),
        (package("word/document.xml", "word/vbaProject.bin"), "a.docx", "macros"),
        (compound("Workbook", "_VBA_PROJECT"), "a.xls", "macros"),
        (compound("EncryptedPackage"), "a.docx", "password"),
        (package("word/document.xml", content=bytes(2 << 20)), "a.docx", "unpacks"),
        (package(*(f"p{n}" for n in range(4001))), "a.docx", "unpacks"),
        (DOCX[:-30], "a.docx", "damaged"),
        (b"\0\0\0\x18ftypheic" + bytes(64), "a.heic", "HEIC"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "a.jpg", "picture"),
        (bytes(MOST_BYTES) + b"x", "a.pdf", "20 MB"),
    ],
    ids=[
        *("empty", "program", "html", "svg", "binary text", "zip", "docx macros", "xls macros"),
        *("password", "steep", "many parts", "cut", "heic", "no picture", "too large"),
    ],
)
def test_what_is_not_taken_says_what_to_do_and_leaves_nothing(
    content: bytes, name: str, says: str
) -> None:
    number = opened()
    with pytest.raises(RefusedFileError, match=says) as caught:
        attach(number, FIO, given(content), f"..\\x/{name}")
    assert str(caught.value).startswith(name)
    assert (carried(number), lying(), kinds(number)[-1]) == ([], [], "case_opened")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_tells_no_more_than_what_is_seen(kind: str) -> None:
    from PIL import Image

    number = opened()
    attach(number, FIO, given(picture(kind)), "照片")
    (found,) = carried(number)
    with storage.opened(found.sha256) as file:
        content = file.read()
    assert len(content) == found.size
    assert PLACE.encode() not in content
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size, dict(image.getexif())) == (kind, (60, 40), {})
    assert is_red(image, (5, 5))


def test_a_turned_picture_stands_upright() -> None:
    from PIL import Image

    number = opened()
    attach(number, FIO, given(picture(turned=True)), "照片.jpg")
    with storage.opened(carried(number)[0].sha256) as file:
        image = Image.open(file)
        assert image.size == (40, 60)
        assert is_red(image, (20, 5)), "what was left is on top"


def is_red(image: Any, at: tuple[int, int]) -> bool:
    """Tell whether a picture is red at a point."""
    red, _green, blue = image.convert("RGB").getpixel(at)
    return bool(red > 200 > blue)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("合同.pdf", "合同.pdf"),
        ("C:\\\\资料\\\\合同.PDF", "合同.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("多行\r\n名\t字\0.pdf", "多行 名 字.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "_img src=x onerror=alert(1)_.pdf"),
        ("340705190001010007张某.pdf", "340*************07张某.pdf"),
        (". .pdf", "file.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_shown_and_cannot_mislead(name: str, shown: str) -> None:
    assert shown_name(name, PDF_TYPE) == shown
    assert shown_name("a.txt", CSV) == "a.txt.csv"


def test_parties_add_files_and_nobody_else() -> None:
    number = opened()
    with pytest.raises(RuleError) as caught:
        attach(number, STRANGER, given(PDF), "a.pdf")
    assert caught.value.rule == "not-a-party"
    assert lying() == [], "nor does the file stay"
    closed = in_status("withdrawn")
    with pytest.raises(RuleError, match="not possible now"):
        attach(closed, FIO, given(PDF), "a.pdf")


def test_a_file_for_handlers_is_not_there_for_others() -> None:
    number = opened()
    secret = attach(number, FIO, given(PDF), "身份证.pdf", handlers_only=True)
    attach(number, FIO, given(DOCX), "意见.docx", public=True)
    assert [f.name for f in carried(number)] == ["身份证.pdf", "意见.docx"]
    assert [f.name for f in carried(number, HEAD)] == ["意见.docx"]
    assert [f.name for f in public_attachments(case_row(number)["id"])] == ["意见.docx"]
    assert attachment(number, secret, viewer(FIO)).name == "身份证.pdf"
    for other, code in ((secret, HEAD), (secret, STRANGER), (secret + 99, FIO)):
        with pytest.raises(AbsentError):
            attachment(number, other, viewer(code))
    with pytest.raises(AbsentError):
        attachment(opened(), secret, viewer(FIO))


def test_who_added_it_removes_it_the_same_day_then_the_principal() -> None:
    number = opened()
    added = attach(number, FIO, given(PDF), "a.pdf")
    with pytest.raises(RuleError, match="principal"):
        remove(number, HEAD, added)
    remove(number, FIO, added)
    assert carried(number) == []
    assert last(number, "attachment_removed") == {"attachment": added}
    with pytest.raises(AbsentError):
        remove(number, FIO, added)
    added = attach(number, FIO, given(PDF), "a.pdf")
    go_to("2026-11-24T09:00")
    with pytest.raises(RuleError, match="same day"):
        remove(number, FIO, added)
    remove(number, PRINCIPAL, added)
    assert carried(number) == []


def test_ones_own_file_is_no_conflict_but_anybody_elses_is() -> None:
    number = opened()
    seen = shown(number)["version"]
    attach(number, FIO, given(PDF), "a.pdf")
    do(number, "take", FIO, seen=seen)
    seen = shown(number)["version"]
    attach_as_client(number, given(PDF), "a.pdf")
    with pytest.raises(TijiError, match="file added"):
        do(number, "complete", FIO, seen=seen)


def test_what_comes_before_the_case_is_bound_to_it_once() -> None:
    for name in ("一.pdf", "二.pdf", "三.pdf"):
        accept_upload(given(PDF), name, ME)
    other = accept_upload(given(DOCX), "别人.docx", "another-word")
    first, second, _third = pending_files(ME)
    drop_pending(ME, second.id)
    drop_pending(ME, other)
    kept = db.session.scalars(select(AttachmentRow.pending_key)).all()
    assert not {ME, "another-word"} & set(kept)
    db.session.rollback()
    number = opened(actor=None, channel="web")
    assert bind_pending(ME, number) == 2
    assert bind_pending(ME, number) == 0
    found = public_attachments(case_row(number)["id"])
    assert (found[0].id, found[0].name, found[0].from_client) == (first.id, "一.pdf", True)
    assert [f.name for f in carried(number)] == ["一.pdf", "三.pdf"]
    assert kinds(number)[-2:] == ["attached", "attached"]
    assert (pending_files(ME), len(pending_files("another-word"))) == ([], 1)


def test_a_client_brings_ten_files_and_a_case_carries_fifty() -> None:
    for n in range(MOST_FROM_CLIENT):
        accept_upload(given(PDF), f"{n}.pdf", ME)
    with pytest.raises(RuleError, match="10 files"):
        accept_upload(given(PDF), "one more.pdf", ME)
    number = opened()
    bind_pending(ME, number)
    with pytest.raises(RuleError, match="10 files"):
        attach_as_client(number, given(PDF), "one more.pdf")
    for n in range(MOST_IN_CASE - MOST_FROM_CLIENT):
        attach(number, FIO, given(PDF), f"{n}.pdf")
    with pytest.raises(RuleError, match="50 files"):
        attach(number, FIO, given(OFD), "one more.ofd")
    assert len(carried(number)) == MOST_IN_CASE
    assert len(lying()) == 1


def later(**by: int) -> None:
    """Move the clock."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**by))


def test_files_go_when_their_case_never_came_or_they_were_removed_long_ago() -> None:
    number = opened()
    removed = attach(number, FIO, given(PDF), "a.pdf")
    attach(number, FIO, given(DOCX), "b.docx")
    remove(number, FIO, removed)
    accept_upload(given(OFD), "c.ofd", ME)
    assert clear_attachments() == 0
    later(hours=25)
    assert clear_attachments() == 1, "the one whose case never came"
    assert clear_attachments() == 0
    later(days=30)
    assert clear_attachments() == 1
    assert [path.name for path in lying()] == [carried(number)[0].sha256]


def test_a_file_that_nobody_names_goes_within_some_days() -> None:
    number = opened()
    attach(number, FIO, given(DOCX), "b.docx")
    home = runtime().settings.home
    stray = home / "attachments" / "ab" / "cd" / ("abcd" + "0" * 60)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(PDF)
    turns = 0
    while stray.exists():
        clear_attachments()
        later(hours=1)
        turns += 1
        assert turns <= 256
    assert len(lying()) == 1


def test_erasing_a_case_takes_its_files_too() -> None:
    number = opened()
    attach(number, FIO, given(PDF), "张三.pdf")
    do(number, "withdraw", STRANGER)
    do(number, "erase", PRINCIPAL)
    assert carried(number) == []
    assert db.session.scalars(select(AttachmentRow.name)).all() == [""]
    db.session.rollback()
    assert clear_attachments() == 1
    assert lying() == []
    refused("status", number, "comment", FIO)


def test_a_scanner_keeps_viruses_out_and_is_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dataclasses import replace

    def scanner(code: int) -> None:
        command = tmp_path / f"scan{code}"
        command.write_text(f'#!/bin/sh\ntest -s "$1" || exit 9\nexit {code}\n', "utf-8")
        command.chmod(0o700)
        settings = replace(runtime().settings, scan_command=str(command))
        monkeypatch.setattr(runtime(), "settings", settings)

    number = opened()
    attach(number, FIO, given(PDF), "a.pdf")
    scanner(0)
    attach(number, FIO, given(DOCX), "b.docx")
    assert [f.scanned_at for f in carried(number)] == [None, runtime().clock.now()]
    scanner(1)
    with pytest.raises(RefusedFileError, match=r"c\.pdf holds a virus"):
        attach(number, FIO, given(PDF + b" "), "c.pdf")
    scanner(2)
    with pytest.raises(TijiError, match="cannot be checked"):
        attach(number, FIO, given(PDF + b" "), "c.pdf")
    assert len(carried(number)) == len(lying()) == 2


def test_files_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dataclasses import replace

    number = opened()
    for where in (str(tmp_path / "share"), f"file://{tmp_path}/other", "memory://files"):
        settings = replace(runtime().settings, attachments=where)
        monkeypatch.setattr(runtime(), "settings", settings)
        added = attach(number, FIO, given(PDF), "a.pdf")
        with storage.opened(attachment(number, added, viewer(FIO)).sha256) as file:
            assert file.read() == PDF
        found = carried(number)[0].sha256
        assert storage.kept_under(found[:2]) == [found]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [found, found]
    storage.drop(found)
    assert not storage.is_kept(found)
    assert lying() == []


def test_who_clears_up_takes_no_file_that_somebody_adds_again(city_app: Flask) -> None:
    """Two bring and take back the same content again and again; no row is ever without its file."""
    missing: list[str] = []

    def bring(word: str) -> None:
        with city_app.app_context():
            for _turn in range(15):
                added = accept_upload(given(PDF), "a.pdf", word)
                missing.extend(
                    file.name for file in pending_files(word) if not storage.is_kept(file.sha256)
                )
                drop_pending(word, added)

    with ThreadPoolExecutor(2) as together:
        list(together.map(bring, ("one-word", "another-word")))
    assert missing == []
    assert lying() == []
