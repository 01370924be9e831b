"""Files of a case in the browser: brought, taken, removed; and drafts, kept while typing."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from flask import Flask
from tests.integration.cases import FIO, HEAD, STRANGER, opened
from tests.integration.files import DOCX, PDF, picture
from tests.web.officers import signed_in

from tiji.attachments import storage
from tiji.attachments.actions import attach
from tiji.db import db
from tiji.drafts.queries import draft_of
from tiji.drafts.rules import OFFICER, owner_of

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

PART = {"HX-Request": "true", "Accept": "text/html"}
PAGE = {"Accept": "text/html"}
NAME = "张某某 的“合同”.pdf"


def sent(*files: tuple[bytes, str], **more: str) -> dict[str, object]:
    """Give a form with files as a browser sends it."""
    return {"file": [(io.BytesIO(content), name) for content, name in files], **more}


@pytest.fixture
def number(web: Flask) -> str:
    """Give a case of the first-inquiry officer."""
    return opened()


@pytest.fixture
def added(number: str) -> int:
    """Give a file on it."""
    return attach(number, FIO, io.BytesIO(PDF), NAME)


def test_several_files_come_at_once_and_each_bad_one_says_why(web: Flask, number: str) -> None:
    browser = signed_in(web, FIO)
    files = sent((PDF, NAME), (b"MZ", "a.exe"), (picture(), "照片.jpg"), visible="handlers")
    answer = browser.post(f"/cases/{number}/attachments", data=files, headers=PART)
    assert answer.status_code == 200
    text = answer.text
    assert text.count("handlers only") == 2
    assert "a.exe is of no kind that is taken" in text
    assert text.index('role="alert"') < text.index(NAME)
    assert 'id="files"' in text
    assert "<html" not in text
    for files in (sent((b"MZ", "a.exe")), sent()):
        answer = browser.post(f"/cases/{number}/attachments", data=files, headers=PART)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)


def test_without_scripts_the_page_comes_back_with_what_happened(web: Flask, number: str) -> None:
    browser = signed_in(web, FIO)
    answer = browser.post(
        f"/cases/{number}/attachments", data=sent((PDF, NAME), (b"MZ", "a.exe")), headers=PAGE
    )
    assert (answer.status_code, answer.location) == (303, f"/cases/{number}#files")
    page = browser.get(f"/cases/{number}", headers=PAGE).text
    for said in ("a.exe is of no kind that is taken", "Added: 1.", NAME):
        assert said in page
    elsewhere = browser.post(
        f"/cases/{number}/attachments", data=sent(next="//evil.example"), headers=PAGE
    )
    assert elsewhere.location == f"/cases/{number}#files"


def test_a_download_is_saved_and_never_shown_as_a_page(web: Flask, number: str, added: int) -> None:
    answer = signed_in(web, HEAD).get(f"/cases/{number}/attachments/{added}")
    assert (answer.status_code, answer.data) == (200, PDF)
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E5%BC%A0%E6%9F%90" in headers["Content-Disposition"]


def test_all_files_come_as_one_archive_with_no_name_twice(web: Flask, number: str) -> None:
    for content in (PDF, PDF + b"2", DOCX):
        attach(number, FIO, io.BytesIO(content), "合同.pdf" if content != DOCX else "意见.docx")
    attach(number, FIO, io.BytesIO(PDF), "只给经办.pdf", handlers_only=True)
    answer = signed_in(web, HEAD).get(f"/cases/{number}/attachments.zip")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={number}.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "合同.pdf": PDF,
            "合同 (2).pdf": PDF + b"2",
            "意见.docx": DOCX,
        }


def test_what_is_not_for_me_looks_as_if_it_were_not_there(
    web: Flask, number: str, added: int
) -> None:
    secret = attach(number, FIO, io.BytesIO(DOCX), "b.docx", handlers_only=True)
    other = opened()
    head, stranger = signed_in(web, HEAD), signed_in(web, STRANGER)
    absent = plain(stranger.get("/nowhere", headers=PAGE).text, "/nowhere")
    for browser, path in (
        (stranger, f"/cases/{number}/attachments/{added}"),
        (stranger, f"/cases/{number}/attachments.zip"),
        (head, f"/cases/{number}/attachments/{secret}"),
        (head, f"/cases/{number}/attachments/{added + 99}"),
        (head, f"/cases/{other}/attachments/{added}"),
        (head, f"/cases/{other}/attachments.zip"),
    ):
        answer = browser.get(path, headers=PAGE)
        assert (answer.status_code, plain(answer.text, path)) == (404, absent), path
    for path in ("", f"/{added}/remove"):
        data = {} if path else sent((PDF, NAME))
        assert stranger.post(f"/cases/{number}/attachments{path}", data=data).status_code == 404
    assert web.test_client().get(f"/cases/{number}/attachments/{added}").status_code != 200


def plain(text: str, path: str) -> str:
    """Leave out of a page what every answer has of its own: where it is, and its token."""
    return re.sub(r'X-CSRFToken": "[^"]*"', "", text).replace(path, "")


def test_a_file_is_removed_by_who_may(web: Flask, number: str, added: int) -> None:
    path = f"/cases/{number}/attachments/{added}/remove"
    refused = signed_in(web, HEAD).post(path, headers=PAGE)
    assert refused.status_code == 422
    assert "only the principal" in refused.text
    mine = signed_in(web, FIO)
    answer = mine.post(path, headers=PART)
    assert answer.status_code == 200
    assert NAME not in answer.text
    assert mine.post(path, headers=PART).status_code == 404


def test_a_missing_file_is_said_and_nothing_breaks(
    web: Flask, number: str, added: int, caplog: pytest.LogCaptureFixture
) -> None:
    browser = signed_in(web, FIO)
    from tiji.attachments.model import AttachmentRow

    row = db.session.get(AttachmentRow, added)
    assert row
    storage.drop(row.sha256)
    db.session.rollback()
    for path in (f"/cases/{number}/attachments/{added}", f"/cases/{number}/attachments.zip"):
        answer = browser.get(path, headers=PAGE)
        assert answer.status_code == 422
        assert "Tell the administrator" in answer.text
    assert NAME not in caplog.text


def test_a_draft_is_kept_while_typing_and_for_its_writer(web: Flask, number: str) -> None:
    browser = signed_in(web, FIO)
    form = {
        "csrf_token": "x", "draft_key": f"{number}/escalate", "draft_seen": "1",
        "why": "缺备案", "way": ["一", "二"],
    }  # fmt: skip
    answer = browser.post("/drafts", data=form, headers=PART)
    assert answer.status_code == 200
    assert answer.text.strip() == "Draft kept today 09:00"
    kept = draft_of(owner_of(OFFICER, FIO), f"{number}/escalate")
    assert kept
    assert (kept.fields, kept.seen) == ({"why": ["缺备案"], "way": ["一", "二"]}, 1)
    db.session.rollback()
    gone = browser.post("/drafts/discard", data={**form, "next": f"/cases/{number}"})
    assert (gone.status_code, gone.location) == (303, f"/cases/{number}")
    assert draft_of(owner_of(OFFICER, FIO), f"{number}/escalate") is None


@pytest.mark.parametrize("key", ["", "../../x"])
def test_a_form_without_a_name_is_not_kept(web: Flask, key: str) -> None:
    answer = signed_in(web, FIO).post("/drafts", data={"draft_key": key, "a": "b"}, headers=PART)
    assert answer.status_code == 422
