"""Words that somebody has typed and not yet sent."""
