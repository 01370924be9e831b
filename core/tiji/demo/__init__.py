"""The fictional city 云川市: its organisation file, everything in it invented."""
