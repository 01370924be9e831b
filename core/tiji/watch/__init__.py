"""Watch over a running Tiji: is it ready, what are its figures, and what needs a hand."""
