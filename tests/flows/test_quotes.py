"""Orders on a quote: its price holds against the list, for one order, until its last moment; edits keep to it."""

import json

from actors.runtime.intake import Call
from contracts.inventory import OrderUnpriceable
from contracts.orders import PostalAddress
from contracts.prices import ImportPrices, PriceRow
from contracts.quotes import AskedLine, MakeQuote
from tests.flows.test_edits import edit, edits
from tests.flows.test_holds import hold, let_go
from tests.support.shop import PRODUCTS, an_order

VALID_MS = 20_000


async def quoted(world, *lines, channel="business", key="q1"):
    """The id of a quote that holds for twenty seconds."""
    asked = tuple(AskedLine(*line) for line in lines)
    command = MakeQuote("default", channel, "GBP", VALID_MS, asked)
    call = Call("client", "POST", "/v1/price-quotes", key, key, "catalog", "default", f"quote {key}", command)
    answered = await world.system.submit(call)
    assert answered.status == 201
    return json.loads(answered.body)["quote_id"]


async def reprice(world, sku, price, version=1):
    rows = (PriceRow(sku, price, "GBP", world.timeline.now_ms(), version),)
    world.record("catalog", "default", ImportPrices("default", rows), f"price-{version}")
    await world.quiet()


def business(*lines, n=1, **fields):
    return an_order(*lines, n=n, channel="business", **fields)


async def test_an_order_pays_what_it_was_quoted_though_the_list_changed_meanwhile(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2), ("BOOK", 1))
    await reprice(world, "TEA", 999)
    state = await world.play(business(("TEA", 2), ("BOOK", 1), quote_id=quote_id))
    assert (state.order_status, state.total_minor) == ("completed", 2 * 255 + 700)
    # The new price is the list's, not the quote's.
    later = business(("TEA", 2, 999), ("BOOK", 1), n=2, quote_id=quote_id)
    assert (await world.play(later)).reason == "quote-used"


async def test_a_quote_is_over_at_its_last_moment_and_not_before(open_world):
    world = await open_world()
    first, second = await quoted(world, ("TEA", 2)), await quoted(world, ("TEA", 2), key="q2")
    expires = {fact.quote_id: fact.expires_ms for fact in world.facts("price.quoted")}
    await world.wait(expires[first] - 1_000 - world.timeline.now_ms())
    assert (await world.play(business(quote_id=first))).order_status == "completed"
    await world.wait(expires[second] - world.timeline.now_ms())
    state = await world.play(business(n=2, quote_id=second))
    assert (state.order_status, state.reason) == ("rejected", "quote-expired")


async def test_an_order_received_in_time_pays_its_quote_though_a_crash_has_it_taken_up_too_late(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2))
    (made,) = world.facts("price.quoted")
    await reprice(world, "TEA", 999)
    await world.wait(made.expires_ms - 20 - world.timeline.now_ms())
    order = business(("TEA", 2), quote_id=quote_id)
    await world.place(order)
    # It is received; what follows from that is lost, and done again when the quote is over.
    await world.crash()
    await world.timeline.sleep_until_ms(made.expires_ms + 5_000)
    await world.restart()
    await world.ended(order)
    (received,) = world.facts("order.received")
    assert received.at_ms < made.expires_ms
    assert (world.state(order).order_status, world.state(order).total_minor) == ("completed", 510)


async def test_of_two_orders_that_race_for_a_quote_one_gets_it(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2))
    orders = [business(n=n, quote_id=quote_id) for n in (1, 2)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    ends = [(world.state(order).order_status, world.state(order).reason) for order in orders]
    assert sorted(ends, key=str) == [("completed", None), ("rejected", "quote-used")]
    assert len(world.facts("price.quote_used")) == 1


async def test_a_channel_of_quotes_sells_nothing_without_one(open_world):
    world = await open_world()
    assert (await world.play(business())).reason == "quote-missing"
    assert (await world.play(business(n=2, quote_id="quo_none"))).reason == "quote-unknown"
    other = await quoted(world, ("TEA", 2), channel="web")
    assert (await world.play(business(n=3, quote_id=other))).reason == "quote-mismatch"


async def test_a_storefront_order_may_name_a_quote_and_is_priced_by_the_list_without_it(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2), channel="web")
    await reprice(world, "TEA", 300)
    assert (await world.play(an_order(("TEA", 2), quote_id=quote_id))).order_status == "completed"
    state = await world.play(an_order(("TEA", 2), n=2, quote_id=quote_id))
    assert (state.order_status, state.reason) == ("rejected", "price-changed")
    assert (await world.play(an_order(("TEA", 2, 300), n=3, quote_id=quote_id))).order_status == "completed"


async def test_a_marketplace_is_believed_at_any_price_and_needs_no_quote(open_world):
    world = await open_world()
    order = an_order(("TEA", 2, 1), channel="marketplace", quote_id="theirs")
    assert (await world.play(order)).order_status == "completed"


async def test_an_edit_of_the_address_keeps_the_quote_and_one_of_the_lines_is_refused(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2))
    order = business(quote_id=quote_id)
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    assert (await hold(world, order))[0] == 202
    await world.wait(VALID_MS + 1)
    assert (await edit(world, order, ("TEA", 3)))[1]["status"] == "edit-requested"
    await world.until(lambda: edits(world, order) == {"e1": "refused: quote-mismatch"})
    to = PostalAddress("GB", "A. Person", ("2 Other Street",), "Leeds", None, "LS1")
    assert (await edit(world, order, edit_id="e2", ship_to=to))[0] == 202
    await world.until(lambda: edits(world, order)["e2"] == "applied")
    await let_go(world, order)
    await world.ended(order)
    assert world.state(order).order_status == "completed"
    assert world.state(order).total_minor == 2 * PRODUCTS["TEA"][0]


async def test_a_restart_keeps_every_quote(open_world):
    world = await open_world()
    quote_id = await quoted(world, ("TEA", 2))
    await world.quiet()
    await world.restart()
    await world.quiet()
    assert world.rebuilt_digest() == world.system.engine.fold.digest()
    assert (await world.play(business(quote_id=quote_id))).order_status == "completed"
    assert not any(isinstance(fact, OrderUnpriceable) for fact in world.facts("order.rejected"))
