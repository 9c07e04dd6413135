"""Which module of `tests/gateway` calls which operation and hears it succeed: the walk of the specification.

A new route needs its operation here (`tests/gateway/test_walk.py` fails without it), and the module that it names has
to call it: each module compares its row with what it heard (`tests/gateway/conftest.py`), whatever worker runs it.
"""

TESTED: dict[str, tuple[str, ...]] = {
    "test_access": (
        "customer_desk.look_through", "platform.parked", "platform.connector", "platform.metrics",
    ),
    "test_approvals": (
        "approvals.look_through", "approvals.look", "approvals.decide",
    ),
    "test_audit": (
        "audit.look_through",
    ),
    "test_buying": (
        "purchase_orders.look", "purchase_orders.decide", "buying.look_through", "buying.buy",
        "buying.advise", "buying.receive", "buying.policy", "buying.put_policy",
    ),
    "test_clients": (
        "clients.look_through", "clients.add", "clients.look", "clients.disable", "clients.keys",
        "clients.add_key", "clients.rotate", "clients.revoke",
    ),
    "test_customer_desk": (
        "customer_desk.make", "customer_desk.data",
    ),
    "test_customers": (
        "customers.look", "customers.put", "customers.erase", "customers.erase_guest",
    ),
    "test_desks": (
        "holds.edit", "holds.hold", "holds.release", "holds.review", "gift_cards.sell",
        "rehearsals.rehearse",
    ),
    "test_docs_page": (
        "specifications.docs",
    ),
    "test_events": (
        "events.look_through", "events.stream",
    ),
    "test_exports": (
        "exports.ask", "exports.look", "exports.content", "exports.operation",
    ),
    "test_finance_desk": (
        "journals.propose", "journals.waiting", "journals.look", "journals.decide", "journals.withdraw",
        "journals.periods", "journals.move", "reconciliations.look_through", "reconciliations.look",
        "reconciliations.runs", "reconciliations.run", "reconciliations.schedule",
        "reconciliations.differences", "reconciliations.repair",
    ),
    "test_gift_cards_sold": (
        "sold_cards.give_back",
    ),
    "test_lifecycle": (
        "deprecations.look_through",
    ),
    "test_lists": (
        "orders.lineage", "inventory.look", "inventory.history", "ledger.entries", "ledger.trial_balance",
        "ledger.receivables", "ledger.invoices", "ledger.credit_notes", "settlements.files",
        "exceptions.look_through", "exceptions.look", "exceptions.claim", "exceptions.hand_back",
        "exceptions.resolve",
    ),
    "test_order_batches": (
        "order_batches.submit",
    ),
    "test_order_money": (
        "order_list.look_through", "order_list.payments", "order_list.refunds", "order_list.refund",
    ),
    "test_orders": (
        "orders.submit", "orders.look", "orders.timeline", "orders.cancel", "availability.look",
        "health.livez", "health.status",
    ),
    "test_platform": (
        "fulfillment.look_through", "fulfillment.shipped", "partner_files.bring",
        "partner_files.look_through", "platform.connectors", "platform.set_policy",
    ),
    "test_price_quotes": (
        "price_quotes.make", "price_quotes.look",
    ),
    "test_products": (
        "products.products", "products.product", "products.put_product", "products.prices",
        "products.price", "products.put_price",
    ),
    "test_returns": (
        "returns.advise", "returns.look", "returns.receive", "returns.inspect", "returns.pay_credit",
        "gift_cards.look",
    ),
    "test_server": (
        "health.readyz",
    ),
    "test_settlement_files": (
        "settlements.look", "settlements.lines", "settlements.discrepancies", "settlements.resolve",
        "settlement_files.bring", "settlement_files.discrepancies", "settlement_files.resolve_one",
    ),
    "test_shipments": (
        "fulfillment.look", "fulfillment.accept", "fulfillment.reject", "fulfillment.hold",
        "fulfillment.ship", "fulfillment.look_at_shipment", "fulfillment.tracking", "fulfillment.track",
    ),
    "test_specification": (
        "specifications.openapi", "specifications.asyncapi", "specifications.contract",
        "specifications.check",
    ),
    "test_stock_by_hand": (
        "stock.adjust", "stock.count", "stock.send", "stock.look_at_transfer", "stock.receive",
        "stock.reserve", "stock.look_at_reservation", "stock.let_go",
    ),
    "test_stores": (
        "stores.collect", "stores.files", "stores.look", "stores.resolve",
    ),
    "test_inbound": (
        "inbound_webhooks.receive",
    ),
    "test_webhooks": (
        "webhook_endpoints.register", "webhook_endpoints.look_through", "webhook_endpoints.look",
        "webhook_endpoints.change", "webhook_endpoints.remove", "webhook_endpoints.rotate",
        "webhook_endpoints.test", "webhook_deliveries.deliveries", "webhook_deliveries.delivery",
        "webhook_deliveries.redeliver", "webhook_deliveries.replay", "webhook_deliveries.replays",
        "webhook_deliveries.look_at_replay",
    ),
}  # fmt: skip

# Nodes of each module: those that there are, and those that are run.
collected: dict[str, set[str]] = {}
chosen: dict[str, set[str]] = {}


def unheard(module: str, heard: dict[str, set[int]]) -> list[str]:
    """The operations that the module is named for, and did not hear succeed."""
    named = TESTED.get(module, ())
    return [one for one in named if not any(status < 400 for status in heard.get(one, ()))]
