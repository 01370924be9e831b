"""The fields of forms and ledgers: what a cell, a form value or an API value means."""
