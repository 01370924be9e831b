"""The case: opened once, taken up station by station, answered in every end."""
