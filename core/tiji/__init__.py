"""Tiji (提级): cases that nobody may simply refuse, taken up station by station."""

__version__ = "0.1.0"
