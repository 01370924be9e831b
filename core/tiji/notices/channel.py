"""Read the address of the channel by which officers get mail, written as Apprise does."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tiji.errors import TijiError
from tiji.i18n import _

#: At this port a connection is sealed from its first byte; at others from a command on.
SEALED_PORT = 465


@dataclass(frozen=True, slots=True)
class Channel:
    """Say which server takes mail, from which address, and who signs in there."""

    host: str
    port: int
    sealed: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def read_channel(url: str) -> Channel:
    """Read ``mailtos://user:password@host:port?from=address``, or ``mailto://host?from=address``.

    The first is sealed (TLS); a relay inside the house needs neither that nor a password. Raises
    TijiError for anything else; its message quotes nothing, for the address may hold a password.
    """
    try:
        parts = urlsplit(url)
        sealed, port = parts.scheme == "mailtos", parts.port
        [sender] = parse_qs(parts.query)["from"]
    except (ValueError, KeyError):
        raise _unreadable() from None
    if parts.scheme not in ("mailto", "mailtos") or not parts.hostname or "@" not in sender:
        raise _unreadable()
    if not sealed and parts.username:
        raise TijiError(_("TIJI_NOTIFY_URL: a password is sent sealed only; write mailtos://."))
    return Channel(
        host=parts.hostname,
        port=port or (587 if sealed else 25),
        sealed=sealed,
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _unreadable() -> TijiError:
    return TijiError(
        _(
            "TIJI_NOTIFY_URL is written like "
            "mailtos://user:password@mail.example.gov.cn?from=tiji@example.gov.cn."
        )
    )
