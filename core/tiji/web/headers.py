"""What protects every page: the content policy, cookies, form tokens, the limits of addresses."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)
from werkzeug.middleware.proxy_fix import ProxyFix

from tiji.runtime import runtime

#: Counts in each process; what must hold across processes is counted in the database too.
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)
csrf = CSRFProtect()

YEAR_S = 365 * 24 * 3600
#: Of a form's fields together; files have limits of their own.
MOST_FORM_BYTES = 2 * 1024 * 1024
MOST_FIELDS = 5000
MOST_BODY_BYTES = 260 * 1024 * 1024

POLICY = (
    ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("'self'")
    .style_src("'self'")
    .img_src("'self'", "data:")  # the arrow of a select is drawn in the stylesheet
    .font_src("'self'")
    .connect_src("'self'")
    .form_action("'self'")
    .frame_ancestors("'none'")
    .base_uri("'none'")
)
PERMISSIONS = PermissionsPolicy().geolocation().camera().microphone().payment()


def protect(app: Flask) -> None:
    """Set up cookies, form tokens and limits; the guard must stand before this."""
    rt = app.extensions["tiji"]
    https = rt.settings.url.startswith("https://")
    app.config.update(
        SECRET_KEY=rt.cipher.signing_key,
        SESSION_COOKIE_NAME="tiji_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        WTF_CSRF_TIME_LIMIT=None,  # a form that was left open over lunch must still be sent
        WTF_CSRF_SSL_STRICT=False,  # the token decides; proxies strip the referrer
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_FORM_BYTES,
        MAX_FORM_PARTS=MOST_FIELDS,
    )
    if rt.settings.proxies:
        hops = rt.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    csrf.init_app(app)
    limiter.init_app(app)


def header_sets(https: bool) -> dict[str, str]:
    """Give the headers of a page; what is not set here a route sets itself."""
    options: dict[str, Any] = {"hsts": StrictTransportSecurity().max_age(YEAR_S)} if https else {}
    found = Secure(
        csp=POLICY,
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PERMISSIONS,
        **options,
    )
    return {**dict(found.header_items()), "Cache-Control": "no-store"}


def add_headers(response: Response) -> Response:
    """Put the headers on an answer that does not bring its own."""
    https = request.is_secure or runtime().settings.url.startswith("https://")
    for name, value in _SETS[https].items():
        response.headers.setdefault(name, value)
    return response


_SETS = {https: header_sets(https) for https in (False, True)}
