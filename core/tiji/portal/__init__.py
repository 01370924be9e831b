"""The public's door: a client brings a case, finds it again, adds to it and judges the answer."""
