"""All that a plugin may import; it follows semantic versions."""

from __future__ import annotations

from tiji.bulk import BulkInsert
from tiji.cases.actions.guiding import take
from tiji.cases.actions.recording import record_in_bulk, recording
from tiji.cases.last_step import standing_events
from tiji.cases.queries import case_view, case_views
from tiji.cases.sheet import case_detail
from tiji.cli.context import json_option, show, with_app
from tiji.clock import iso, local
from tiji.db import Model, UTCDateTime, db, transaction
from tiji.errors import BadInputError, ConflictError, RefusedFileError, RuleError, TijiError
from tiji.forms.cells import PartialDate, PartialMoment
from tiji.forms.fields import (
    CellContext,
    CellError,
    CellField,
    Count,
    CreditCode,
    Departments,
    IdentityNumber,
    LedgerDate,
    LedgerMoment,
    LedgerText,
    Phone,
    Reading,
    Word,
)
from tiji.i18n import either
from tiji.intake.actions import import_ledger
from tiji.matters.toml import load_matters
from tiji.people.queries import in_department, may_act_for, office_names, officer, seat_holder
from tiji.plugins.specs import hookimpl
from tiji.plugins.types import (
    Bureau,
    CaseView,
    Channel,
    Column,
    Deny,
    Event,
    Guidance,
    ImportedCase,
    Ledger,
    Matter,
    Pages,
    Panel,
    PeriodicJob,
    RestoredCase,
    StoredRow,
    Subscriber,
    Topic,
)
from tiji.privacy import mask_text
from tiji.runtime import runtime
from tiji.stations.rules import DEFAULT_LADDER, Ladder, Station

__all__ = [
    "DEFAULT_LADDER",
    "BadInputError",
    "BulkInsert",
    "Bureau",
    "CaseView",
    "CellContext",
    "CellError",
    "CellField",
    "Channel",
    "Column",
    "ConflictError",
    "Count",
    "CreditCode",
    "Deny",
    "Departments",
    "Event",
    "Guidance",
    "IdentityNumber",
    "ImportedCase",
    "Ladder",
    "Ledger",
    "LedgerDate",
    "LedgerMoment",
    "LedgerText",
    "Matter",
    "Model",
    "Pages",
    "Panel",
    "PartialDate",
    "PartialMoment",
    "PeriodicJob",
    "Phone",
    "Reading",
    "RefusedFileError",
    "RestoredCase",
    "RuleError",
    "Station",
    "StoredRow",
    "Subscriber",
    "TijiError",
    "Topic",
    "UTCDateTime",
    "Word",
    "case_detail",
    "case_view",
    "case_views",
    "db",
    "either",
    "hookimpl",
    "import_ledger",
    "in_department",
    "iso",
    "json_option",
    "load_matters",
    "local",
    "mask_text",
    "may_act_for",
    "office_names",
    "officer",
    "record_in_bulk",
    "recording",
    "runtime",
    "seat_holder",
    "show",
    "standing_events",
    "take",
    "transaction",
    "with_app",
]
