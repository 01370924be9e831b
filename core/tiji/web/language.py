"""In which language a page speaks: asked for, remembered in a cookie, else as the browser says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from flask import Flask, Response, g, request
from flask_babel import Babel, gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from tiji.i18n import LANGUAGES, TRANSLATIONS, language, speaking
from tiji.runtime import runtime

COOKIE = "tiji_lang"
YEAR_S = 365 * 24 * 3600
#: What a browser may ask for, and the catalogue that answers.
KNOWN = {
    "zh": "zh_Hans",
    "zh-CN": "zh_Hans",
    "zh-Hans": "zh_Hans",
    "zh_Hans": "zh_Hans",
    "en": "en",
}


def add_languages(app: Flask) -> None:
    """Let every request speak its language, and join the plugins' catalogues to the core's."""
    with app.app_context():
        bureaus = runtime().plugins.bureaus().values()
        # The last one wins where two have the same text: no plugin changes the core's words.
        folders = [*(found for b in bureaus if (found := b.translations)), TRANSLATIONS]
    Babel(
        app,
        default_locale="zh_Hans",
        default_timezone="Asia/Shanghai",
        default_domain="tiji",
        default_translation_directories=";".join(str(folder) for folder in folders),
        locale_selector=spoken,
    )
    # In the old style a message is no format string: a "%" in it is a percent sign.
    quickly = _remembered(gettext)
    app.jinja_env.install_gettext_callables(quickly, ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = quickly
    app.before_request(_speak)
    app.after_request(_remember)
    app.teardown_request(_fall_silent)
    app.jinja_env.globals["lang"] = spoken
    app.jinja_env.globals["html_lang"] = lambda: "en" if spoken() == "en" else "zh-CN"


def _remembered(say: Callable[[str], str]) -> Callable[[str], str]:
    """Look each text up once in each language: a page says a hundred, and always the same."""
    known: dict[tuple[str, str], str] = {}

    def said(message: str) -> str:
        key = language(), message
        if key not in known:
            known[key] = say(message)
        return known[key]

    return said


def spoken() -> str:
    """Give the language of the request: one of LANGUAGES."""
    found: str = g.get("language", LANGUAGES[0])
    return found


def _speak() -> None:
    asked = KNOWN.get(request.args.get("lang", ""))
    kept = KNOWN.get(request.cookies.get(COOKIE, ""))
    liked = request.accept_languages.best_match(["zh-CN", "zh", "zh-Hans", "en"])
    g.language = asked or kept or KNOWN.get(liked or "") or language()
    g.asked_language = asked
    g.spoken = ExitStack()
    g.spoken.enter_context(speaking(g.language))


def _remember(response: Response) -> Response:
    if asked := g.get("asked_language"):
        remember(response, asked)
    return response


def remember(response: AnyResponse, language: str) -> AnyResponse:
    """Let the browser ask for one of LANGUAGES from now on."""
    response.set_cookie(COOKIE, language, max_age=YEAR_S, samesite="Lax", httponly=True)
    return response


def _fall_silent(_error: BaseException | None) -> None:
    if "spoken" in g:
        g.pop("spoken").close()
