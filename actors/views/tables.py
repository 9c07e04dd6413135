"""Every table of `views.db`, as one list that can be read."""

from __future__ import annotations

from .customers import CustomerTables
from .ledger import LedgerTables
from .movements import MovementTables
from .orders import OrderTables
from .our_books import OurBooksTables
from .purchases import PurchaseTables
from .reconciliations import ReconciliationTables
from .settlements import SettlementTables
from .shipments import ShipmentTables
from .store import Table

# What is compared, without what only readers ask for.
COMPARED: tuple[Table, ...] = (MovementTables(crossing=True), OurBooksTables())
TABLES: tuple[Table, ...] = (
    LedgerTables(),
    MovementTables(),
    SettlementTables(),
    OurBooksTables(),
    ReconciliationTables(),
    OrderTables(),
    ShipmentTables(),
    PurchaseTables(),
    CustomerTables(),
)
