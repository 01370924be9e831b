"""Read the messages of core and of click, merge them into the Chinese catalogue, compile it.

Run it as ``scripts/translate``. Click asks for its own words in the same catalogue
(``tiji.i18n.translate_click``), so they are extracted too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

CORE = Path(__file__).parent.parent / "core" / "tiji"
LOCALE = "zh_Hans"
#: Messages stand in Python and in the pages' templates.
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
CATALOGUE = CORE / "translations" / LOCALE / "LC_MESSAGES" / "tiji.po"


def source_messages() -> Catalog:
    """Collect every message of the source, without the places where it stands."""
    found = Catalog(project="Tiji")
    for folder in (CORE, Path(click.__file__).parent):
        for _file, _line, message, _comments, context in extract_from_dir(
            folder, method_map=METHODS, comment_tags=()
        ):
            found.add(message, context=context)
    return found


def merged() -> Catalog:
    """Give the stored catalogue with the source's messages: new ones empty, old ones gone."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale=LOCALE, ignore_obsolete=True)
    catalogue.update(source_messages(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in messages(catalogue):
        if message.fuzzy:
            message.flags.discard("fuzzy")
            message.string = ""
    return catalogue


def messages(catalogue: Catalog) -> list[Message]:
    """Give a catalogue's messages without its header."""
    return [message for message in catalogue if message.id]


def texts(message: Message, of: str) -> list[str]:
    """Give a message's ``id`` or ``string`` as the list of its forms."""
    value = getattr(message, of)
    return list(value) if isinstance(value, tuple | list) else [value or ""]


def main() -> int:
    """Update and compile the catalogue; return 1 and list what is not translated."""
    catalogue = merged()
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, ignore_obsolete=True)
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    gaps = [m for m in messages(catalogue) if not all(texts(m, "string"))]
    for message in gaps:
        print(f"not translated: {texts(message, 'id')[0]!r}", file=sys.stderr)
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
