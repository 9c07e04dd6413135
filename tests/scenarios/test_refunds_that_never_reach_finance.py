"""The pain: the customer has the money back and the goods are on the shelf, and the books know nothing of it."""

from tests.support.bugs import restock_without_credit
from tests.support.bugs_of_pains import refund_events_ignored
from tests.support.sendings import money_back, send_back
from tests.support.settling import balances
from tests.support.shop import an_order

PAYABLE = "2120 refunds payable"


async def what_the_books_say(world):
    """Two teas come back; the provider pays after a while. What it paid, what we booked, what we seem to owe."""
    order = an_order(token="tok_refund_pending")
    await world.play(order)
    await send_back(world, order, ("1", 2))
    await world.wait(20_000)
    paid = sum(amount for _, amount, status in money_back(world)[0] if status == "succeeded")
    booked = sum(
        amount for step, entries in world.postings() if step == "refund" for _, _, amount in entries[:1]
    )
    return {"paid": paid, "booked": booked, "owed": -balances(world).get(PAYABLE, 0)}


async def test_what_the_provider_paid_back_is_in_the_books(open_world):
    assert await what_the_books_say(await open_world()) == {"paid": 510, "booked": 510, "owed": 0}


async def test_with_the_providers_events_ignored_it_never_gets_there(open_world, monkeypatch):
    refund_events_ignored(monkeypatch)
    assert await what_the_books_say(await open_world()) == {"paid": 510, "booked": 0, "owed": 510}


async def test_with_no_credit_note_the_customer_never_gets_the_money(open_world, monkeypatch):
    restock_without_credit(monkeypatch)
    world = await open_world()
    assert await what_the_books_say(world) == {"paid": 0, "booked": 0, "owed": 0}
    assert world.stock("TEA")[0] == 1_000
