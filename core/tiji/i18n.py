"""Messages in Chinese or English, chosen by the locale; English is the source text."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

TRANSLATIONS = Path(__file__).parent / "translations"
LOCALE_VARIABLES = ("TIJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
LANGUAGES = ("zh_Hans", "en")

_spoken: ContextVar[str | None] = ContextVar("tiji_language", default=None)


def language() -> str:
    """Return ``en`` or ``zh_Hans``: what the caller speaks, else the first locale variable set.

    Chinese is the house's first language, so anything that is not English (``C`` too) is Chinese.
    """
    if spoken := _spoken.get():
        return spoken
    for name in LOCALE_VARIABLES:
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "zh_Hans"
    return "zh_Hans"


@contextmanager
def speaking(language_code: str) -> Iterator[None]:
    """Speak one of LANGUAGES within the block, whatever the process's locale is."""
    token = _spoken.set(language_code)
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def _catalogue(language_code: str) -> gettext.NullTranslations:
    return gettext.translation("tiji", TRANSLATIONS, [language_code], fallback=True)


def translate_click() -> None:
    """Let click find its own words (usage, options, errors) in the same catalogue.

    Click asks the process's gettext, which knows LANGUAGE but not ``TIJI_LANG``.
    """
    gettext.bindtextdomain("tiji", str(TRANSLATIONS))
    gettext.textdomain("tiji")
    os.environ["LANGUAGE"] = language()


def _(message: str) -> str:
    """Translate a source text into the caller's language."""
    return _translate(language(), message)


@cache
def _translate(language_code: str, message: str) -> str:
    return _catalogue(language_code).gettext(message)


def N_(message: str) -> str:
    """Mark a source text that is translated where it is shown."""
    return message


def either(message: dict[str, str]) -> str:
    """Choose from a text that a plugin gives in both languages (``zh`` and ``en``)."""
    return message["en" if language() == "en" else "zh"]
