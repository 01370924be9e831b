"""One module a revision, written by ``tiji db revision natural_resources``."""
