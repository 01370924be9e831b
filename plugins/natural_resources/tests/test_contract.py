"""The natural resources bureau keeps the contract of every plugin."""

from __future__ import annotations

from tiji.testing.contract import PluginContract


class TestContract(PluginContract):
    """Hold the natural resources bureau to it."""

    plugin = "natural_resources"
