"""Typed settings, read from TIJI_* variables; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from environs import Env

from tiji.clock import Clock, FixedClock, SystemClock, parse_moment
from tiji.errors import TijiError
from tiji.i18n import _

SAMPLE_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "dev", "test", "password", "example"}
)
SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what an administrator may set.

    ``home`` holds the database, the data key and calendar overrides. ``plugins`` names the
    enabled plugins in order; None enables all that are installed. ``strict`` makes a bad plugin
    fail the start instead of being set aside.
    """

    home: Path
    database_url: str
    fixed_at: datetime | None = None
    data_key: str | None = None
    plugins: tuple[str, ...] | None = None
    strict: bool = False

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
        plugins=None if names is None else tuple(n.strip() for n in names.split(",") if n.strip()),
        strict=env.bool("TIJI_STRICT", False),
    )


def _checked_secret(secret: str) -> str | None:
    if not secret:
        return None
    if secret.lower() in SAMPLE_SECRETS or len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:
        raise TijiError(
            _(
                "TIJI_DATA_KEY is a sample or too short; give 32 or more random characters, "
                "or unset it to use the key file that `tiji init` makes."
            )
        )
    return secret
