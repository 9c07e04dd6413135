"""Every table of `views.db`, as one list that can be read."""

from __future__ import annotations

from .ledger import LedgerTables
from .movements import MovementTables
from .reconciliations import ReconciliationTables
from .settlements import SettlementTables
from .store import Table

TABLES: tuple[Table, ...] = (LedgerTables(), MovementTables(), SettlementTables(), ReconciliationTables())
