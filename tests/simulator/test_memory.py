"""What a run holds is weighed part by part, and the scale sees all that hangs on an object."""

import sys
from array import array
from collections import deque

from contracts.turn import NORMAL, Message
from sim.memory import Scale, resident_bytes

LONG = "x" * 100_000


def whole(text: str) -> Message:
    return Message("erp", text, "s", "x", 1, NORMAL, None, None, "1.1.1", "main", "", "", "")


class Slotted:
    __slots__ = ("__hidden", "seen")

    def __init__(self, seen: object, hidden: object) -> None:
        self.seen, self.__hidden = seen, hidden


Slotted.__module__ = "sim.somewhere"


def test_what_hangs_on_an_object_is_weighed_whatever_holds_it():
    size = sys.getsizeof(LONG)
    for holder in ({LONG: 1}, {1: LONG}, [LONG], (LONG,), deque([LONG]), whole(LONG), Slotted(1, LONG)):
        assert size < Scale().weigh([holder]) < size + 2_000
    assert Scale().weigh(array("Q", range(10_000))) > 80_000


def test_what_was_weighed_once_weighs_nothing_again_nor_does_what_is_left_out():
    scale = Scale()
    assert scale.weigh([LONG]) > 100_000
    assert scale.weigh([LONG]) < 1_000
    assert Scale([LONG]).weigh([LONG], {1: LONG}) < 1_000


def test_functions_classes_and_what_leads_elsewhere_are_no_data():
    assert Scale().weigh(whole, Message, sys) == 0


def test_the_process_says_what_is_resident():
    before = resident_bytes()
    kept = bytearray(b"x" * 64_000_000)
    assert resident_bytes() - before > 40_000_000
    assert len(kept) == 64_000_000
