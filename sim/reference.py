"""What somebody enters at the ERP before a run, for its feeds of reference data to tell: rates of exchange and tax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.channels import CHANNELS
from contracts.entities import entity_of_book
from contracts.ports import ForeignRequest

from .load import abroad
from .load.planned import PlannedLoad
from .twins import MemoryTwins
from .twins.rates import RATES

SELLER = entity_of_book(CHANNELS["web"].book)


def entries(load: PlannedLoad) -> Iterator[tuple[str, dict[str, Any]]]:
    """(operation, body) of each, in their order: as many as shops have, which is few."""
    yield from abroad.told_by_the_erp(load)
    for registered in SELLER.tax_registrations:
        zone = registered.jurisdiction
        yield "tax_rates:revise", {"zone": zone, "classes": RATES[zone], "valid_from": 0}


async def enter(twins: MemoryTwins, load: PlannedLoad) -> None:
    """Enter all of it. RuntimeError where the ERP will not have it."""
    for operation, body in entries(load):
        answer = await twins.call(ForeignRequest("erp", operation, "", "reference data", body))
        if answer.status >= 400:
            raise RuntimeError(f"the ERP refused {body}: {answer.body}")
