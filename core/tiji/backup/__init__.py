"""Backups that are proved: one archive of all that a city keeps, and its way back."""
