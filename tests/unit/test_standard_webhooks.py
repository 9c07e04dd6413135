"""Standard Webhooks: what we sign others verify, what others sign we verify; and CloudEvents in their three modes."""

from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings import http as theirs
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from contracts.standard_webhooks import (
    StaleTimestamp,
    WrongSignature,
    headers_of,
    key_of,
    secret_of,
    signature_of,
    verify,
)
from gateway.cloudevents import NotAnEvent, batch, binary, read, structured

NOW_S = 1_777_593_600
SECRET, OTHER = secret_of(b"s" * 32), secret_of(b"o" * 32)
EVENT = {
    "specversion": "1.0",
    "id": "7.3.0",
    "source": "/tidegate/orders",
    "type": "retail.order.accepted.v1",
    "subject": "ord_1",
    "time": "2026-05-17T10:00:00.000Z",
    "datacontenttype": "application/json",
    "partitionkey": "ord_1",
    "data": {"order_id": "ord_1", "note": 'a "quoted" 100 % € note'},
}
ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=30)


@given(st.binary(min_size=1, max_size=64), ids, st.integers(0, 2**33), st.text().map(str.encode))
def test_a_signature_of_ours_is_theirs(key, id_, timestamp, body):
    moment = datetime.fromtimestamp(timestamp, UTC)
    secret = secret_of(key)
    assert signature_of(secret, id_, timestamp, body) == Webhook(secret).sign(id_, moment, body.decode())
    assert key_of(secret) == key_of(secret.rstrip("=")) == key


@given(st.binary(max_size=200), st.lists(st.sampled_from([SECRET, OTHER]), min_size=1, max_size=3))
def test_what_any_of_the_secrets_signed_is_believed_and_no_byte_may_be_another(body, secrets):
    headers = headers_of(secrets, "msg_1", NOW_S, body)
    for secret in set(secrets):
        assert verify([secret], headers, body, NOW_S) == "msg_1"
        assert verify([secret_of(b"x"), secret], headers, body, NOW_S) == "msg_1"
    with pytest.raises(WrongSignature):
        verify([secret_of(b"x")], headers, body, NOW_S)
    with pytest.raises(WrongSignature):
        verify(secrets, headers, body + b" ", NOW_S)
    for name, other in (("webhook-id", "msg_2"), ("webhook-timestamp", str(NOW_S + 1))):
        with pytest.raises(WrongSignature):
            verify(secrets, {**headers, name: other}, body, NOW_S)
    for name in headers:
        with pytest.raises(WrongSignature):
            verify(secrets, {key: one for key, one in headers.items() if key != name}, body, NOW_S)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1.5", "١٢٣", "9" * 40])
def test_a_time_that_is_none_is_a_wrong_signature(timestamp):
    headers = {**headers_of([SECRET], "msg_1", NOW_S, b""), "webhook-timestamp": timestamp}
    with pytest.raises(WrongSignature):
        verify([SECRET], headers, b"", NOW_S)


@pytest.mark.parametrize("signature", ["é", "v1", "v1,", "v2,AAAA", ", ", "v1," + "é" * 9])
def test_a_signature_that_is_none_is_wrong_and_no_error_of_ours(signature):
    headers = {**headers_of([SECRET], "msg_1", NOW_S, b""), "webhook-signature": signature}
    with pytest.raises(WrongSignature):
        verify([SECRET], headers, b"", NOW_S)


@pytest.mark.parametrize(
    ("off", "stale"), [(0, False), (300, False), (-300, False), (301, True), (-301, True)]
)
def test_what_is_old_or_still_to_come_is_stale_whoever_signed_it(off, stale):
    headers = headers_of([SECRET], "msg_1", NOW_S + off, b"{}")
    if not stale:
        assert verify([SECRET], headers, b"{}", NOW_S) == "msg_1"
        return
    with pytest.raises(StaleTimestamp):
        verify([SECRET], headers, b"{}", NOW_S)


# -- CloudEvents ------------------------------------------------------------------------------------


def test_others_read_our_events_in_every_mode():
    message = theirs.HTTPMessage
    for headers, body in (structured(EVENT), binary(EVENT)):
        event = theirs.from_http(message(headers, body), JSONFormat())
        assert (event.get_id(), event.get_type(), event.get_subject()) == ("7.3.0", EVENT["type"], "ord_1")
        assert event.get_extension("partitionkey") == "ord_1"
        assert event.get_data() == EVENT["data"]
    assert read(*batch([EVENT, EVENT])) == [EVENT, EVENT]


def test_we_read_our_own_events_in_every_mode():
    assert read(*structured(EVENT)) == [EVENT]
    assert read(*binary(EVENT)) == [EVENT]
    assert read(*binary({**EVENT, "subject": "Ein Müller & 100 %"})) == [
        {**EVENT, "subject": "Ein Müller & 100 %"}
    ]


def test_data_in_base64_is_data():
    event = {name: value for name, value in EVENT.items() if name != "data"}
    (found,) = read(*structured({**event, "data_base64": "eyJhIjoxfQ=="}))
    assert found["data"] == {"a": 1}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"content-type": "application/json"}, b"{}"),
        ({"content-type": "application/cloudevents+json"}, b"nonsense"),
        ({"content-type": "application/cloudevents+json"}, b"[]"),
        ({"content-type": "application/cloudevents+json"}, b'{"id": "1"}'),
        ({"content-type": "application/cloudevents+json"}, b'{"specversion":"0.3","id":"1","source":"s","type":"t"}'),
        ({"content-type": "application/cloudevents+json"}, b'{"specversion":"1.0","id":1,"source":"s","type":"t"}'),
        ({"content-type": "application/cloudevents+xml"}, b"<event/>"),
        ({"content-type": "application/cloudevents-batch+json"}, b"{}"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[1]"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[" + b"{}," * 600 + b"{}]"),
        ({"ce-id": "1", "ce-source": "%ff", "ce-type": "t", "ce-specversion": "1.0"}, b""),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(headers, body):
    with pytest.raises(NotAnEvent):
        read(headers, body)
