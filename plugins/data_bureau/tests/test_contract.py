"""The data bureau keeps the contract of every plugin."""

from __future__ import annotations

from tiji.testing.contract import PluginContract


class TestContract(PluginContract):
    """Hold the data bureau to it."""

    plugin = "data_bureau"
