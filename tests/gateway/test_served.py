"""The door as a client meets it: a real `tidegate serve` on loopback, its twins in a process of their own."""

import time

import httpx
import pytest

from tests.support.serving import HEADERS, Served, an_order

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "trace_id", "retryable", "errors"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("served") / "data").start().wait()
    yield one
    one.stop_all()


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False, timeout=20) as one:
        yield one


def post(client, order, key, **headers):
    return client.post("/v1/orders", json=order, headers={"idempotency-key": key, **headers})


def ended(client, location):
    due = time.monotonic() + 30
    while time.monotonic() < due:
        order = client.get(location).json()
        if order["order_status"] in ("completed", "rejected", "cancelled", "excepted"):
            return order
        time.sleep(0.1)
    raise AssertionError(f"not at rest: {order}")


def test_an_order_is_received_with_202_and_completes(client):
    answer = post(client, an_order("completes"), "completes")
    assert answer.status_code == 202
    assert answer.json()["status"] == "received"
    assert answer.headers["tidegate-mode"] == "sandbox"
    order = ended(client, answer.headers["location"])
    assert (order["order_status"], order["payment_status"]) == ("completed", "captured")
    assert (order["fulfillment_status"], order["erp_status"]) == ("dispatched", "acknowledged")
    timeline = client.get(answer.headers["location"] + "/timeline").json()["turns"]
    assert {"orders", "order_to_cash", "inventory", "finance", "erp"} <= {turn["actor"] for turn in timeline}


def test_a_repeat_has_the_same_status_and_bytes_and_says_that_it_is_one(client):
    first = post(client, an_order("repeat"), "repeat")
    again = post(client, an_order("repeat"), "repeat")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


def test_another_body_under_the_same_key_is_refused(client):
    post(client, an_order("body-1"), "same-key")
    other = post(client, an_order("body-2"), "same-key")
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency-key-reused"


def test_the_same_order_under_another_key_is_a_duplicate_with_its_location(client):
    first = post(client, an_order("twice"), "twice-1")
    second = post(client, an_order("twice"), "twice-2")
    assert (second.status_code, second.json()["code"]) == (409, "duplicate-order")
    assert second.headers["location"] == first.headers["location"]


def test_a_missing_idempotency_key_is_400(client):
    answer = client.post("/v1/orders", json=an_order("keyless"))
    assert answer.status_code == 400
    assert set(answer.json()) >= PROBLEM_FIELDS


@pytest.mark.parametrize("authorization", ["", "Bearer tg_wrong", "Basic abc"])
def test_no_key_or_a_wrong_one_is_401(client, authorization):
    answer = client.get("/v1/orders/ord_x", headers={"authorization": authorization})
    assert answer.status_code == 401
    assert set(answer.json()) >= PROBLEM_FIELDS


def test_every_wrong_field_is_named_at_once(client):
    order = an_order("wrong", currency="pounds", shipping_minor=-1, surprise=1)
    order["lines"] = [{"line_id": "1", "sku": "85123A", "quantity": 0, "unit_price_minor": 2.55}]
    answer = post(client, order, "wrong")
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    wanted = {"/currency", "/shipping_minor", "/surprise", "/lines/0/quantity", "/lines/0/unit_price_minor"}
    assert wanted <= pointers


def test_payments_that_do_not_add_up_are_refused(client):
    order = an_order("short")
    order["payments"] = [{**order["payments"][0], "amount_minor": 1}]
    assert post(client, order, "short").status_code == 422


def test_a_card_number_is_refused_and_not_echoed(client, served):
    card = "4111111111111111"
    answer = post(client, an_order("card", attributes={"note": card}), "card")
    assert (answer.status_code, answer.json()["code"]) == (422, "card-data-refused")
    assert card not in answer.text
    assert card not in served.said()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b"[" * 5_000, "application/json", 400),
        (b'{"channel": NaN}', "application/json", 400),
        (b'{"channel": "\xff"}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"x": "' + b"y" * (1 << 20) + b'"}', "application/json", 413),
    ],
)
def test_hostile_bodies_get_a_clear_4xx(client, body, content_type, status):
    headers = {"content-type": content_type, "idempotency-key": "hostile"}
    answer = client.post("/v1/orders", content=body, headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) >= PROBLEM_FIELDS


def test_a_refused_order_is_recorded_nowhere(client):
    order = an_order("nowhere", currency="XXX")
    assert post(client, order, "nowhere").status_code == 422
    mended = post(client, an_order("nowhere"), "nowhere")
    assert mended.status_code == 202


def test_a_declined_payment_ends_rejected(client):
    order = an_order("declined")
    order["payments"] = [{**order["payments"][0], "token": "tok_declined"}]
    end = ended(client, post(client, order, "declined").headers["location"])
    assert (end["order_status"], end["payment_status"]) == ("rejected", "declined")


def test_a_get_carries_an_etag_that_answers_304(client):
    location = post(client, an_order("etag"), "etag").headers["location"]
    ended(client, location)
    etag = client.get(location).headers["etag"]
    assert client.get(location, headers={"if-none-match": etag}).status_code == 304


def test_availability_says_how_much_there_is_and_as_of_when(client):
    body = client.get("/v1/availability", params={"skus": "85123A,T-OUT", "channel": "web"}).json()
    available = {row["sku"]: row["available"] for row in body["skus"]}
    assert available["85123A"] > 0
    assert available["T-OUT"] == 0
    assert body["as_of"]


def test_unknown_orders_and_routes_are_404_problems(client):
    for path in ("/v1/orders/ord_unknown", "/v1/nothing"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert set(answer.json()) >= PROBLEM_FIELDS


def test_health_is_open_and_ready(client):
    for path in ("/livez", "/readyz"):
        assert client.get(path, headers={"authorization": ""}).status_code == 200


def test_a_restart_keeps_answers_and_orders(tmp_path):
    served = Served(tmp_path / "data").start().wait()
    try:
        with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False, timeout=20) as client:
            first = post(client, an_order("kept"), "kept")
            ended(client, first.headers["location"])
        assert served.end() == 0
        served.start().wait()
        with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False, timeout=20) as client:
            again = post(client, an_order("kept"), "kept")
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert client.get(first.headers["location"]).json()["order_status"] == "completed"
        second = Served(served.directory, options=())
        second.start()
        assert second.process is not None
        assert second.process.wait(30) == 2
        assert "Traceback" not in served.said()
    finally:
        served.stop_all()
