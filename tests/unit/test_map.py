"""The map: every word has an owner, every subscriber listens, every port operation has a dialect."""

import ast
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from actors.system import DIALECTS, all_actors
from contracts.channels import CHANNELS
from contracts.exceptions import CATALOGUE
from contracts.orders import Delivery, Payment, Person, PostalAddress
from contracts.outcomes import OUTCOMES
from contracts.partners import AssessFraud, AuthorizePayment
from contracts.ports import OPERATIONS, SYSTEMS, port_of
from contracts.private import private_fields
from contracts.subscribers import SUBSCRIBERS
from contracts.topics import ACTORS, TOPICS
from contracts.vocabulary import VOCABULARY
from contracts.webhooks import EndpointSecret

ROOT = Path(__file__).resolve().parents[2]

# Whose words begin like this. A room is a row of ACTORS; the runtime's own words belong to no aggregate.
RUNTIME = "the runtime"
OWNERS = {
    "approval": "finance",
    "approvals": "approvals",
    "asn": "purchasing",
    "catalog": "catalog",
    "channel_sync": "channel_sync",
    "connector_policies": "connector_policies",
    "connector_policy": "connector_policies",
    "credit_note": "finance",
    "customer": "customers",
    "customers": "customers",
    "deposit": "finance",
    "erp": "erp",
    "exception": "exceptions",
    "exceptions": "exceptions",
    "exchange_rate": "finance",
    "export": "exports",
    "exports": "exports",
    "feed": RUNTIME,
    "finance": "finance",
    "flow": "order_to_cash",
    "fraud": "fraud",
    "fulfillment": "fulfillment",
    "gift_card": "gift_cards",
    "gift_cards": "gift_cards",
    "goods": "purchasing",
    "http": "intake",
    "intake": "intake",
    "integration": RUNTIME,
    "intercompany": "finance",
    "inventory": "inventory",
    "invoice": "finance",
    "journal": "finance",
    "ledger": "finance",
    "order": "orders",
    "orders": "orders",
    "partner_file": "partner_files",
    "partner_files": "partner_files",
    "payment": "payments",
    "payments": "payments",
    "period": "finance",
    "port": RUNTIME,
    "price": "catalog",
    "product": "catalog",
    "purchase_order": "purchasing",
    "purchasing": "purchasing",
    "receivable": "finance",
    "reconciliation": "reconciliations",
    "reconciliations": "reconciliations",
    "return": "returns",
    "returns": "returns",
    "settlement": "settlement",
    "replenishment": "inventory",
    "shipment": "fulfillment",
    "stores": "stores",
    "supplier": "suppliers",
    "supplier_invoice": "purchasing",
    "suppliers": "suppliers",
    "sync": "channel_sync",
    "tax": "tax",
    "tax_rate": "catalog",
    "till_file": "stores",
    "timer": RUNTIME,
    "vault": "vault",
    "warehouse": "warehouse",
    "webhook": "webhooks",
    "webhooks": "webhooks",
}
PRIVATE = {
    Person: ("name", "email", "phone"),
    PostalAddress: ("name", "lines", "city", "postal_code"),
    Delivery: ("instructions",),
    Payment: ("token",),
    AuthorizePayment: ("token",),
    AssessFraud: ("token",),
    EndpointSecret: ("secret",),
}
ALWAYS_PRIVATE = {"token", "email", "phone", "postal_code", "city", "instructions"}


def parts_of(hint, seen=None):
    """Every type that a type is made of, Structs looked into."""
    seen = set() if seen is None else seen
    for part in get_args(hint):
        parts_of(part, seen)
    if not get_args(hint) and hint not in seen and isinstance(hint, type):
        seen.add(hint)
        if issubclass(hint, msgspec.Struct):
            for inner in get_type_hints(hint).values():
                parts_of(inner, seen)
    return seen


def structs():
    """Every Struct that may stand in a turn, at any depth."""
    found = set().union(*(parts_of(body) for _, body in VOCABULARY.values()))
    return sorted((one for one in found if issubclass(one, msgspec.Struct)), key=lambda one: one.__name__)


def calls_in(folder):
    """Every call in the code below a folder: (file, name of what is called, its node)."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                yield path.name, name, node


# -- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", sorted(VOCABULARY))
def test_every_word_has_an_owner(type_):
    owner = OWNERS[type_.split(".")[0]]
    assert owner == RUNTIME or owner in ACTORS


def test_every_actor_has_its_row_and_every_row_its_actor():
    assert set(ACTORS) == set(all_actors())
    for name, room in ACTORS.items():
        assert all((room.aggregate, room.key, room.system_of_record, room.written_by)), name


def test_what_actors_handle_and_fold_are_words():
    for spec in all_actors().values():
        for type_ in (*spec.handlers, *spec.folds):
            assert type_ in VOCABULARY or type_.startswith("timer."), (spec.name, type_)


def test_every_word_is_used():
    source = "\n".join(path.read_text() for path in sorted((ROOT / "actors").rglob("*.py")))
    unused = [type_ for type_, (_, body) in VOCABULARY.items() if body.__name__ not in source]
    assert unused == []


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__name__)
def test_every_contract_is_a_frozen_array_without_floats_and_sets(struct):
    config = struct.__struct_config__
    assert (config.array_like, config.frozen, config.gc) == (True, True, False)
    for hint in get_type_hints(struct).values():
        assert not parts_of(hint) & {float, set, frozenset, dict}


# -- topics -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", sorted(TOPICS))
def test_a_topic_row_says_who_what_and_how_long(type_):
    topic = TOPICS[type_]
    assert type_ in VOCABULARY
    assert topic.owner in ACTORS or topic.owner == "connectors"
    assert topic.sla_ms > 0
    assert topic.retention_days > 0
    assert topic.lifecycle in ("draft", "active", "deprecated", "retired")
    assert topic.data_class in ("public", "internal", "personal", "finance")
    pattern, _, reason = topic.pattern.partition(": ")
    assert pattern in ("synchronous", "event", "scheduled")
    assert len(reason.split()) > 3


@pytest.mark.parametrize("type_", sorted(TOPICS))
def test_a_subscribers_key_and_subject_stand_in_the_fact_and_it_handles_it(type_):
    fields = VOCABULARY[type_][1].__struct_fields__
    for subscription in TOPICS[type_].subscribers:
        assert subscription.key_field in fields
        assert subscription.subject_field in fields
        assert type_ in all_actors()[subscription.actor].handlers


def test_a_topic_with_personal_data_in_it_says_so():
    for type_, topic in TOPICS.items():
        inside = parts_of(VOCABULARY[type_][1])
        personal = any(private_fields(one) for one in inside if issubclass(one, msgspec.Struct))
        assert not personal or topic.data_class == "personal", type_


def test_what_actors_say_to_actors_goes_to_actors_there_are():
    known = set(all_actors())
    named = {
        node.args[0].value
        for _, name, node in calls_in("actors")
        if name == "say" and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert named
    assert named <= known


# -- ports ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", sorted(OPERATIONS))
def test_every_port_operation_has_a_dialect_that_writes_and_reads_it(type_):
    operation = OPERATIONS[type_]
    dialect = {dialect.system: dialect for dialect in DIALECTS}[operation.system]
    assert type_ in dialect.requests
    assert type_ in dialect.reads
    assert {"order_id", "effect_key"} <= set(VOCABULARY[type_][1].__struct_fields__)
    asks = operation.recovery.kind == "ask"
    assert (type_ in dialect.look_ups) == asks
    assert asks == bool(operation.recovery.look_up and operation.recovery.settle_ms)
    assert port_of(type_) == (operation.system if asks else f"port:{operation.system}")
    # Where an intent comes first, the connector takes it; elsewhere nobody says it to the connector.
    assert (type_ in all_actors()[operation.system].handlers) == asks


def test_dialects_speak_of_port_operations_only_and_each_system_has_its_limits():
    spoken = [type_ for dialect in DIALECTS for type_ in dialect.requests]
    assert sorted(spoken) == sorted(OPERATIONS)
    told = {subscriber.system for subscriber in SUBSCRIBERS.values()}
    assert {dialect.system for dialect in DIALECTS} | told == set(SYSTEMS)
    for dialect in DIALECTS:
        assert dialect.compensations <= set(dialect.requests)


def test_a_key_is_never_sent_again_after_its_system_has_forgotten_it():
    for type_, operation in OPERATIONS.items():
        if operation.recovery.kind == "resend_same_key":
            assert operation.give_up_ms <= operation.recovery.retention_ms, type_
        elif operation.recovery.kind == "ask":
            # Asked before the other side's own timeout, it might not be there yet.
            assert operation.recovery.settle_ms >= SYSTEMS[operation.system].timeout_ms, type_


def test_an_outcome_that_is_definite_and_final_is_told_and_one_that_is_retried_is_not():
    for name, outcome in OUTCOMES.items():
        assert outcome.retryable == (outcome.told == "nobody"), name


# -- people -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("contract", PRIVATE, ids=lambda contract: contract.__name__)
def test_private_fields_are_marked(contract):
    assert private_fields(contract) == PRIVATE[contract]


def test_no_contract_has_a_personal_field_that_is_not_marked():
    for struct in structs():
        unmarked = (ALWAYS_PRIVATE & set(struct.__struct_fields__)) - set(private_fields(struct))
        assert not unmarked, struct.__name__
        assert struct in PRIVATE or not private_fields(struct), struct.__name__


# -- exceptions and channels ------------------------------------------------------------------------


def test_every_category_of_exception_in_the_code_is_in_the_catalogue():
    places = {"put_before_a_person": 2, "_exception": 0, "_open_exception": 1, "ExceptionOpened": 1}
    used = set()
    for _, name, node in calls_in("actors"):
        at = places.get(name)
        if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
            used.add(node.args[at].value)
    for path in sorted((ROOT / "actors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                if getattr(node.targets[0], "id", "") == "category":
                    used.add(node.value.value)
    assert len(used) >= 6
    assert used <= set(CATALOGUE)


def test_every_row_of_the_catalogue_says_whose_it_is_by_when_and_what_to_do():
    for name, row in CATALOGUE.items():
        assert row.team, name
        assert row.due_h > 0, name
        assert row.next_step.endswith("."), name


def test_channels_have_a_policy_the_catalog_knows():
    for name, channel in CHANNELS.items():
        assert channel.price_policy in ("list", "trust", "quote"), name
        assert channel.release_window_ms >= 0, name
