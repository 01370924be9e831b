"""The forms of a first inquiry at an officer's desk: who asks, and what about."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from tiji.forms.fields import Phone
from tiji.i18n import N_
from tiji.portal.rules import MOST_ADDRESS, MOST_CONTENT, MOST_NAME, MOST_TITLE, phone_fault
from tiji.runtime import runtime


class ClientForm(Schema):
    """Ask who it is; without a phone nobody is known again."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(("citizen", "enterprise")),
        metadata={
            "label": N_("Client"),
            "kind": "radio",
            "choices": (("citizen", N_("A person")), ("enterprise", N_("A company"))),
        },
    )
    name = fields.String(
        required=True,
        validate=validate.Length(max=MOST_NAME),
        metadata={"label": N_("Name"), "autocomplete": "off"},
    )
    phone = fields.String(
        validate=validate.Length(max=40),
        metadata={"label": N_("Phone"), "kind": "tel", "autocomplete": "off"},
    )
    address = fields.String(
        validate=validate.Length(max=MOST_ADDRESS),
        metadata={"label": N_("Address"), "autocomplete": "off"},
    )

    @validates("phone")
    def check_phone(self, value: str, **_more: object) -> None:
        """Refuse what is no phone number."""
        if fault := phone_fault(value):
            raise ValidationError(fault)


class SubjectForm(Schema):
    """Ask what it is about, in the client's words."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=MOST_TITLE),
        metadata={"label": N_("In one line"), "autocomplete": "off"},
    )
    content = fields.String(
        required=True,
        validate=validate.Length(max=MOST_CONTENT),
        metadata={
            "label": N_("What the client says"),
            "hint": N_("What was asked before, where, and what the answer was"),
            "kind": "lines",
            "rows": 5,
        },
    )


def office_form(code: str) -> Schema | None:
    """Give all that a matter may ask, but its phone, which is asked once; nothing is required."""
    declared = runtime().plugins.matter(code)
    if declared is None or declared.form is None or declared.routine:
        return None
    return _without_phone(declared.form)


@cache
def _without_phone(form: type[Schema]) -> Schema:
    phones = [n for n, field in form().fields.items() if isinstance(field, Phone)][:1]
    return form(exclude=phones, partial=True)


def asked_first(form: Schema) -> set[str]:
    """Give the fields that a case lists as missing while they are empty."""
    return {name for name, field in form.fields.items() if field.required}


def duties(guidance: dict[str, str], typed: dict[str, Any]) -> dict[str, str]:
    """Give what the client was told of the three duties: what was ticked, else nothing."""
    return {
        name: str(typed.get(name) or guidance.get(name, ""))
        for name in ("who", "where", "contact")
        if typed.get(f"told_{name}")
    }
