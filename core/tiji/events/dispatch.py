"""The one place from which committed events are sent to signals and subscribers."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from flask import current_app

from tiji.db import db
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.signals import SIGNALS

log = logging.getLogger(__name__)


def after_commit(events: Iterable[Event]) -> None:
    """Send committed events to subscribers and signals; nothing that they do reaches a case.

    A receiver that raises, exits or leaves changes in the session is logged and passed over
    (I30). Durable delivery will stand behind this same door.
    """
    for event in events:
        for plugin, subscriber in runtime().plugins.subscribers():
            if event.kind in subscriber.kinds:
                _guarded(f"{plugin}.{subscriber.name}", subscriber.handle, event)
        for signal in SIGNALS.get(event.kind, ()):
            sender = current_app._get_current_object()  # type: ignore[attr-defined]
            for receiver in signal.receivers_for(sender):
                _guarded(repr(receiver), receiver, sender, event=event)


def _guarded(name: str, call: object, *args: object, **kwargs: object) -> None:
    assert callable(call)
    try:
        call(*args, **kwargs)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        # Its message may quote personal words of the event: the log gets none of them (S36).
        log.error("receiver %s failed with %s", name, type(error).__name__)
    finally:
        db.session.rollback()
