"""The petitions bureau keeps the contract of every plugin."""

from __future__ import annotations

from tiji.testing.contract import PluginContract


class TestContract(PluginContract):
    """Hold the petitions bureau to it."""

    plugin = "petitions"
