"""Bad settlement files: refused or in suspense with an exception, and once the corrected file has come the books
are as if it had come first."""

import msgspec
import pytest

from sim.twins.settlement_files import ACCOUNTS
from tests.support.settlement_files import PROVIDERS, a_payout, text_of
from tests.support.settling import balances, bring, sales_of, settlement
from tests.support.shop import an_order

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


async def paid_by(open_world, provider):
    """A shop with three orders paid through the provider, and the payout that is due for them."""
    world = await open_world()
    for n in range(3):
        order = an_order(("TEA", n + 1), ("SOAP", 1), n=n)
        paid = tuple(msgspec.structs.replace(one, provider=provider) for one in order.payments)
        await world.play(msgspec.structs.replace(order, payments=paid))
    return world, a_payout(provider, rows=sales_of(world, provider))


async def refused_then_corrected(open_world, provider, wrong, code):
    """The wrong file is refused, nothing of it is booked; after the right one the books are a clean world's."""
    world, right = await paid_by(open_world, provider)
    before = balances(world)
    await bring(world, right, wrong(right))
    assert [one.code for one in world.facts("settlement.file_refused")] == [code]
    assert world.exceptions() == ["settlement-file-refused"]
    assert balances(world) == before
    assert world.facts("settlement.line_matched") == []
    assert [one.category for one in world.system.work_list.of("finance")] == ["settlement-file-refused"]
    await bring(world, right)
    assert world.system.work_list.of() == []
    clean, same = await paid_by(open_world, provider)
    await bring(clean, same)
    assert clean.exceptions() == []
    assert balances(world) == balances(clean)
    assert settlement(world, provider) == settlement(clean, provider)
    assert world.system.look("finance", "GB01") == clean.system.look("finance", "GB01")
    assert world.rebuilt_digest() == world.system.engine.fold.digest()
    return world


@every_provider
async def test_a_file_with_a_wrong_control_total_is_refused(open_world, provider):
    def wrong(right):
        # The last row goes missing, and the totals still speak of it.
        short = msgspec.structs.replace(right, rows=right.rows[:-1])
        total = {"psp-a": "T,", "psp-b": "#lines,", "psp-c": '"transactions_count"'}[provider]
        return "\n".join(
            theirs if ours.strip().startswith(total) else ours
            for ours, theirs in pair_up(text_of(short), text_of(right), total)
        )

    await refused_then_corrected(open_world, provider, wrong, "control-total")


def pair_up(short, full, total):
    theirs = next(line for line in full.splitlines() if line.strip().startswith(total))
    return [(line, theirs) for line in short.splitlines()]


@every_provider
async def test_a_file_with_a_repeated_line_is_refused(open_world, provider):
    def wrong(right):
        return text_of(msgspec.structs.replace(right, rows=(*right.rows, right.rows[0])))

    await refused_then_corrected(open_world, provider, wrong, "repeated-line")


@every_provider
async def test_a_file_with_a_line_in_another_currency_is_refused(open_world, provider):
    def wrong(right):
        head, _, tail = text_of(right).rpartition("GBP")
        return f"{head}EUR{tail}"

    await refused_then_corrected(open_world, provider, wrong, "other-currency")


@every_provider
async def test_a_truncated_file_is_refused(open_world, provider):
    def wrong(right):
        lines = text_of(right).splitlines(keepends=True)
        return "".join(lines[: len(lines) * 2 // 3])

    await refused_then_corrected(open_world, provider, wrong, "truncated")


@every_provider
async def test_a_file_cut_anew_under_the_name_of_an_imported_one_is_refused(open_world, provider):
    world, right = await paid_by(open_world, provider)
    await bring(world, right)
    before = balances(world)
    row = right.rows[0]
    other = (msgspec.structs.replace(row, gross=row.gross + 1), *right.rows[1:])
    await bring(world, msgspec.structs.replace(right, rows=other))
    assert [one.code for one in world.facts("settlement.file_refused")] == ["re-cut"]
    assert world.exceptions() == ["settlement-file-refused"]
    assert balances(world) == before
    # The right bytes once more are the file that is there.
    await bring(world, right)
    assert len(world.exceptions()) == 1
    assert balances(world) == before
    assert settlement(world, provider).files["S1"].status == "reconciled"


async def test_a_line_of_nobody_is_in_suspense_until_a_later_file_takes_it_back(open_world):
    world, right = await paid_by(open_world, "psp-a")
    stray = msgspec.structs.replace(right.rows[0], id="t9", about="ch_9", order="")
    await bring(world, msgspec.structs.replace(right, rows=(*right.rows, stray)))
    assert world.exceptions() == ["settlement-mismatch"]
    back = msgspec.structs.replace(stray, id="t10", gross=-stray.gross, fee=-stray.fee)
    await bring(world, msgspec.structs.replace(right, file="S2", rows=(back,)))
    clean, same = await paid_by(open_world, "psp-a")
    await bring(clean, same)
    assert balances(world) == balances(clean)
    assert settlement(world).open == {}
    assert len(world.facts("settlement.discrepancy_resolved")) == 2
    assert world.system.work_list.of() == []


def test_every_provider_writes_its_own_way():
    assert len({text_of(a_payout(provider)) for provider in ACCOUNTS}) == len(PROVIDERS)
