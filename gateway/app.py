"""The Quart application: its routes as one table, and what surrounds each of them.

Every handler is `async def`: Quart would run another kind in a thread. No background task lives in Quart's own
nursery, where a crash would leave HTTP answering as if nothing had happened: the actor system runs in the
nursery that wraps this application and its server (`gateway.server`).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Response
from quart import request as quart_request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from actors.runtime.errors import RuntimeRefusal
from actors.system import System

from .admission import Admission, Principal, Rule
from .asked import asked as asking
from .asked import begin, tenant, trace
from .audit import DID, READ, AuditFailed, entity_of
from .auth import Access
from .door import Gateway, Route
from .early import ClientLeft, Early
from .feed import Feed
from .problems import CONTENT_TYPE, Problem
from .resources import (
    approvals,
    audit,
    availability,
    buying,
    clients,
    customer_desk,
    customers,
    deprecations,
    events,
    exceptions,
    exports,
    fulfillment,
    gift_cards,
    health,
    holds,
    inbound_webhooks,
    inventory,
    journals,
    ledger,
    order_batches,
    order_list,
    orders,
    partner_files,
    platform,
    price_quotes,
    products,
    purchase_orders,
    reconciliations,
    rehearsals,
    returns,
    settlement_files,
    settlements,
    sold_cards,
    specifications,
    stock,
    stores,
    webhook_deliveries,
    webhook_endpoints,
)
from .specification.documents import Documents
from .tenants import BY_TENANT
from .tracing import trace_of
from .web import Web

log = logging.getLogger("tidegate.gateway")

ROUTES: tuple[Route, ...] = (
    *orders.ROUTES, *customers.ROUTES, *returns.ROUTES, *price_quotes.ROUTES, *availability.ROUTES, *inventory.ROUTES,
    *ledger.ROUTES, *settlements.ROUTES, *holds.ROUTES, *gift_cards.ROUTES, *sold_cards.ROUTES, *journals.ROUTES,
    *purchase_orders.ROUTES, *reconciliations.ROUTES, *rehearsals.ROUTES, *exceptions.ROUTES, *events.ROUTES,
    *webhook_endpoints.ROUTES, *webhook_deliveries.ROUTES, *inbound_webhooks.ROUTES, *specifications.ROUTES,
    *health.ROUTES,
    # What the design lists beside these.
    *clients.ROUTES, *order_batches.ROUTES, *approvals.ROUTES, *audit.ROUTES, *deprecations.ROUTES,
    *stores.ROUTES,
    *order_list.ROUTES, *settlement_files.ROUTES, *products.ROUTES, *stock.ROUTES, *fulfillment.ROUTES, *buying.ROUTES,
    *customer_desk.ROUTES, *partner_files.ROUTES, *exports.ROUTES, *platform.ROUTES,
)  # fmt: skip


def make_app(
    system: System,
    access: Access,
    mode: str,
    *,
    admission: Admission | None = None,
    web: Web | None = None,
    inbound: Mapping[str, tuple[str, ...]] | None = None,
) -> QuartTrio:
    """The application over a running system. `mode` is `sandbox` or `live`; `inbound` the providers' secrets."""
    app = QuartTrio("tidegate", static_folder=None)
    feed = Feed(system.engine, system.ports.journal)
    documents = Documents(ROUTES)
    gateway = Gateway(
        system, admission or Admission(access), mode, feed, documents, web=web or Web(), inbound=inbound or {}
    )
    if mode == "sandbox":
        gateway.web.add("tidegate-mode", "sandbox")
    app.extensions["tidegate"] = gateway
    system.whose = lambda: tenant(system.settings.tenant)
    gateway.admission.backlog = lambda: system.engine.waiting * 100 // system.settings.credit
    for route in ROUTES:
        endpoint = f"{route.method} {route.path}"
        app.add_url_rule(
            route.path,
            endpoint,
            _view(gateway, route),
            methods=[route.method],
            strict_slashes=False,
            provide_automatic_options=False,
        )
    app.register_error_handler(Exception, _on_error)
    app.before_request(_beginner(gateway))
    app.after_request(_finisher(gateway))
    return app


def _view(gateway: Gateway, route: Route) -> Callable[..., Awaitable[Response]]:
    async def view(**params: str) -> Response:
        return await _handle(gateway, route, quart_request, params)

    return view


async def _handle(gateway: Gateway, route: Route, asked: Any, params: dict[str, str]) -> Response:
    """What surrounds every handler. Raises what it raises, and Problem 401, 403, 406, 503."""
    admission = gateway.admission
    if route.is_probe:
        return await route.handler(gateway, None, **params)
    rule = admission.rule(route.method, route.path, route.scope)
    admission.enter(rule.kind)
    try:
        if route.scope is None:
            return await _admitted(gateway, route, rule, asked, None, params)
        principal = admission.authenticate(asked)
        if rule.is_audited:
            return await _on_record(gateway, route, rule, asked, principal, params)
        return await _admitted(gateway, route, rule, asked, principal, params)
    finally:
        admission.leave()


async def _admitted(
    gateway: Gateway,
    route: Route,
    rule: Rule,
    asked: Any,
    principal: Principal | None,
    params: dict[str, str],
) -> Response:
    """The handler, for whoever may. Raises what it raises, and Problem 403, 404, 406, 429."""
    if principal is not None and route.scope is not None:
        gateway.admission.require(principal, route.scope)
        _check_tenant(gateway, route, principal)
        gateway.admission.charge(principal, rule.kind, rule.cost)
    accept = asked.headers.get("accept")
    if (
        accept
        and accept not in ("*/*", route.media)
        and not asked.accept_mimetypes.best_match((route.media, *route.also))
    ):
        raise Problem("not-acceptable", f"answers are {' or '.join((route.media, *route.also))}")
    return await route.handler(gateway, principal, **params)


async def _on_record(
    gateway: Gateway, route: Route, rule: Rule, asked: Any, principal: Principal, params: dict[str, str]
) -> Response:
    """The same, and an entry of the audit before it is answered. Raises Problem 503 for a read that cannot have one."""
    record, action = gateway.admission.access.audit, READ if route.method == "GET" else DID
    status = 500
    try:
        response = await _admitted(gateway, route, rule, asked, principal, params)
        status = response.status_code
        return response
    except (Problem, RuntimeRefusal) as refused:
        status = refused.status
        raise
    finally:
        try:
            record.note(
                principal.tenant, principal.client_id, principal.key_id, action, route.operation,
                entity_of(asked.path), status, trace().trace_id,
            )  # fmt: skip
        except AuditFailed as failed:
            log.error("trace %s: %s", trace().trace_id, failed)
            if action == READ:
                # What was done is done, and has its turn; what was to be read can be kept back.
                raise Problem(
                    "no-audit", "what is on record cannot be read without it", retryable=True
                ) from None


def _check_tenant(gateway: Gateway, route: Route, principal: Principal) -> None:
    """From here on only what is the principal's own is read. Raises Problem 404."""
    own = gateway.system.settings.tenant
    if principal.tenant != own and f"{route.method} {route.path}" not in BY_TENANT:
        raise Problem("not-found", "there is no such thing of yours")
    asking().tenant = principal.tenant


async def run_early(gateway: Gateway, route: Route, asked: Any, params: dict[str, str]) -> Response:
    """The whole of what Quart does for a route: its answer, or the problem; what every answer has comes after it."""
    try:
        response = await _handle(gateway, route, asked, params)
    except ClientLeft:
        raise
    except Exception as error:
        response = _told(error, asked.path)
    _marked(response)
    gateway.web.admit(response.headers, asked.headers)
    return response


def _beginner(gateway: Gateway) -> Callable[[], Awaitable[Response | None]]:
    async def start() -> Response | None:
        headers = quart_request.headers
        begin(quart_request, trace_of(headers.get("traceparent", ""), headers.get("tracestate", "")))
        return gateway.web.preflight(quart_request.method, headers)

    return start


def _finisher(gateway: Gateway) -> Callable[[Response], Awaitable[Response]]:
    async def finish(response: Response) -> Response:
        return _finished(gateway, response)

    return finish


def _finished(gateway: Gateway, response: Response) -> Response:
    _marked(response)
    gateway.web.finish(response.headers, asking().request.headers)
    return response


def _marked(response: Response) -> None:
    """The headers that are this answer's own."""
    own = trace()
    # Added, not set: no handler says any of these, and looking for each would cost more than all the rest.
    more = [("traceparent", own.traceparent()), *asking().told]
    if own.tracestate:
        more.append(("tracestate", own.tracestate))
    if "cache-control" not in response.headers:
        more.append(("cache-control", "no-store"))
    response.headers.extend(more)


async def _on_error(error: Exception) -> Response:
    return _told(error, quart_request.path)


def _told(error: Exception, path: str) -> Response:
    problem = _problem_of(error)
    body = problem.body(path, trace().trace_id)
    response = Response(body, problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers:
        response.headers[name] = value
    return response


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RuntimeRefusal):
        return Problem.of(error)
    if isinstance(error, MethodNotAllowed):
        allowed = sorted(set(error.valid_methods or ()) - {"OPTIONS"})
        return Problem(
            "method-not-allowed", f"allowed: {', '.join(allowed)}", headers=[("allow", ", ".join(allowed))]
        )
    if isinstance(error, HTTPException):
        if error.code == 404:
            return Problem("not-found", "there is no such path")
        return Problem("bad-request", error.name, status=error.code or 400)
    # Where it happened, and of what kind it is; never its message, which may hold what a client sent.
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    log.error("trace %s: %s\n%s", trace().trace_id, type(error).__name__, where)
    return Problem("internal-error", "an error of ours; its trace id is the way to it", retryable=True)


def early_of(app: QuartTrio) -> Early:
    """What is answered ahead of the application."""
    return Early(gateway_of(app), ROUTES, run_early)


def gateway_of(app: QuartTrio) -> Gateway:
    """What the application serves."""
    found: Any = app.extensions["tidegate"]
    assert isinstance(found, Gateway)
    return found
