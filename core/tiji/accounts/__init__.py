"""Accounts: how an officer signs in, and what he or she is beyond the seats held."""
