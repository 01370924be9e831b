"""The forms that a client fills in: what it is about, who it is, and what a matter asks."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates

from tiji.forms.fields import IdentityNumber, Phone
from tiji.i18n import N_
from tiji.portal.rules import (
    MOST_ADDRESS,
    MOST_CONTENT,
    MOST_NAME,
    MOST_TITLE,
    TOLD_NO,
    code_fault,
    phone_fault,
)
from tiji.runtime import runtime


class WhatForm(Schema):
    """Ask in the client's own words what it is about, and who said no before."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=MOST_TITLE),
        metadata={
            "label": N_("In one line"),
            "hint": N_("For example: no title certificate for a flat bought in 2007"),
        },
    )
    content = fields.String(
        required=True,
        validate=validate.Length(max=MOST_CONTENT),
        metadata={
            "label": N_("In your own words"),
            "hint": N_(
                "What it is, whom you have asked, what they said. Leave out identity numbers."
            ),
            "kind": "lines",
            "rows": 7,
        },
    )
    told_no = fields.String(
        validate=validate.OneOf((*TOLD_NO, "")),
        metadata={
            "label": N_("Has anybody told you before that it cannot be done?"),
            "kind": "radio",
            "choices": (
                ("in_person", N_("Yes, face to face")),
                ("by_phone", N_("Yes, on the phone")),
                ("", N_("No, there just was no answer")),
            ),
        },
    )


class WhoForm(Schema):
    """Ask who brings it, and how to reach them."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(("citizen", "enterprise")),
        metadata={
            "label": N_("You are"),
            "kind": "radio",
            "choices": (
                ("citizen", N_("A person"), N_("It is about yourself or your family")),
                (
                    "enterprise",
                    N_("A company"),
                    N_("Its credit code helps, if it is at hand"),
                ),
            ),
        },
    )
    name = fields.String(
        required=True,
        validate=validate.Length(max=MOST_NAME),
        metadata={"label": N_("Your name, or the company's"), "autocomplete": "name"},
    )
    phone = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={
            "label": N_("Phone"),
            "hint": N_("We call this number about your case, and use it for nothing else."),
            "kind": "tel",
            "autocomplete": "tel",
        },
    )
    address = fields.String(
        validate=validate.Length(max=MOST_ADDRESS),
        metadata={
            "label": N_("Which estate or address is it about"),
            "autocomplete": "street-address",
        },
    )
    credit_code = fields.String(
        validate=validate.Length(max=40),
        metadata={"label": N_("The company's unified social credit code")},
    )

    @validates("phone")
    def check_phone(self, value: str, **_more: object) -> None:
        """Refuse what is no phone number."""
        if fault := phone_fault(value):
            raise ValidationError(fault)

    @validates("credit_code")
    def check_credit_code(self, value: str, **_more: object) -> None:
        """Refuse what is no credit code."""
        if fault := code_fault(value):
            raise ValidationError(fault)


def matter_form(code: str) -> Schema | None:
    """Give what a matter asks its client: what its cases would miss, and nothing that can wait.

    Identity numbers are not asked at this door; phones are asked once. Nothing missing blocks.
    """
    declared = runtime().plugins.matter(code)
    if declared is None or declared.form is None or declared.routine:
        return None
    asked = [
        name
        for name, field in declared.form().fields.items()
        if field.required and not isinstance(field, IdentityNumber | Phone)
    ]
    return declared.form(only=asked, partial=True) if asked else None


def contact_fields(code: str, phone: str) -> dict[str, str]:
    """Give the phone under the name by which a matter's form asks for it."""
    declared = runtime().plugins.matter(code)
    form = declared.form() if declared and declared.form and not declared.routine else None
    names = [n for n, field in form.fields.items() if isinstance(field, Phone)] if form else []
    return dict.fromkeys(names[:1], phone)


class LookUpForm(Schema):
    """Ask by what a case is found."""

    number = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={"label": N_("Number"), "hint": N_("Like TJ2026000417")},
    )
    secret = fields.String(
        required=True,
        validate=validate.Length(max=60),
        metadata={
            "label": N_("Query code, or the last four digits of your phone"),
            "hint": N_(
                "The code of your receipt shows everything. The phone shows the station and the "
                "light."
            ),
        },
    )


class LetterForm(Schema):
    """Ask for a client's words to an open case."""

    text = fields.String(
        required=True,
        validate=validate.Length(max=MOST_CONTENT),
        metadata={"label": N_("What you want to say"), "kind": "lines", "rows": 6},
    )


class RatingForm(Schema):
    """Ask whether a client is satisfied, and whether anybody said no."""

    grade = fields.String(
        required=True,
        validate=validate.OneOf(("5", "4", "3", "2", "1")),
        metadata={
            "label": N_("All in all"),
            "kind": "radio",
            "choices": (
                ("5", N_("Very satisfied")),
                ("4", N_("Satisfied")),
                ("3", N_("Fairly satisfied")),
                ("2", N_("Dissatisfied")),
                ("1", N_("Very dissatisfied")),
            ),
        },
    )
    told_no = fields.String(
        validate=validate.OneOf(("yes", "")),
        metadata={
            "label": N_("Did anybody tell you on the way that it cannot be done?"),
            "kind": "radio",
            "choices": (
                ("", N_("No")),
                ("yes", N_("Yes"), N_("The efficiency office looks into it")),
            ),
        },
    )
    text = fields.String(
        validate=validate.Length(max=MOST_CONTENT),
        metadata={"label": N_("What you want to say"), "kind": "lines", "rows": 4},
    )


class WithdrawalForm(Schema):
    """Ask why a client takes a case back."""

    text = fields.String(
        validate=validate.Length(max=MOST_CONTENT),
        metadata={"label": N_("Why you take it back"), "kind": "lines", "rows": 3},
    )
