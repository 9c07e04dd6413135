"""The architecture as data: who may import whom, and who may touch the clock, chance and threads.

Floors, from the ground:

    4   tests         benchmarks         anything below; never each other
    3   sim                              the world around the system
    2   gateway                          the HTTP door
    1   actors                           the system (its rooms: see below)
    0   contracts                        what may be said

Inside `actors` (every room may import `contracts`):

    system ──────▶ every room below
    flows ───────▶ runtime
    domains/* ───▶ runtime               never each other
    connectors ──▶ runtime, policies
    views ───────▶ runtime
    runtime ─────▶ journal
    journal ─────▶ (contracts)
    policies ────▶ (contracts)

To add a room, add a row. To add an arrow, change a row, and say in the commit why the arrow is worth its price.
"""

from typing import NamedTuple

FIRST_PARTY = ("contracts", "actors", "gateway", "sim", "benchmarks", "tests")


class Room(NamedTuple):
    """One row. `name` is a dotted path; `*` stands for one part of it. The longest name that fits a module wins.

    `may_import`: dotted paths of first-party code, whatever lies under them included. A room may always import
    itself. `third_party`: None means any declared dependency, else the only ones allowed (the standard library
    is judged by the tables of owners, not here).
    """

    name: str
    may_import: tuple[str, ...]
    third_party: tuple[str, ...] | None = None


ROOMS = (
    # floor 0
    Room("contracts", (), third_party=("msgspec",)),
    # floor 1
    Room("actors", ("contracts",)),  # the package's own __init__: it pulls in no room
    Room("actors.journal", ("contracts",)),
    Room("actors.policies", ("contracts",)),
    Room("actors.runtime", ("contracts", "actors.journal")),
    Room("actors.views", ("contracts", "actors.runtime")),
    Room("actors.connectors", ("contracts", "actors.runtime", "actors.policies")),
    Room("actors.domains", ("contracts",), third_party=("msgspec",)),
    Room("actors.domains.*", ("contracts", "actors.runtime"), third_party=("msgspec",)),
    Room("actors.flows", ("contracts", "actors.runtime"), third_party=("msgspec",)),
    Room(
        "actors.system",
        (
            "contracts",
            "actors.domains",
            "actors.flows",
            "actors.connectors",
            "actors.views",
            "actors.runtime",
            "actors.journal",
            "actors.policies",
        ),
    ),
    # floor 2
    Room("gateway", ("contracts", "actors")),
    # floor 3: the twins and the judge share nothing with what they stand against
    Room("sim", ("contracts", "actors", "gateway", "sim")),
    Room("sim.twins", ("contracts",)),
    Room("sim.invariants", ("contracts",)),
    # floor 4
    Room("benchmarks", ("contracts", "actors", "gateway", "sim")),
    Room("tests", ("contracts", "actors", "gateway", "sim")),
)

# Rooms that decide: plain functions over plain values, no I/O, so nothing in them may wait.
PURE_ROOMS = ("actors.domains", "actors.flows")

# What a name gives its user, wherever it is imported or reached from. A name covers whatever lies under it.
POWERS: dict[str, tuple[str, ...]] = {
    "clock": (
        "time",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "os.times",
    ),
    "randomness": ("random", "secrets", "uuid", "os.urandom", "os.getrandom", "numpy.random"),
    "threads": (
        "threading",
        "_thread",
        "concurrent.futures",
        "multiprocessing",
        "queue",
        "trio.to_thread",
        "trio.from_thread",
        "anyio.to_thread",
        "anyio.from_thread",
        "asyncio.to_thread",
    ),
}

# Who holds a power by right.
OWNERS: dict[str, tuple[str, ...]] = {
    "clock": ("actors/runtime/real.py", "sim/timeline.py"),
    "randomness": ("actors/runtime/real.py", "sim/timeline.py", "sim/chance.py"),
    "threads": ("actors/journal/sqlite.py",),
}

# Who else may, and why. Keep it short: production code that wants a row wants the clock port instead.
EXCEPTIONS: tuple[tuple[str, str, str], ...] = (
    ("sim/twins/serve.py", "clock", "the living twins are a process of their own and answer in real time"),
    (
        "sim/twins/sqlite.py",
        "threads",
        "their books are on a disk, whose sync must not hold up their answers",
    ),
    ("sim/commands/*.py", "clock", "progress and `wall_s` are about the person who waits, not about the run"),
    ("benchmarks/*", "clock", "measuring wall time is what they are for"),
    ("benchmarks/*", "threads", "a measurement may need a clean process, or the price of a thread"),
)
EXCEPTIONS_AT_MOST = 8

# Trio's underscored names may change with any release, so one file knows them, and the test that watches it.
PRIVATE_TRIO_OWNERS = ("sim/timeline.py", "tests/simulator/test_timeline.py")

FILE_LINES_AT_MOST = 350
FUNCTION_LINES_AT_MOST = 60
REASON = "long because"
