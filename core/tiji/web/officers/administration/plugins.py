"""The bureaus' plugins: which are active, and why one is set aside."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from tiji.runtime import runtime
from tiji.web.officers.administration.blueprint import pages
from tiji.web.pages import render


@pages.get("/plugins")
def plugins() -> AnyResponse:
    """Show each enabled plugin with its state."""
    here = runtime()
    return render(
        "officers/admin_plugins.html",
        states=here.plugins.states,
        bureaus=here.plugins.bureaus(),
        enabled=here.settings.plugins,
    )
