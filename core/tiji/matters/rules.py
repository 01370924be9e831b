"""What every entry of a two-services matter list must say (requirements 1 and 4 to 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from marshmallow import Schema

from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.plugins.types import Audience, Category, Cause, Guidance, Matter
from tiji.stations.rules import Ladder, check_ladder

AUDIENCES: tuple[str, ...] = get_args(Audience)
CATEGORIES: tuple[str, ...] = get_args(Category)
CAUSES: tuple[str, ...] = get_args(Cause)
#: 槽点, 痛点, 堵点, 断点.
PAIN_POINTS = ("gripe", "pain", "blockage", "gap")


def check_matter(matter: Matter) -> None:
    """Raise BadInputError that names the matter and the key of its first fault."""
    for key, fault in matter_faults(matter):
        raise BadInputError(
            _("matter {code}: {key}: {fault}").format(code=matter.code, key=key, fault=fault)
        )


def matter_faults(matter: Matter) -> Iterator[tuple[str, str]]:
    """Give each fault of a matter as the key where it stands and what is wrong."""
    for key in ("code", "title", "department"):
        if not _is_text(getattr(matter, key)):
            yield key, _("must be a text that is not empty")
    yield from _scope_faults(matter)
    yield from _category_faults(matter)
    yield from _guidance_faults(matter.guidance)
    yield from _ladder_faults(matter.ladder)
    if matter.form is not None and not _is_schema(matter.form):
        yield "form", _("must be a marshmallow Schema class")


def _scope_faults(matter: Matter) -> Iterator[tuple[str, str]]:
    audience = matter.audience
    if not isinstance(audience, tuple) or not audience or set(audience) - set(AUDIENCES):
        yield "audience", _one_of(AUDIENCES)
    for point in matter.pain_points:
        if not isinstance(point, tuple) or len(point) != 2 or not _is_text(point[1]):
            yield "pain_points", _("each has a kind and a text")
        elif point[0] not in PAIN_POINTS:
            yield "pain_points", _one_of(PAIN_POINTS)
    for key in ("routine", "confidential", "count_repeats"):
        if not isinstance(getattr(matter, key), bool):
            yield key, _("must be true or false")


def _category_faults(matter: Matter) -> Iterator[tuple[str, str]]:
    """Check the category's own rules (requirements 9 to 11)."""
    if matter.category not in CATEGORIES:
        yield "category", _one_of(CATEGORIES)
    if matter.category == "legacy" and matter.cause not in CAUSES:
        yield "cause", _one_of(CAUSES)
    if matter.category != "legacy" and matter.cause is not None:
        yield "cause", _("only a legacy matter has a cause")
    concerned = matter.fields_concerned
    if not isinstance(concerned, tuple) or not all(map(_is_text, concerned)):
        yield "fields_concerned", _("must be a list of departments or fields")
    elif matter.category == "cross_department" and len(set(concerned)) < 2:
        yield (
            "fields_concerned",
            _("a cross-department matter names two or more departments or fields"),
        )


def _guidance_faults(guidance: object) -> Iterator[tuple[str, str]]:
    """Check that a client learns who, where and how (requirement 1)."""
    if not isinstance(guidance, Guidance):
        yield "guidance", _("must say who, where and contact")
        return
    for key in ("who", "where", "contact"):
        if not _is_text(getattr(guidance, key)):
            yield f"guidance.{key}", _("must be a text that is not empty")


def _ladder_faults(ladder: object) -> Iterator[tuple[str, str]]:
    if not isinstance(ladder, Ladder):
        yield "ladder", _("must be a Ladder")
        return
    try:
        check_ladder(ladder)
    except TijiError as error:
        yield "ladder", str(error)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_schema(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Schema)


def _one_of(names: tuple[str, ...]) -> str:
    return _("must be one of {names}").format(names=", ".join(names))
