"""Masks: how names, identity numbers, phones and addresses are shown by default (S34)."""

from __future__ import annotations

import re

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{13}(\d[\dXx])(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
#: Few texts hold any such number: one quick look spares the others two substitutions.
_NUMBER = re.compile(r"1[3-9]\d[ -]?\d{4}|\d{16}")
_DOOR = re.compile(r"[0-9]+(\s*(?:号楼|幢|栋|座|单元|号房|室))")
_WIDE = re.compile("[０-９]")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
#: What stands between the names of several people.
SEVERAL = re.compile(r"[、,，;；/]")


def mask_name(name: str, kind: str = "citizen") -> str:
    """Show the family name only; a company's name is no personal data and stays."""
    if kind != "citizen" or name in ("", "匿名"):
        return name
    people = [person.strip() for person in SEVERAL.split(name)]
    return "、".join(
        person[0] + "某" * min(max(len(person) - 1, 1), 2) for person in people if person
    )


def mask_text(text: str) -> str:
    """Mask identity numbers and mobile phones that stand inside a text."""
    plain = text.translate(_DIGITS) if _WIDE.search(text) else text
    if not _NUMBER.search(plain):
        return text
    return _MOBILE.sub(r"\1****\2", _IDENTITY.sub(r"\1*************\2", plain))


def mask_places(text: str) -> str:
    """Mask the numbers of buildings, units and rooms inside a text: they lead to a door."""
    return _DOOR.sub(r"*\1", text)


def mask_value(value: object, keep: int = 0) -> str:
    """Mask one personal value: of a number its ends stay, of a text its first ``keep`` signs."""
    text = str(value)
    if (masked := mask_text(text)) != text:
        return masked
    if text[-4:].isdigit() and len(text) > 7 and not keep:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return text[:keep] + "***"
