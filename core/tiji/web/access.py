"""Who may call which route: one table, and 404 for all that is not in it (S1)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from flask import Flask, abort, current_app, request

from tiji.logs import Log
from tiji.runtime import runtime
from tiji.web.viewer import (
    any_of,
    at_step,
    audit_admins,
    department_admins,
    efficiency,
    officers,
    security_admins,
    signed_in,
    system_admins,
)

log = Log(__name__)


def anyone() -> bool:
    """Let everybody in."""
    return True


def scrapers() -> bool:
    """Let in who asks from an address of TIJI_METRICS_FROM, and not through a proxy.

    A proxy on this machine would make everybody's request come from here.
    """
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via")):
        return False
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in runtime().settings.metrics_from)


#: Who brings a bureau's ledgers in, and who looks at it.
importers = any_of(officers, department_admins, efficiency)
readers = any_of(officers, efficiency)
#: Who proposes and agrees to new versions of the matter list, two of them (S9).
publishers = any_of(department_admins, system_admins)

#: Every endpoint of the application, and the rule that lets a request in.
ACCESS: dict[str, Callable[[], bool]] = {
    "healthz": anyone,
    "readyz": anyone,
    "metrics": scrapers,
    "static.static": anyone,
    # The public's door: what is shown of a case depends on the receipt (web/public/track.py).
    "home.page": anyone,
    "home.privacy": anyone,
    "published.listed": anyone,
    "published.guideline": anyone,
    "published.paper": anyone,
    "submit.start": anyone,
    "submit.matters": anyone,
    "submit.tell": anyone,
    "submit.who": anyone,
    "submit.introduce": anyone,
    "submit.check": anyone,
    "submit.send": anyone,
    "submit.clear": anyone,
    "submit.done": anyone,
    "submit.qr": anyone,
    "submit.text": anyone,
    "track.find": anyone,
    "track.look": anyone,
    "track.leave": anyone,
    "track.case": anyone,
    "track.download": anyone,
    "track.letter": anyone,
    "track.write": anyone,
    "track.rating": anyone,
    "track.rate": anyone,
    "track.ask_withdrawal": anyone,
    "track.withdraw": anyone,
    "signing.sign_in": anyone,
    "signing.sign_out": anyone,
    "signing.arrive": signed_in,
    "signing.second": at_step("code"),
    "signing.new_password": at_step("password"),
    "account.page": signed_in,
    "account.change_password": signed_in,
    "account.set_preferences": signed_in,
    "account.end_session": signed_in,
    "account.enrol": at_step(None, "enrol"),
    "account.begin_factor": at_step(None, "enrol"),
    "account.confirm_factor": at_step(None, "enrol"),
    "account.new_codes": signed_in,
    "account.give_up_factor": signed_in,
    "attached.add": officers,
    "attached.download": signed_in,
    "attached.download_all": signed_in,
    "attached.remove": officers,
    "attached.keep": officers,
    "attached.discard": officers,
    # One's own notices; each action and query takes whose they are from the session.
    "notices.page": signed_in,
    "notices.count": signed_in,
    "notices.open_notice": signed_in,
    "notices.read": signed_in,
    "notices.choice": signed_in,
    "notices.choose": signed_in,
    # Which department it is, the actions ask (organisation.py).
    "administration.organisation": department_admins,
    "administration.department": department_admins,
    "administration.appoint": department_admins,
    "administration.end_post": department_admins,
    "administration.put_on_duty": department_admins,
    "administration.begin_leave": department_admins,
    "administration.end_leave": department_admins,
    "administration.matters": publishers,
    "administration.propose_matters": publishers,
    "administration.agree_matters": publishers,
    "administration.activate": publishers,
    "administration.calendar": system_admins,
    "administration.foresee_calendar": system_admins,
    "administration.change_calendar": system_admins,
    "administration.plugins": system_admins,
    "administration.deliveries": system_admins,
    "administration.retry": system_admins,
    "administration.retry_all": system_admins,
    "administration.discard": system_admins,
    "administration.accounts": security_admins,
    "administration.account": security_admins,
    "administration.find_account": security_admins,
    "administration.set_password": security_admins,
    "administration.disable": security_admins,
    "administration.enable": security_admins,
    "administration.reset_factor": security_admins,
    "administration.grant": security_admins,
    "administration.revoke": security_admins,
    "administration.readings": audit_admins,
    "administration.verify": audit_admins,
    # One case; whether it may be seen, each view asks (cases/sight.py).
    "case.page": signed_in,
    "reading.ask": officers,
    "reading.read": officers,
    "acting.do": officers,
    "acting.preview": officers,
    "acting.undo": officers,
    "workbench.desk": readers,
    "workbench.counts": readers,
    "workbench.peek": signed_in,
    "workbench.search": readers,
    "bulk.choose": officers,
    "bulk.do": officers,
    "registering.register": officers,
    "registering.part": officers,
    "registering.enter": officers,
    "registering.registered": officers,
    "registering.guided": officers,
    "matters.listed": signed_in,
    "matters.shown": signed_in,
    "matters.workflow": signed_in,
    "joining.join": officers,
    "joining.do": officers,
    "printing.case": signed_in,
    "printing.matter_sheet": signed_in,
    # Whose ledger and whose upload it is, the actions and queries ask.
    "importing.start": importers,
    "importing.upload": importers,
    "importing.template": importers,
    "importing.columns": importers,
    "importing.choose": importers,
    "importing.progress": importers,
    "importing.preview": importers,
    "importing.mend": importers,
    "importing.begin": importers,
    "importing.rejects": importers,
    "importing.result": importers,
    "importing.confirm": importers,
    "importing.withdraw": importers,
}


def allows(endpoint: str | None) -> bool:
    """Tell whether the table, or what a plugin says of its own page, lets who asks call it."""
    rule = ACCESS.get(endpoint or "")
    if rule is None:
        rule = current_app.extensions.get("tiji_page_rules", {}).get(endpoint)
    return rule is not None and rule()


def guard(app: Flask) -> None:
    """Answer 404 before any route that the table does not open, as for one that is not there."""

    @app.before_request
    def check() -> None:
        if not allows(request.endpoint):
            if request.endpoint in ACCESS:
                log.info("denied", endpoint=request.endpoint)
            abort(404)
