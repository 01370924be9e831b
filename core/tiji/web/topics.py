"""The pages that plugins add: under their own name, behind a rule each, their faults kept in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from tiji.db import let_go
from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.logs import Log
from tiji.plugins.types import PageRule, Pages, Topic
from tiji.runtime import runtime
from tiji.web.access import anyone
from tiji.web.navigation import Entry
from tiji.web.pages import render
from tiji.web.viewer import NotSignedInError, officers, viewer

log = Log(__name__)

#: What is the core's to answer, whichever page it comes from.
_CORES = (HTTPException, TijiError, NotSignedInError, DBAPIError)
#: Counts above this are shown as this and a plus.
MOST = 1000
#: So long the menu shows a count before it is asked for anew.
KEPT_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Made:
    """Hold a plugin's pages that can be added without touching any other."""

    blueprint: Blueprint
    prefix: str
    pages: Pages


def add_topics(app: Flask) -> None:
    """Add every plugin's pages; one that fails is left out, with the reason in its state."""
    rules: dict[str, Callable[[], bool]] = app.extensions.setdefault("tiji_page_rules", {})
    entries: list[Entry] = app.extensions.setdefault("tiji_topics", [])
    with app.app_context():
        bureaus = runtime().plugins.bureaus()
        for name, made in runtime().plugins.pages(_make).items():
            app.register_blueprint(made.blueprint, url_prefix=made.prefix)
            _watch(app, name)
            department = bureaus[name].department
            for view, rule in made.pages.access.items():
                rules[f"{name}.{view}"] = partial(_lets_in, rule, department)
            if made.blueprint.has_static_folder:
                rules[f"{name}.static"] = anyone
            entries += [_entry(name, topic) for topic in made.pages.topics]


def _make(name: str, pages: Pages) -> _Made:
    """Make a plugin's blueprint, and try it on an application of its own first."""
    blueprint = pages.blueprint()
    if not isinstance(blueprint, Blueprint) or blueprint.name != name:
        raise BadInputError(_("its blueprint must be a Blueprint called {name}").format(name=name))
    prefix = f"/{name.replace('_', '-')}"
    trial = Flask("trial", static_folder=None)
    before = _reach(trial)
    trial.register_blueprint(blueprint, url_prefix=prefix)
    if _reach(trial) != before:
        raise BadInputError(_("its blueprint reaches into pages that are not its own"))
    for view in pages.access:
        if f"{name}.{view}" not in trial.view_functions:
            raise BadInputError(_("there is no page {view}").format(view=view))
    return _Made(blueprint, prefix, pages)


def _reach(app: Flask) -> list[int]:
    """Count what an application does around every request, whosever page it is for."""
    around: tuple[Mapping[Any, Any], ...] = (
        *(app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs),
        *(app.url_value_preprocessors, app.url_default_functions, app.error_handler_spec),
        app.template_context_processors,
    )
    own = (app.jinja_env.filters, app.jinja_env.globals, app.jinja_env.tests)
    return [len(hooks.get(None, ())) for hooks in around] + [len(names) for names in own]


def _lets_in(rule: PageRule, department: str) -> bool:
    who = viewer()
    if rule == "officers":
        return officers()
    if rule == "heads":
        return who.heads(department)
    return who.sees_all or department in who.departments


def _watch(app: Flask, name: str) -> None:
    """Show a notice in the place of a page that raises."""
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{name}."):
            app.view_functions[endpoint] = _watched(name, view)


def _watched(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def watched(**arguments: Any) -> Any:
        try:
            return view(**arguments)
        except (*_CORES, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            # Only the error's type: its text may hold what a case's client said (S36).
            log.error("plugin failed", plugin=name, page=request.endpoint, error=error)
            let_go()
            return render("errors/topic.html", 500, reference=g.reference, plugin=name)

    return watched


def _entry(name: str, topic: Topic) -> Entry:
    return Entry(
        f"{name}.{topic.view}",
        {"zh": topic.title["zh"], "en": topic.title["en"]},
        topic.icon,
        partial(_count, name, topic) if topic.count else None,
    )


def _count(name: str, topic: Topic) -> str:
    """Give a count that stands in every page's menu; nobody asks for it twice in a minute."""
    kept: dict[tuple[str, str], tuple[datetime, str]] = current_app.extensions.setdefault(
        "tiji_topic_counts", {}
    )
    now, key = runtime().clock.now(), (name, topic.view)
    since, found = kept.get(key, (None, ""))
    if since is None or not since <= now < since + KEPT_FOR:
        found = _counted(name, topic)
        kept[key] = now, found
    return found


def _counted(name: str, topic: Topic) -> str:
    assert topic.count
    try:
        found = int(topic.count())
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        log.warning("plugin failed", plugin=name, page=topic.view, error=error)
        let_go()
        return ""
    if found > MOST:
        return f"{MOST:,}+"
    return str(found) if found else ""
