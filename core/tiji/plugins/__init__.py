"""What a plugin says and does, and how the core finds, orders and isolates plugins."""
