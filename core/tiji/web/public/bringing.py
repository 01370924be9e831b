"""What somebody is bringing, from step to step: sealed on this side, under a word in the cookie."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import session
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from tiji.cases.form import form_context
from tiji.drafts.actions import discard_draft, save_draft
from tiji.drafts.queries import draft_of
from tiji.drafts.rules import VISITOR, owner_of
from tiji.forms.fields import cell_context
from tiji.portal.actions import new_token
from tiji.portal.rules import Submission
from tiji.portal.schemas import WhatForm, WhoForm, matter_form
from tiji.runtime import runtime
from tiji.web.forms import FieldView, form_view, read_sent

#: The next one at the same machine must not find what somebody left there.
IDLE = timedelta(hours=2)
KEY = "submit"
#: A matter's own fields are named so, beside those of every case.
OWN = "m-"
_COOKIE = "bring"


@dataclass(slots=True)
class Step:
    """Hold one form as it was filled in: the fields to show, what was read, whether it is right."""

    fields: list[FieldView]
    values: dict[str, Any]

    @property
    def wrong(self) -> bool:
        """Tell whether a field must be mended."""
        return any(field.error for field in self.fields)


@dataclass(slots=True)
class Bringing:
    """Know what one visitor has typed so far, field by field."""

    word: str
    token: str
    typed: dict[str, str] = field(default_factory=dict)

    def keep(self) -> None:
        """Keep it until it is sent."""
        said = {name: [text] for name, text in self.typed.items()}
        save_draft(owner_of(VISITOR, self.word), KEY, said)

    def forget(self) -> None:
        """Forget all of it, here and in the cookie."""
        discard_draft(owner_of(VISITOR, self.word), KEY)
        session.pop(_COOKIE, None)

    def say(self, sent: MultiDict[str, str], *schemas: Schema | None) -> None:
        """Take over what was sent of some forms."""
        for schema in schemas:
            prefix = OWN if _is_own(schema) else ""
            for name in schema.fields if schema else ():
                self.typed[prefix + name] = sent.get(prefix + name, "")

    def what(self, tell: bool = True) -> Step:
        """Read what it is about."""
        return self._step(WhatForm(), "", tell)

    def who(self, tell: bool = True) -> Step:
        """Read who brings it."""
        return self._step(WhoForm(), "", tell)

    def own(self, tell: bool = True) -> Step:
        """Read what the chosen matter asks."""
        form = matter_form(self.matter)
        return self._step(form, OWN, tell) if form else Step([], {})

    @property
    def matter(self) -> str:
        """The code of the matter that was chosen, or nothing."""
        return self.typed.get("matter", "")

    def _step(self, schema: Schema, prefix: str, tell: bool) -> Step:
        with cell_context(form_context()):
            values, typed, errors = read_sent(schema, MultiDict(self.typed), prefix)
            shown = {name.removeprefix(prefix): error for name, error in errors.items()}
            return Step(form_view(schema, typed, shown if tell else {}, prefix), values)

    def submission(self, matter: str) -> Submission:
        """Give what is sent in the end; every step must be right."""
        what, who, own = self.what(), self.who(), self.own()
        given = {name: self.typed[OWN + name] for name in own.values}
        return Submission(
            matter=matter,
            kind=who.values["kind"],
            name=who.values["name"].strip(),
            phone=who.values["phone"],
            title=what.values["title"].strip(),
            content=what.values["content"].strip(),
            address=who.values.get("address", ""),
            credit_code=who.values.get("credit_code", ""),
            told_no=what.values.get("told_no", ""),
            data=given,
            pending=self.word,
        )


def _is_own(schema: Schema | None) -> bool:
    return not isinstance(schema, WhatForm | WhoForm)


def bringing() -> Bringing:
    """Give what this visitor is bringing; a new beginning where there is none, or it is old."""
    now = runtime().clock.now()
    known = session.get(_COOKIE)
    if known and datetime.fromisoformat(known["at"]) > now - IDLE:
        session[_COOKIE] = {**known, "at": now.isoformat()}
        draft = draft_of(owner_of(VISITOR, known["word"]), KEY)
        typed = {name: texts[0] for name, texts in draft.fields.items()} if draft else {}
        return Bringing(known["word"], known["token"], typed)
    fresh = Bringing(secrets.token_hex(16), new_token())
    session[_COOKIE] = {"word": fresh.word, "token": fresh.token, "at": now.isoformat()}
    return fresh
