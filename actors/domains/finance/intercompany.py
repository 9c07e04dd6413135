"""Handlers between entities: goods of one leave for a customer of another, and each posts its own side.

The side of whoever sells to the customer is posted with its document; the fact that it tells is posted by the book of
whose goods they are, in that book's own turn. What is owed is the goods' cost and the owner's markup, in the
owner's base currency.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.entities import Entity, entity_of_book, entity_of_location
from contracts.intercompany import IntercompanyReturned, IntercompanySold
from contracts.money import BASIS, share_half_up
from contracts.refunds import ValueReturn
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState
from .posting import Document, post
from .rules import adjustments, returns


def amount_minor(owner: Entity, cost_minor: int) -> int:
    """What another entity owes for goods."""
    return cost_minor + share_half_up(cost_minor, owner.transfer_markup_bp, BASIS)


def buy(
    state: BookState, decision: Decision, document: Document, location: str, cost_minor: int, at: int
) -> None:
    """A customer got goods of another entity: owe that entity for them, and tell it."""
    owner, buyer = entity_of_location(location), entity_of_book(document.book)
    amount = amount_minor(owner, cost_minor)
    at_ms = at if document.at_ms is None else min(at, document.at_ms)
    own = Document(document.book, document.order_id, document.reference, owner.base_currency, at_ms)
    post(state, decision, own, "intercompany_bought", adjustments.intercompany_bought(owner.id, amount), at)
    if amount:
        decision.event(
            IntercompanySold(
                owner.book, buyer.id, document.order_id, f"{document.book} {document.reference}", location,
                owner.base_currency, amount, cost_minor, at_ms,
            )
        )  # fmt: skip


def take_back(state: BookState, decision: Decision, command: ValueReturn, at: int) -> None:
    """A customer sent goods to a location of another entity: they are that entity's, and no longer owed for."""
    owner, buyer = entity_of_location(command.location), entity_of_book(command.book)
    amount = amount_minor(owner, command.received_minor) - amount_minor(owner, command.refused_minor)
    document = Document(command.book, command.order_id, command.reference, owner.base_currency)
    entries = adjustments.intercompany_returned(owner.id, amount)
    post(state, decision, document, "intercompany_returned", entries, at)
    decision.event(
        IntercompanyReturned(
            owner.book, buyer.id, command.order_id, f"{command.book} {command.reference}", command.location,
            owner.base_currency, amount, command.received_minor, command.restocked_minor, command.scrapped_minor,
            command.refused_minor,
        )
    )  # fmt: skip


def post_return(
    state: BookState,
    decision: Decision,
    document: Document,
    goods: ValueReturn | IntercompanyReturned,
    at: int,
) -> None:
    """Goods of a return at cost: into quarantine, and out of it, at their location."""
    for step, rule, cost in (
        ("return_received", returns.return_received, goods.received_minor),
        ("return_restocked", returns.return_restocked, goods.restocked_minor),
        ("return_scrapped", returns.return_scrapped, goods.scrapped_minor),
        ("return_refused", returns.return_refused, goods.refused_minor),
    ):
        post(state, decision, document, step, rule(goods.location, cost), at)


def _sold(state: BookState, message: Message, at: int) -> Decision:
    fact: IntercompanySold = message.body
    decision = Decision()
    document = Document(fact.book, fact.order_id, fact.reference, fact.currency, fact.at_ms)
    entries = adjustments.intercompany_sold(fact.buyer, fact.amount_minor, fact.location, fact.cost_minor)
    post(state, decision, document, "intercompany_sold", entries, at)
    return decision


def _returned(state: BookState, message: Message, at: int) -> Decision:
    fact: IntercompanyReturned = message.body
    decision = Decision()
    document = Document(fact.book, fact.order_id, fact.reference, fact.currency)
    entries = adjustments.intercompany_taken_back(fact.buyer, fact.amount_minor)
    post(state, decision, document, "intercompany_taken_back", entries, at)
    post_return(state, decision, document, fact, at)
    return decision


HANDLERS: dict[str, Handler] = {"intercompany.sold": _sold, "intercompany.returned": _returned}

FOLDS: dict[str, Fold] = {}
