"""The revisions of the plugin's tables."""
