"""Whose a thing is. A turn, a key's state and an event belong to a tenant; lists, books and desks to one shop alone.

The gateway's own tenant is the one that its lists and its partners are for. A key of another tenant may use what is
kept by tenant, and finds only what is its own; everything else it asks for is not there. A route is not there for other
tenants until it stands here: forgotten, it tells too little rather than too much.
"""

from __future__ import annotations

BY_TENANT = frozenset(
    {
        "POST /v1/orders", "POST /v1/orders:batch", "GET /v1/orders/<order_id>", "GET /v1/orders/<order_id>/timeline",
        "GET /v1/orders/<order_id>/payments", "GET /v1/orders/<order_id>/refunds", "POST /v1/orders/<order_id>/refunds",
        "POST /v1/customers", "GET /v1/customers/<customer_id>/data",
        "POST /v1/orders/<order_id>/cancellations", "GET /v1/customers/<customer_id>",
        "PUT /v1/customers/<customer_id>", "DELETE /v1/customers/<customer_id>",
        "DELETE /v1/orders/<order_id>/personal-data", "POST /v1/returns", "GET /v1/returns/<return_id>",
        "POST /v1/price-quotes", "GET /v1/price-quotes/<quote_id>", "GET /v1/availability", "POST /v1/gift-cards",
        "GET /v1/gift-cards/<card_id>", "GET /v1/events", "GET /v1/events/stream", "GET /v1/clients",
        "POST /v1/clients", "GET /v1/clients/<client_id>", "DELETE /v1/clients/<client_id>",
        "GET /v1/clients/<client_id>/keys", "POST /v1/clients/<client_id>/keys",
        "POST /v1/clients/<client_id>/keys/<key_id>/rotate",
        "DELETE /v1/clients/<client_id>/keys/<key_id>", "GET /v1/approvals/<approval_id>",
        "POST /v1/approvals/<approval_id>", "GET /v1/audit", "GET /v1/deprecations",
        "POST /v1/webhook-endpoints",
        "GET /v1/webhook-endpoints",
        "GET /v1/webhook-endpoints/<endpoint_id>",
        "PATCH /v1/webhook-endpoints/<endpoint_id>",
        "DELETE /v1/webhook-endpoints/<endpoint_id>",
        "POST /v1/webhook-endpoints/<endpoint_id>/secret-rotations",
        "POST /v1/webhook-endpoints/<endpoint_id>/test",
        "GET /v1/webhook-endpoints/<endpoint_id>/deliveries",
        "GET /v1/webhook-endpoints/<endpoint_id>/deliveries/<event_id>",
        "POST /v1/webhook-endpoints/<endpoint_id>/deliveries/<event_id>/redeliver",
        "POST /v1/webhook-endpoints/<endpoint_id>/replays",
        "GET /v1/webhook-endpoints/<endpoint_id>/replays",
        "GET /v1/webhook-endpoints/<endpoint_id>/replays/<replay_id>",
    }
)  # fmt: skip
