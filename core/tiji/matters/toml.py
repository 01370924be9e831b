"""Read a bureau's matter list from its ``matters.toml``.

One ``[[matter]]`` table an entry::

    [[matter]]
    code = "petitions.land"            # <plugin>.<name>
    title = "征地补偿信访积案"
    department = "XFJ"
    audience = ["people"]              # enterprise, people
    category = "legacy"                # legacy, cross_department, no_precedent
    cause = "policy_change"            # legacy only
    fields_concerned = []              # cross_department: two or more
    pain_points = [{ kind = "gap", text = "…" }]   # gripe, pain, blockage, gap
    form = "LandForm"                  # a name that the plugin gives with load_matters
    routine = false                    # also: confidential, count_repeats
    guidance = { who = "…", where = "…", contact = "…" }
    limits = { 1 = 2, client = 15 }    # working days by station, and the client's clock
    titles = { 4 = "局长" }

A ladder of its own stands below it, one ``[[matter.ladder]]`` table a station (``role``,
``title``, ``limit_days``, ``may_refuse``, ``on_timeout``); ``entry`` names the entry station.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate

from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.matters.rules import check_matter
from tiji.plugins.types import Guidance, Matter
from tiji.stations.rules import (
    DEFAULT_LADDER,
    Ladder,
    OnTimeout,
    Role,
    Station,
    override_ladder,
)


class _GuidanceSchema(Schema):
    who = fields.String(required=True)
    where = fields.String(required=True)
    contact = fields.String(required=True)


class _PainPointSchema(Schema):
    kind = fields.String(required=True)
    text = fields.String(required=True)


class _StationSchema(Schema):
    role = fields.String(required=True, validate=validate.OneOf(get_args(Role)))
    title = fields.String(required=True)
    limit_days = fields.Integer(required=True, strict=True)
    may_refuse = fields.Boolean()
    on_timeout = fields.String(validate=validate.OneOf(get_args(OnTimeout)))


class _MatterSchema(Schema):
    code = fields.String(required=True)
    title = fields.String(required=True)
    department = fields.String(required=True)
    audience = fields.List(fields.String(), required=True)
    category = fields.String(required=True)
    guidance = fields.Nested(_GuidanceSchema, required=True)
    cause = fields.String()
    fields_concerned = fields.List(fields.String())
    pain_points = fields.List(fields.Nested(_PainPointSchema))
    form = fields.String()
    routine = fields.Boolean()
    confidential = fields.Boolean()
    count_repeats = fields.Boolean()
    ladder = fields.List(fields.Nested(_StationSchema))
    entry = fields.Integer(strict=True)
    limits = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True))
    titles = fields.Dict(keys=fields.String(), values=fields.String())


def load_matters(path: Path, forms: Mapping[str, type[Schema]] | None = None) -> tuple[Matter, ...]:
    """Read a matter list; ``forms`` are the schemas that it may name.

    Raises BadInputError that names the file, the matter and the key.
    """
    matters = []
    for index, entry in enumerate(_entries(path), 1):
        name = entry.get("code", f"#{index}") if isinstance(entry, dict) else f"#{index}"
        try:
            matter = _matter(entry, forms or {})
            check_matter(matter)
        except ValidationError as error:
            key, fault = _first_fault(error.messages)
            text = _("matter {code}: {key}: {fault}").format(code=name, key=key, fault=fault)
            raise BadInputError(f"{path.name}: {text}") from None
        except TijiError as error:
            raise BadInputError(f"{path.name}: {error}") from None
        matters.append(matter)
    return tuple(matters)


def _entries(path: Path) -> list[Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(
            _("{file} cannot be read: {error}").format(file=path.name, error=error)
        ) from None
    entries = data.pop("matter", None)
    if not isinstance(entries, list) or not entries or data:
        raise BadInputError(
            _("{file} must hold [[matter]] tables and nothing else.").format(file=path.name)
        )
    return entries


def _matter(entry: Any, forms: Mapping[str, type[Schema]]) -> Matter:
    data: dict[str, Any] = _MatterSchema().load(entry)
    form = data.pop("form", None)
    if form is not None and form not in forms:
        known = ", ".join(sorted(forms)) or "-"
        fault = _("there is no form {name}; known: {known}").format(name=form, known=known)
        raise ValidationError({"form": [fault]})
    pains = data.pop("pain_points", ())
    return Matter(
        audience=tuple(data.pop("audience")),
        guidance=Guidance(**data.pop("guidance")),
        fields_concerned=tuple(data.pop("fields_concerned", ())),
        pain_points=tuple((pain["kind"], pain["text"]) for pain in pains),
        form=None if form is None else forms[form],
        ladder=_ladder(data),
        **data,
    )


def _ladder(data: dict[str, Any]) -> Ladder:
    """Take the ladder's keys out of a matter's data and build what they say."""
    stations = data.pop("ladder", None)
    entry = data.pop("entry", 1)
    limits, titles = data.pop("limits", {}), data.pop("titles", {})
    for key, numbers in (("limits", set(limits) - {"client"}), ("titles", set(titles))):
        if not all(number.isdecimal() for number in numbers):
            raise ValidationError({key: [_("must be given by station number")]})
    if stations is None:
        ladder = Ladder(DEFAULT_LADDER.stations, entry)
    else:
        made = (Station(no, **station) for no, station in enumerate(stations, 1))
        ladder = Ladder(tuple(made), entry)
    client = limits.pop("client", ladder.client_limit_days)
    try:
        return override_ladder(ladder, {"limits": limits, "titles": titles, "client_limit": client})
    except TijiError as error:
        raise ValidationError({"ladder": [str(error)]}) from None


def _first_fault(messages: Any, where: str = "") -> tuple[str, str]:
    """Find the first fault in marshmallow's nested messages, with its dotted key."""
    if isinstance(messages, dict):
        key, inner = next(iter(messages.items()))
        return _first_fault(inner, f"{where}.{key}" if where else str(key))
    return where, messages[0] if isinstance(messages, list) else str(messages)
