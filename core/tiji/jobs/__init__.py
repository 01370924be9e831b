"""Work that must not be lost: enqueued in the caller's transaction, done after it, tried again."""
