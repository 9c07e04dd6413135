"""The sandbox: a shop to try things out in. Its shelves, its prices, and partners that answer quickly.

24 SKUs in 3 locations. Names and prices are those of the best known lines of a real giftware shop (UCI, Online
Retail); the four whose SKU begins with `T-` make something go wrong on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from actors.domains.inventory.catalog_model import PriceListState
from actors.domains.inventory.model import PoolState
from actors.runtime.intake import Call
from actors.system import System
from contracts.finance import OpeningStock, PostOpeningStock
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.ports import SYSTEMS, SystemLimits

BOOK = "GB01"
LOCATIONS = ("WH-NORTH", "WH-SOUTH", "STORE-1")
PLENTY = 5_000_000
SOME = 1_000_000

# SKU, name, price in pence, weight in grams
PRODUCTS: tuple[tuple[str, str, int, int], ...] = (
    ("85123A", "White hanging heart t-light holder", 255, 120),
    ("22423", "Regency cakestand 3 tier", 1275, 1900),
    ("85099B", "Jumbo bag red retrospot", 195, 90),
    ("47566", "Party bunting", 495, 210),
    ("84879", "Assorted colour bird ornament", 169, 70),
    ("22720", "Set of 3 cake tins pantry design", 495, 900),
    ("20725", "Lunch bag red retrospot", 165, 80),
    ("23203", "Jumbo bag doiley patterns", 208, 90),
    ("22197", "Small popcorn holder", 85, 40),
    ("21212", "Pack of 72 retrospot cake cases", 55, 60),
    ("22386", "Jumbo bag pink polkadot", 208, 90),
    ("22086", "Paper chain kit 50's christmas", 295, 180),
    ("22469", "Heart of wicker small", 165, 110),
    ("23084", "Rabbit night light", 208, 160),
    ("22960", "Jam making set with jars", 425, 2400),
    ("84946", "Antique silver tea glass etched", 125, 150),
    ("21754", "Home building block word", 595, 700),
    ("22411", "Jumbo shopper vintage red paisley", 208, 90),
    ("82482", "Wooden picture frame white finish", 255, 310),
    ("48138", "Door mat union flag", 795, 1600),
    ("T-OUT", "Test: never in stock", 1000, 100),
    ("T-SHORT", "Test: the warehouse picks too few", 1000, 100),
    ("T-LOST", "Test: the parcel is lost", 1000, 100),
    ("T-ERP-REJECT", "Test: the ERP refuses the item", 1000, 100),
)
OUT_OF_STOCK = frozenset({"T-OUT"})

# A little under what the sandbox's twins bear (TwinsConfig.sandbox), so that neither turns the other away.
LIMITS: Mapping[str, SystemLimits] = {
    **{
        name: msgspec.structs.replace(SYSTEMS[name], concurrency=32, rate_per_s=800, burst=100)
        for name in ("payments", "fraud", "tax", "warehouse", "suppliers", "channels", "mail", "tills")
    },
    **{name: SYSTEMS[name] for name in ("vault", "crm", "planning", "bi")},
    "erp": msgspec.structs.replace(SYSTEMS["erp"], concurrency=14, rate_per_s=180, burst=90),
}
FEED_EVERY_MS = 200
SYNC_EVERY_MS = 2_000

SEED_VERSION = "1"


def seed(system: System) -> int:
    """Put prices and stock into an empty sandbox: how many records were new. Again: none.

    A record's key is known for a week; after that what stands on the shelf tells that it was received.
    Raises RuntimeRefusal.
    """
    prices: PriceListState | None = system.look("catalog", "default")
    pool: PoolState | None = system.look("inventory", "default")
    known = {
        f"{what}:{location}" for what in ("stock", "value") for location in (pool.locations if pool else ())
    }
    if prices and prices.rows:
        known.add("products")
    new = [call for call in _calls() if call.key.rpartition(":")[0] not in known]
    return sum(system.door.take_record_nowait(call)[0] for call in new)


def _calls() -> Iterator[Call]:
    rows = tuple(
        ProductRow(sku, name, price, price * 2 // 5, "GBP", weight_g=weight)
        for sku, name, price, weight in PRODUCTS
    )
    costs = {row.sku: row.cost_minor for row in rows}
    yield _call("products", "catalog", ImportProducts("default", rows))
    for location, share in zip(LOCATIONS, (4, 2, 1), strict=True):
        stock = tuple(
            StockRow(sku, location, (PLENTY if sku == "85123A" else SOME) * share // 4)
            for sku, *_ in PRODUCTS
            if sku not in OUT_OF_STOCK
        )
        yield _call(f"stock:{location}", "inventory", ReceiveStock("default", f"opening:{location}", stock))
        cost = sum(row.quantity * costs[row.sku] for row in stock)
        value = PostOpeningStock(BOOK, f"stock:{location}", "GBP", (OpeningStock(location, cost),))
        yield _call(f"value:{location}", "finance", value, BOOK)


def _call(
    key: str, to: str, command: ImportProducts | ReceiveStock | PostOpeningStock, to_key: str = "default"
) -> Call:
    return Call(
        principal="sandbox",
        method="RECORD",
        route="seed",
        key=f"{key}:{SEED_VERSION}",
        fingerprint=SEED_VERSION,
        to=to,
        to_key=to_key,
        subject=to_key,
        command=command,
        sheddable=False,
    )
