"""Send a notice by mail: what happened and which case, no name and nothing of what was written."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTP, SMTP_SSL, SMTPException

from sqlalchemy import select

from tiji.cases.model import CaseRow
from tiji.db import db
from tiji.errors import TijiError
from tiji.i18n import _
from tiji.jobs.rules import Job
from tiji.notices.channel import SEALED_PORT, Channel, read_channel
from tiji.notices.model import NoticeRow
from tiji.notices.queries import choice
from tiji.notices.rules import require_address, require_one_line
from tiji.notices.words import said
from tiji.runtime import runtime

#: A server that says nothing for so long does not take the mail.
PATIENCE_S = 20.0


class NotSentError(TijiError):
    """Say that the mail server did not take a mail; it is tried again."""


def send_notice(job: Job) -> None:
    """Mail a notice, unless it was read, or taken back, in the meantime."""
    found = db.session.execute(
        select(NoticeRow.__table__, CaseRow.number)
        .outerjoin(CaseRow, CaseRow.id == NoticeRow.case_id)
        .where(NoticeRow.id == job.payload["notice"])
    ).one_or_none()
    if found is None or found.read_at is not None:
        return
    address = choice(found.officer).mail
    db.session.rollback()
    if address:
        subject = said(found.kind, found.number or "", found.data)
        send(address, subject, _address_of(found.number), job.key)


def _address_of(number: str | None) -> str:
    """Say where to read more; the page asks who wants to."""
    url = runtime().settings.url
    if not url:
        return _("Sign in to read more.")
    path = f"/cases/{number}" if number else "/notices"
    return _("Sign in to read more: {url}").format(url=url.rstrip("/") + path)


def send(address: str, subject: str, text: str, key: str = "") -> None:
    """Send a mail by the city's channel; raise NotSentError where it was not taken.

    ``key`` makes the letter's own id, by which a second copy is known.
    """
    channel = read_channel(runtime().settings.notify_url)
    letter = EmailMessage()
    letter["From"], letter["To"] = channel.sender, require_address(address)
    letter["Subject"] = require_one_line(subject)
    letter["Date"] = format_datetime(runtime().clock.now())
    name = runtime().cipher.index("mail", key or subject, address)
    letter["Message-ID"] = f"<{name}@{channel.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    try:
        with _connected(channel) as server:
            server.send_message(letter)
    except (OSError, SMTPException):
        # What the server said may quote an address (S36).
        raise NotSentError(_("The mail server did not take a mail.")) from None


@contextmanager
def _connected(channel: Channel) -> Iterator[SMTP]:
    """Connect as the channel says: sealed from the first byte, from a command on, or not at all."""
    trust = ssl.create_default_context() if channel.sealed else None
    if trust and channel.port == SEALED_PORT:
        server: SMTP = SMTP_SSL(channel.host, channel.port, timeout=PATIENCE_S, context=trust)
    else:
        server = SMTP(channel.host, channel.port, timeout=PATIENCE_S)
    with server:
        if trust and channel.port != SEALED_PORT:
            server.starttls(context=trust)
        if channel.user:
            server.login(channel.user, channel.password)
        yield server
