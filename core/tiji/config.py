"""Typed settings, read from TIJI_* variables; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from environs import Env

from tiji import logs
from tiji.clock import Clock, FixedClock, SystemClock, parse_moment
from tiji.errors import TijiError
from tiji.i18n import _

SAMPLE_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "dev", "test", "password", "example"}
)
SHORTEST_SECRET = 32
#: Who brings events to subscribers: whoever acts, or workers only.
DELIVER = ("here", "worker")

#: Figures that the public home shows, each unless it is left out.
PUBLISHED = ("open", "overdue", "satisfied", "refused", "stations")

#: Every variable that Tiji reads: `tiji doctor` names those that are none of them.
VARIABLES = (
    *("TIJI_HOME", "TIJI_DATABASE_URL", "TIJI_CLOCK", "TIJI_DATA_KEY", "TIJI_PLUGINS"),
    *("TIJI_STRICT", "TIJI_LANG", "TIJI_DELIVER", "TIJI_CHECKPOINTS"),
    *("TIJI_LOG", "TIJI_LOG_LEVEL", "TIJI_METRICS_FROM", "TIJI_BACKUP_KEY", "TIJI_PG_BIN"),
    *("TIJI_PGBOUNCER", "TIJI_URL", "TIJI_PROXIES", "TIJI_CITY", "TIJI_HOTLINE"),
    *("TIJI_HOTLINE_HOURS", "TIJI_ATTACHMENTS", "TIJI_SCAN_COMMAND"),
    *("TIJI_PUBLISH", "TIJI_NOTIFY_URL", "TIJI_REQUIRE_TOTP"),
)

Network = IPv4Network | IPv6Network
LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what an administrator may set.

    ``home`` holds the database, the data key and calendar overrides. ``plugins`` names the
    enabled plugins in order; None enables all that are installed. ``strict`` makes a bad plugin
    fail the start instead of being set aside. ``checkpoints`` is the folder, out of the operator's
    reach, into which a worker writes them. ``deliver`` says who brings events to subscribers:
    whoever acts, right after the commit, or only workers. ``log`` and ``log_level`` say how log
    lines are written, and which; ``metrics_from`` who may read `/metrics`. ``backup_key`` seals
    backups; ``pg_bin`` is the folder of pg_dump and pg_restore, if PATH does not lead there.
    ``pgbouncer`` tells that one transaction may meet another server process than the last.
    ``url`` is where people find the pages; with https, cookies go nowhere else. ``proxies`` says
    how many proxies stand before the server, whose word about addresses is believed. ``city``,
    ``hotline`` and ``hotline_hours`` stand on every public page (requirement 39), and ``publish``
    names the figures on the first of them. ``attachments`` is the folder or fsspec address of
    files, in place of the one in the home; ``scan_command`` looks for viruses in the file that it
    is given. ``notify_url`` is the channel by which officers get mail, as Apprise writes it:
    mailtos://user:password@host?from=address.
    """

    home: Path
    database_url: str
    fixed_at: datetime | None = None
    data_key: str | None = None
    plugins: tuple[str, ...] | None = None
    strict: bool = False
    checkpoints: Path | None = None
    deliver: str = "here"
    log: str | None = None
    log_level: str | None = None
    metrics_from: tuple[Network, ...] = tuple(ip_network(each) for each in LOOPBACK)
    backup_key: str | None = None
    pg_bin: Path | None = None
    pgbouncer: bool = False
    url: str = ""
    proxies: int = 0
    require_totp: bool = False
    city: str = "云川市"
    hotline: str = "12345"
    hotline_hours: str = "0:00-24:00"
    publish: tuple[str, ...] = PUBLISHED
    attachments: str = ""
    scan_command: str = ""
    notify_url: str = ""

    def clock(self) -> Clock:
        """Return the system's clock, or the one that TIJI_CLOCK fixes."""
        return FixedClock(self.fixed_at) if self.fixed_at else SystemClock()


def read_settings() -> Settings:
    """Read the environment; raise TijiError on a sample secret or debug mode (S40)."""
    env = Env()
    home = Path(env.str("TIJI_HOME", "./instance")).expanduser().resolve()
    clock = env.str("TIJI_CLOCK", "")
    if env.str("FLASK_DEBUG", "") not in ("", "0", "false", "False"):
        raise TijiError(_("Tiji does not start in debug mode; unset FLASK_DEBUG."))
    names = env.str("TIJI_PLUGINS", None)
    return Settings(
        home=home,
        database_url=env.str("TIJI_DATABASE_URL", "") or f"sqlite:///{home / 'tiji.db'}",
        fixed_at=parse_moment(clock) if clock else None,
        data_key=_checked_secret(env.str("TIJI_DATA_KEY", "")),
        backup_key=_checked_backup_key(env.str("TIJI_BACKUP_KEY", "")),
        pg_bin=Path(folder).expanduser() if (folder := env.str("TIJI_PG_BIN", "")) else None,
        pgbouncer=env.bool("TIJI_PGBOUNCER", False),
        url=_url("TIJI_URL", env.str("TIJI_URL", "")),
        proxies=env.int("TIJI_PROXIES", 0),
        require_totp=env.bool("TIJI_REQUIRE_TOTP", False),
        city=env.str("TIJI_CITY", "云川市"),
        hotline=env.str("TIJI_HOTLINE", "12345"),
        hotline_hours=env.str("TIJI_HOTLINE_HOURS", "0:00-24:00"),
        publish=_published(env.str("TIJI_PUBLISH", ",".join(PUBLISHED))),
        attachments=env.str("TIJI_ATTACHMENTS", ""),
        scan_command=env.str("TIJI_SCAN_COMMAND", ""),
        notify_url=env.str("TIJI_NOTIFY_URL", ""),
        plugins=None if names is None else tuple(n.strip() for n in names.split(",") if n.strip()),
        strict=env.bool("TIJI_STRICT", False),
        checkpoints=Path(out).expanduser() if (out := env.str("TIJI_CHECKPOINTS", "")) else None,
        deliver=_named("TIJI_DELIVER", env.str("TIJI_DELIVER", ""), DELIVER) or DELIVER[0],
        log=_named("TIJI_LOG", env.str("TIJI_LOG", ""), logs.STYLES),
        log_level=_named("TIJI_LOG_LEVEL", env.str("TIJI_LOG_LEVEL", "").lower(), logs.LEVELS),
        metrics_from=_networks("TIJI_METRICS_FROM", env.str("TIJI_METRICS_FROM", "")),
    )


def _named(name: str, value: str, known: tuple[str, ...]) -> str | None:
    if value and value not in known:
        raise TijiError(
            _("{name} is one of {known}, not {value!r}.").format(
                name=name, known=", ".join(known), value=value
            )
        )
    return value or None


def _published(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if unknown := [name for name in names if name not in (*PUBLISHED, "none")]:
        raise TijiError(
            _("{name} is one of {known}, not {value!r}.").format(
                name="TIJI_PUBLISH", known=", ".join((*PUBLISHED, "none")), value=unknown[0]
            )
        )
    return names


def _url(name: str, value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise TijiError(
            _("{name} is written like https://tiji.example.gov.cn, not {value!r}.").format(
                name=name, value=value
            )
        )
    return value.rstrip("/")


def _networks(name: str, value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in (value or ",".join(LOOPBACK)).split(","))
    except ValueError:
        raise TijiError(
            _(
                "{name} lists addresses or networks, like 10.1.2.3, 10.2.0.0/16; not {value!r}."
            ).format(name=name, value=value)
        ) from None


def _checked_secret(secret: str) -> str | None:
    if secret and _is_weak(secret):
        raise TijiError(
            _(
                "TIJI_DATA_KEY is a sample or too short; give 32 or more random characters, "
                "or unset it to use the key file that `tiji init` makes."
            )
        )
    return secret or None


def _checked_backup_key(secret: str) -> str | None:
    if secret and _is_weak(secret):
        raise TijiError(
            _("TIJI_BACKUP_KEY is a sample or too short; give 32 or more random characters.")
        )
    return secret or None


def _is_weak(secret: str) -> bool:
    return secret.lower() in SAMPLE_SECRETS or len(secret) < SHORTEST_SECRET or len(set(secret)) < 8
