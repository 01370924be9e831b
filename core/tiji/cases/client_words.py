"""What clients wrote to their cases, put back into the log's events, where only a seal of it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tiji.cases.model import ClientWordRow
from tiji.db import db
from tiji.privacy import mask_text
from tiji.runtime import runtime

KIND = "client_wrote"


def with_words(case_id: int, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a case's events with what its client wrote; erased words stay out.

    Numbers of persons are masked, as in the case's own text.
    """
    if not any(event["kind"] == KIND for event in events):
        return events
    query = select(ClientWordRow.id, ClientWordRow.sealed).where(ClientWordRow.case_id == case_id)
    words = {word: runtime().cipher.open(sealed) for word, sealed in db.session.execute(query)}
    for event in events:
        if event["kind"] == KIND and (found := words.get(event["data"]["word"])):
            event["data"] = {**event["data"], "text": mask_text(found["text"])}
    return events
