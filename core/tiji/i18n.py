"""Messages in Chinese or English, chosen by the locale; English is the source text."""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path

TRANSLATIONS = Path(__file__).parent / "translations"
LOCALE_VARIABLES = ("TIJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """Return ``en`` or ``zh_Hans``: the first locale variable that is set decides.

    Chinese is the house's first language, so anything that is not English (``C`` too) is Chinese.
    """
    for name in LOCALE_VARIABLES:
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "zh_Hans"
    return "zh_Hans"


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


def either(message: dict[str, str]) -> str:
    """Choose from a text that a plugin gives in both languages (``zh`` and ``en``)."""
    return message["en" if language() == "en" else "zh"]
