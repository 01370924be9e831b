"""What a case carries: files, checked when they come in and kept by what they hold."""
