"""The shape of the organisation file's entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate, validates_schema

from tiji.i18n import _
from tiji.people.organisation import LEADERS
from tiji.people.yaml_lines import Fault, Place

KINDS = (LEADERS, "bureau", "district", "party_body", "township", "other")


class WholeNumber(fields.Integer):
    """A whole number written as one: no text, no fraction, no yes or no."""

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class YesNo(fields.Boolean):
    """``true`` or ``false``, nothing that merely looks like it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def _code(**options: Any) -> fields.String:
    pattern = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z", error="bad code")
    return fields.String(validate=pattern, **options)


def _office_code() -> fields.String:
    """Read the code of a department or section, which every case and stay of it carries."""
    pattern = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}\Z", error="bad office code")
    return fields.String(validate=pattern, required=True)


def _name(**options: Any) -> fields.String:
    pattern = validate.Regexp(r"^(?=.*\S).{1,100}\Z", error="bad name")
    return fields.String(validate=pattern, **options)


def _list(item: fields.Field[Any]) -> fields.List[Any]:
    return fields.List(item, load_default=None, allow_none=True)


class EntrySchema(Schema):
    """What every entry may carry: the first and the last day on which it counts."""

    class Meta:
        unknown = RAISE

    starts = fields.Date(data_key="from", format="%Y-%m-%d", load_default=None, allow_none=True)
    until = fields.Date(format="%Y-%m-%d", load_default=None, allow_none=True)


class FileSchema(Schema):
    """The top of the file; departments and leave are read one by one."""

    class Meta:
        unknown = RAISE

    city = _name(load_default="")
    departments = fields.List(fields.Raw(), required=True, validate=validate.Length(min=1))
    leave = _list(fields.Raw())


class GuidanceSchema(Schema):
    """Who is in charge, where to go, how to make contact (requirement 1)."""

    class Meta:
        unknown = RAISE

    who = fields.String()
    where = fields.String()
    contact = fields.String()


class OverrideSchema(Schema):
    """A department's own values; whatever else it reaches for is judged by the ladder's law."""

    class Meta:
        unknown = INCLUDE

    limits = fields.Dict(WholeNumber(), WholeNumber(validate=validate.Range(min=1)))
    titles = fields.Dict(WholeNumber(), _name())
    client_limit = WholeNumber(validate=validate.Range(min=1))
    guidance = fields.Nested(GuidanceSchema)


class DepartmentSchema(EntrySchema):
    """A department; its sections and officers are read one by one."""

    code = _office_code()
    name = _name(required=True)
    short_names = _list(_name())
    aliases = _list(_name())
    kind = fields.String(validate=validate.OneOf(KINDS), load_default="bureau")
    parent = _code(load_default=None, allow_none=True)
    successor = _code(load_default=None, allow_none=True)
    overrides = fields.Dict(
        fields.String(), fields.Nested(OverrideSchema), load_default=None, allow_none=True
    )
    sections = _list(fields.Raw())
    officers = _list(fields.Raw())


class SectionSchema(EntrySchema):
    """A section of the department around it."""

    code = _office_code()
    name = _name(required=True)


class OfficerSchema(EntrySchema):
    """An officer of the department around; the posts are read one by one."""

    code = _code(required=True)
    name = _name(required=True)
    posts = _list(fields.Raw())


class PostSchema(EntrySchema):
    """A post; without ``department`` it is in the officer's own."""

    station = WholeNumber(required=True, validate=validate.Range(min=1, max=5))
    department = _code()
    section = _code()
    sections = _list(_code())
    duty = YesNo(load_default=False)
    acting = YesNo(load_default=False)
    portfolio = _list(_code())
    default_leader = YesNo(data_key="default", load_default=False)

    @validates_schema(skip_on_field_errors=False)
    def one_way(self, data: Mapping[str, Any], **_options: Any) -> None:
        """Refuse ``section`` beside ``sections``."""
        if "section" in data and data.get("sections") is not None:
            raise ValidationError("section twice", "section")


class LeaveSchema(EntrySchema):
    """A leave; without ``acting`` the seat is vacant meanwhile."""

    officer = _code(required=True)
    acting = _code(load_default=None, allow_none=True)
    starts = fields.Date(data_key="from", format="%Y-%m-%d", required=True)
    until = fields.Date(format="%Y-%m-%d", required=True)


def load_entry(schema: Schema, raw: Any, place: Place) -> dict[str, Any] | list[Fault]:
    """Read one entry; give its values, or what is wrong with it."""
    try:
        return cast("dict[str, Any]", schema.load(raw))
    except ValidationError as error:
        keys = sorted(field.data_key or name for name, field in schema.fields.items())
        return list(_faults(error.messages, place, keys))


def _faults(messages: Any, place: Place, keys: list[str]) -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            inside = place if key in ("_schema", "key", "value") else (*place, key)
            yield from _faults(inner, inside, keys)
        return
    for message in messages:
        words = _in_words(str(message), keys)
        named = place and isinstance(place[-1], str)
        yield Fault(place, f"{place[-1]}: {words}" if named else words)


def _in_words(message: str, keys: list[str]) -> str:
    """Say in the house's words what marshmallow found."""
    known = {
        "Missing data for required field.": _("is missing; this entry needs it"),
        "Field may not be null.": _("must not be empty"),
        "Unknown field.": _("is no known key; this entry may have {keys}"),
        "Not a valid string.": _("must be text (put it in quotes)"),
        "Not a valid integer.": _("must be a whole number"),
        "Not a valid boolean.": _("must be true or false"),
        "Not a valid date.": _("must be a date like 2026-11-23"),
        "Not a valid list.": _("must be a list"),
        "Not a valid mapping type.": _("must be a mapping of keys to values"),
        "Invalid input type.": _("must be a mapping of keys to values"),
        "Shorter than minimum length 1.": _("must not be empty"),
        "bad code": _("must be a code of up to 64 letters, digits, - _ and ."),
        "bad office code": _("must be a code of up to 40 letters, digits, - _ and ."),
        "bad name": _("must be one line of 1 to 100 characters"),
        "section twice": _("write either section or sections"),
    }
    return known.get(message, message).replace("{keys}", ", ".join(keys))
