"""One module a revision, written by ``tiji db revision data_bureau``."""
