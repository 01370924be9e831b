"""From where somebody signs in, no closer than is needed to know it again."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Origin:
    """Hold the kind of a browser and the network that it was in."""

    browser: str = ""
    address: str = ""

    @classmethod
    def of(cls, agent: str, address: str) -> Origin:
        """Make an origin of a browser's name for itself and of its address."""
        return cls(coarse_browser(agent), coarse_address(address))


def coarse_address(text: str) -> str:
    """Give the network that an address lies in."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


_BROWSERS = (("Edg", "Edge"), ("MicroMessenger", "WeChat"), ("Firefox", "Firefox"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"),
            ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"))  # fmt: skip


def coarse_browser(agent: str) -> str:
    """Give the kind of a browser and of its system, without their versions."""
    found = (
        next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(filter(None, found))
