"""The pages of administrators: departments, matters, calendar, plugins, deliveries, accounts."""

from tiji.web.officers.administration import (  # each brings its routes
    accounts,
    calendar,
    deliveries,
    matters,
    organisation,
    plugins,
    readings,
)
from tiji.web.officers.administration.blueprint import pages

__all__ = [
    "accounts",
    "calendar",
    "deliveries",
    "matters",
    "organisation",
    "pages",
    "plugins",
    "readings",
]
