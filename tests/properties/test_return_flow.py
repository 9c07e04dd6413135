"""The returns of one order, whatever is told again and whichever of them comes first: no more comes back than was
shipped, each is credited once, and what is asked back is what is credited.
"""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.flows.returns_to_refund import RETURNS_TO_REFUND
from contracts.refunds import (
    CaptureLeft,
    CapturesTold,
    CreditNoteIssued,
    IssueCreditNote,
    RefundMade,
    RefundPayment,
    TellCaptures,
)
from contracts.returns import (
    CheckReturn,
    CloseReturn,
    InspectedLine,
    ReturnInspected,
    ReturnLine,
    SaleTold,
    SoldLine,
    TellOrder,
)
from tests.support.walk import bodies, message_to, take

O, SHIPPED, CAPTURES = "ord_1", 4, (CaptureLeft("psp-a", "ch_1", 300), CaptureLeft("psp-a", "ch_2", 180))
SOLD = SoldLine("1", "TEA", SHIPPED, 400, 80, 0, 30)
# Of each return: its units, those of them that nobody credits, and its fee; of which all may be kept.
returns = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 4), st.sampled_from((0, 1_500, 10_000))),
    min_size=1,
    max_size=3,
)


class Others:
    """Whoever the flow speaks to. `may_say` is all that they have said or may say, and may say again."""

    def __init__(self, wanted: list[tuple[int, int, int]]) -> None:
        self.state = RETURNS_TO_REFUND.initial(O)
        self.wanted = {f"ret_{n}": one for n, one in enumerate(wanted)}
        self.may_say: list[Any] = [
            CheckReturn(id_, O, (ReturnLine("1", units),), fee)
            for id_, (units, _, fee) in self.wanted.items()
        ]
        self.ended: set[str] = set()
        self.allowed: Counter[str] = Counter()
        self.credited: Counter[str] = Counter()
        self.asked: dict[str, Counter[str]] = {}

    def tell(self, body: Any, n: int) -> None:
        """One message; what comes of it is heard."""
        decision = take(RETURNS_TO_REFUND, self.state, message_to(RETURNS_TO_REFUND, O, body, n=n), 0)
        for denied in bodies(decision, "returns.denied"):
            self.ended.add(denied.return_id)
        for allowed in bodies(decision, "returns.allowed"):
            id_ = allowed.return_id
            units, refused, _ = self.wanted[id_]
            self.allowed[id_] += units
            graded = InspectedLine("1", max(0, units - refused), 0, 0, min(units, refused))
            self.may_say.append(ReturnInspected(id_, O, (graded,)))
        if isinstance(body, ReturnInspected) and decision.events:
            # What is refused the customer has again, and may send again.
            self.allowed[body.return_id] -= body.lines[0].refused
        for said in decision.said:
            self.hear(said.body)

    def hear(self, said: Any) -> None:
        """What the flow asks of somebody, who does it."""
        if isinstance(said, TellOrder):
            self.may_say.append(SaleTold(O, said.return_id, "sold", "GB01", "p", "WH1", "GBP", "GB", (SOLD,)))
        elif isinstance(said, IssueCreditNote):
            payable = sum(one.net_minor + one.tax_minor for one in said.lines) - said.fee_minor
            # No credit note over nothing, and none twice.
            assert payable > 0
            assert said.return_id not in self.credited
            self.credited[said.return_id] = payable
            self.may_say.append(CreditNoteIssued(O, "GB01", 1, said.return_id, "GBP", payable, 0))
        elif isinstance(said, TellCaptures):
            self.may_say.append(CapturesTold(O, said.return_id, CAPTURES))
        elif isinstance(said, RefundPayment):
            self.asked.setdefault(said.return_id, Counter())[said.capture_id] += said.amount_minor
            self.may_say.append(
                RefundMade(O, "psp-a", said.effect_key, said.capture_id, said.amount_minor, "GBP", "GB01",
                           said.return_id)
            )  # fmt: skip
        elif isinstance(said, CloseReturn):
            assert said.return_id not in self.ended
            self.ended.add(said.return_id)


@settings(max_examples=200)
@given(returns, st.data())
def test_returns_of_one_order_share_what_was_shipped_and_each_is_credited_and_paid_once(wanted, data):
    others = Others(wanted)
    for n in range(data.draw(st.integers(0, 40))):
        # Who has ended is told nothing more: its own actor says everything once.
        open_ = [body for body in others.may_say if body.return_id not in others.ended]
        if not open_:
            break
        others.tell(data.draw(st.sampled_from(open_)), n)
        # A7
        assert sum(others.allowed.values()) <= SHIPPED
        assert all(0 <= units <= others.wanted[id_][0] for id_, units in others.allowed.items())
        # A9, of each capture and of each credit note.
        of_captures: Counter[str] = sum(others.asked.values(), Counter())
        assert all(of_captures[one.capture_id] <= one.left_minor for one in CAPTURES)
        assert all(sum(asked.values()) == others.credited[id_] for id_, asked in others.asked.items())
    # What was credited is what was not refused, at what it was sold for.
    for id_, credited in others.credited.items():
        units, refused, fee = others.wanted[id_]
        assert credited == (units - refused) * 120 * (10_000 - fee) // 10_000
