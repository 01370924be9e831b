"""What the pages of administrators share: their place, and the page that asks once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from tiji.web.forms import FieldView
from tiji.web.pages import render

pages = Blueprint("administration", __name__, url_prefix="/administration")


def confirm(
    title: str,
    text: str,
    button: str,
    back: str,
    *,
    fields: Sequence[FieldView] = (),
    kept: Mapping[str, str] | None = None,
) -> AnyResponse:
    """Ask once more before what cannot be undone; the same address takes the answer.

    ``fields`` are asked besides; what stands in ``kept`` is sent again.
    """
    wrong = any(field.error for field in fields)
    return render(
        "officers/admin_confirm.html",
        422 if wrong else 200,
        title=title,
        text=text,
        button=button,
        back=back,
        fields=fields,
        kept=kept or {},
    )
