"""JSON in the one way in which it is stored and hashed."""

from __future__ import annotations

import json

#: Sorted keys, no spaces, Chinese as it is: equal data gives equal text.
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
