"""From any channel to cases: ledgers now, drafts and duplicates later."""
