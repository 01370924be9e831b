"""One module a revision, written by ``tiji db revision petitions``."""
