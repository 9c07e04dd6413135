"""Trial balance and receivables, as the committed turns of real orders fold to them."""

from actors.views.receivables import Receivables
from actors.views.trial_balance import TrialBalance
from contracts.accounts import AR, BANK, PSP_FEES
from contracts.finance import Entry
from contracts.ledger import ApproveJournal, ProposeJournal
from tests.support.shop import an_order, id_of


def folded(world):
    """The views, rebuilt from the journal."""
    balance, receivables = TrialBalance(), Receivables()
    for turn in world.turns():
        balance.take([turn])
        receivables.take([turn])
    return balance, receivables


async def test_what_was_posted_balances_and_what_was_not_captured_is_owed(open_world):
    world = await open_world()
    paid, unpaid = an_order(("TEA", 2), n=1), an_order(("MUG", 1), n=2, token="tok_capture_fails")
    for order in (paid, unpaid):
        await world.place(order)
    await world.ended(paid, unpaid)
    balance, receivables = folded(world)
    assert balance.books() == [("GB01", "GBP")]
    assert balance.difference_minor("GB01", "GBP") == 0
    rows = {row.account: row.balance_minor for row in balance.of("GB01", "GBP")}
    assert rows[AR] == 1_000
    assert rows["1200 PSP clearing psp-a"] == 510
    assert [(row.order_id, row.owed_minor, row.since) for row in receivables.of("GB01")] == [
        (id_of(unpaid), 1_000, 20260501)
    ]
    assert receivables.total_minor("GB01", "GBP") == rows[AR]
    # The system's own views were told as it went.
    assert world.system.trial_balance.of("GB01", "GBP") == balance.of("GB01", "GBP")
    assert world.system.receivables.of() == receivables.of()


async def test_a_trial_balance_may_be_asked_for_one_period(open_world):
    world = await open_world()
    await world.play(an_order())
    entries = (Entry(PSP_FEES, "D", 40), Entry(BANK, "C", 40))
    world.record(
        "finance", "GB01", ProposeJournal("GB01", "j", "ann", "fees", "GBP", entries, 20260430), "p", "j"
    )
    world.record("finance", "GB01", ApproveJournal("GB01", "j", "bob"), "a", "j")
    await world.quiet()
    balance, _ = folded(world)
    assert [(row.account, row.balance_minor) for row in balance.of("GB01", "GBP", 202604)] == [
        (BANK, -40),
        (PSP_FEES, 40),
    ]
    assert BANK not in {row.account for row in balance.of("GB01", "GBP", 202605)}
    (posting,) = [one for one in world.facts("ledger.posted") if one.step == "journal"]
    assert (posting.by, posting.approved_by, posting.reason, posting.period) == ("ann", "bob", "fees", 202604)
