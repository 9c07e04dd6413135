"""The tests of the tests: each rule is shown a bad module and must complain, and a good one and must not."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import assertions, checker

Build = Callable[..., checker.Tree]


@pytest.fixture
def house(tmp_path: Path) -> Build:
    """Writes files under a root of their own, `{path: source}`, and reads them as a tree."""

    def build(files: dict[str, str]) -> checker.Tree:
        for path, source in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(source), encoding="utf-8")
        return checker.Tree(tmp_path)

    return build


def test_an_empty_house_has_nothing_to_complain_of(house: Build):
    tree = house({})
    assert tree.modules == []
    assert checker.check_rooms(tree) == []
    assert checker.check_circles(tree) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("contracts/orders.py", "import trio"),
        ("contracts/orders.py", "from actors.runtime import loop"),
        ("actors/system.py", "import gateway"),
        ("actors/journal/memory.py", "from actors.runtime import loop"),
        ("actors/policies/retry.py", "from actors.journal import memory"),
        ("actors/runtime/loop.py", "from actors.policies.retry import Retry"),
        ("actors/runtime/loop.py", "from ..domains.orders import model"),
        ("actors/views/orders.py", "import actors.journal.sqlite"),
        ("actors/connectors/erp.py", "from actors.journal import memory"),
        ("actors/flows/order_to_cash.py", "from actors.domains.orders import model"),
        ("actors/flows/order_to_cash.py", "import trio"),
        ("actors/domains/orders/actor.py", "from actors.domains.inventory.model import Pool"),
        ("actors/domains/orders/actor.py", "from ..inventory import model"),
        ("actors/domains/orders/actor.py", "import actors.journal"),
        ("actors/domains/orders/actor.py", "import httpx"),
        ("actors/__init__.py", "from actors.system import System"),
        ("gateway/app.py", "import sim.plan"),
        ("gateway/app.py", "def late():\n    from sim import plan"),
        ("gateway/app.py", "import importlib\nimportlib.import_module('sim.plan')"),
        ("sim/twins/erp.py", "from actors.journal import memory"),
        ("sim/twins/erp.py", "from sim.chance import draw"),
        ("sim/invariants/a1.py", "from sim.twins.erp import Book"),
        (
            "sim/invariants/a1.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim import plan",
        ),
        ("sim/run.py", "import tests.support"),
        ("sim/run.py", "import benchmarks"),
        ("benchmarks/runtime.py", "from tests.support import data"),
        ("tests/unit/test_it.py", "import benchmarks.harness"),
    ],
)
def test_an_arrow_that_is_not_in_the_table_is_named(house: Build, path: str, source: str):
    complaints = checker.check_rooms(house({path: source}))
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{path}:{len(source.splitlines())}: ")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("contracts/orders.py", "import re, msgspec\nfrom contracts.money import Money"),
        (
            "actors/runtime/loop.py",
            "import trio\nfrom actors.journal.engine import Journal\nimport contracts",
        ),
        ("actors/connectors/erp.py", "import httpx\nfrom actors.policies import retry"),
        ("actors/domains/orders/actor.py", "from actors.runtime.channel import Channel\nfrom . import model"),
        ("actors/system/build.py", "import actors.flows, actors.journal.sqlite, actors.domains.orders.actor"),
        ("gateway/app.py", "import quart\nfrom actors.system import System"),
        ("sim/run.py", "import sim.twins, gateway, actors.system, contracts"),
        ("sim/twins/erp.py", "from sim.twins.book import Book\nimport contracts, quart"),
        ("benchmarks/runtime.py", "import sim.run, actors.system"),
        ("tests/unit/test_it.py", "from tests.support import data\nimport sim"),
    ],
)
def test_an_arrow_of_the_table_passes(house: Build, path: str, source: str):
    assert checker.check_rooms(house({path: source})) == []


def test_a_model_may_not_stand_on_the_runtime_by_way_of_its_own_room(house: Build):
    tree = house(
        {
            "actors/domains/orders/model.py": "import contracts\nfrom actors.domains.orders import rules",
            "actors/domains/orders/rules.py": "from actors.runtime import loop",
            "actors/runtime/loop.py": "",
        }
    )
    assert checker.check_rooms(tree) == []  # the room may, the model may not
    assert ["rules.py:1" in complaint for complaint in checker.check_models(tree)] == [True]


def test_a_model_may_not_stand_on_its_actor(house: Build):
    tree = house({"actors/domains/orders/model.py": "from .actor import Orders"})
    assert len(checker.check_models(tree)) == 1


def test_a_model_may_stand_on_contracts_and_its_own_rules(house: Build):
    tree = house(
        {
            "actors/domains/orders/model.py": "from contracts import orders\nfrom .rules import price",
            "actors/domains/orders/rules.py": "import contracts, decimal",
        }
    )
    assert checker.check_models(tree) == []


def test_a_flow_that_awaits_is_named(house: Build):
    source = "async def step():\n    await other()"
    assert len(checker.check_pure(house({"actors/flows/cash.py": source}))) == 2


def test_a_connector_may_await(house: Build):
    assert checker.check_pure(house({"actors/connectors/erp.py": "async def call(): ..."})) == []


def test_a_circle_is_drawn_even_where_an_import_hides_in_a_function(house: Build):
    tree = house(
        {
            "sim/a.py": "from sim import b",
            "sim/b.py": "import sim.c",
            "sim/c.py": "def late():\n    from .a import thing",
        }
    )
    (complaint,) = checker.check_circles(tree)
    assert "sim.a -> sim.b -> sim.c -> sim.a" in complaint


def test_types_alone_make_no_circle(house: Build):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim.b import B"
    assert checker.check_circles(house({"sim/a.py": source, "sim/b.py": "from sim.a import A"})) == []


def test_a_diamond_is_no_circle(house: Build):
    files = {
        "sim/a.py": "import sim.b, sim.c",
        "sim/b.py": "import sim.d",
        "sim/c.py": "import sim.d",
        "sim/d.py": "",
    }
    assert checker.check_circles(house(files)) == []


@pytest.mark.parametrize(
    ("power", "source"),
    [
        ("clock", "import time"),
        ("clock", "from time import monotonic as m"),
        ("clock", "import datetime as dt\ndt.datetime.now()"),
        ("clock", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
        ("clock", "from datetime import date\ndate.today()"),
        ("randomness", "import random"),
        ("randomness", "from secrets import token_hex"),
        ("randomness", "import uuid"),
        ("randomness", "import os\nos.urandom(8)"),
        ("randomness", "from os import urandom"),
        ("threads", "import threading"),
        ("threads", "from concurrent.futures import ThreadPoolExecutor"),
        ("threads", "import concurrent.futures"),
        ("threads", "import trio\nawait_me = trio.to_thread.run_sync"),
        ("threads", "from trio import to_thread"),
        ("threads", "import anyio.from_thread"),
    ],
)
def test_a_power_used_outside_its_owner_is_named(house: Build, power: str, source: str):
    complaints = checker.check_power(house({"actors/runtime/loop.py": source}), power)
    assert complaints
    assert all(f"({power})" in complaint for complaint in complaints)


@pytest.mark.parametrize(
    ("power", "path", "source"),
    [
        ("clock", "actors/runtime/real.py", "import time"),
        ("randomness", "actors/runtime/real.py", "import secrets"),
        ("randomness", "sim/chance.py", "import random"),
        ("threads", "actors/journal/sqlite.py", "import trio\nrun = trio.to_thread.run_sync"),
        ("clock", "sim/commands/simulate.py", "import time"),
        ("clock", "benchmarks/deep/runtime.py", "import time"),
        ("clock", "tests/unit/test_it.py", "import time"),
        (
            "clock",
            "gateway/app.py",
            "from datetime import datetime, time\ndatetime.fromisoformat('2026-05-17')",
        ),
        ("clock", "gateway/app.py", "import trio\nnow = trio.current_time()"),
        ("clock", "gateway/app.py", "def now(time): return time.time"),
    ],
)
def test_a_power_in_its_owners_hands_passes(house: Build, power: str, path: str, source: str):
    assert checker.check_power(house({path: source}), power) == []


@pytest.mark.parametrize(
    "source",
    [
        "import trio._core",
        "from trio._core._run import GLOBAL_RUN_CONTEXT",
        "from trio import _core",
        "import trio\ntrio._core._run._r.seed(1)",
        "import trio.lowlevel as low\nlow._private",
    ],
)
def test_a_private_name_of_trio_is_named_outside_its_one_file(house: Build, source: str):
    assert checker.check_private_trio(house({"sim/run.py": source}))
    assert checker.check_private_trio(house({"sim/run.py": "", "sim/timeline.py": source})) == []


def test_a_long_file_needs_its_reason_near_the_top(house: Build):
    body = "x = 1\n" * 351
    assert len(checker.check_lengths(house({"sim/run.py": body}))) == 1
    assert checker.check_lengths(house({"sim/run.py": f"# Long because\n# it is a table.\n{body}"})) == []
    assert len(checker.check_lengths(house({"sim/run.py": f"{body}# long because it is late"}))) == 1


def test_a_long_function_needs_its_reason_beside_its_def(house: Build):
    body = "    x = 1\n" * 61
    assert len(checker.check_lengths(house({"sim/run.py": f"def f():\n{body}"}))) == 1
    beside = f"def f():\n    # long because one table is read in one go\n{body}"
    assert checker.check_lengths(house({"sim/run.py": beside})) == []


def test_a_docstring_does_not_make_a_function_long(house: Build):
    words = "    a line of words\n" * 80
    assert checker.check_lengths(house({"sim/run.py": f'def f():\n    """Title\n{words}    """\n'})) == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def test_a():\n    f()", "test_a asserts nothing"),
        ("async def test_a(world):\n    await world.until(true)", "test_a asserts nothing"),
        ("def test_a():\n    g()\ndef g():\n    return test_a", "test_a asserts nothing"),
        ("from tests.support.some import mute\ndef test_a():\n    mute()", "test_a asserts nothing"),
        ("def test_a():\n    assert True", "a constant"),
        ("def test_a(n):\n    assert len(n) >= 0", "whatever it sees"),
        ("def test_a(n):\n    assert n.of == n.of", "whatever it sees"),
        ("def test_a():\n    with pytest.raises(Exception):\n        f()", "any mistake at all"),
    ],
)
def test_a_test_that_cannot_fail_is_refused(house: Build, source: str, why: str):
    tree = house({"tests/unit/test_a.py": source, "tests/support/some.py": "def mute(): ..."})
    (complaint,) = assertions.check_assertions(tree)
    assert why in complaint


@pytest.mark.parametrize(
    "source",
    [
        "def test_a(n):\n    assert n() == n()",
        "def test_a(n):\n    assert n > 0",
        "def test_a():\n    with pytest.raises(ValueError):\n        f()",
        "def test_a():\n    with pytest.raises(Exception, match='why'):\n        f()",
        "def test_a():\n    g()\ndef g():\n    h()\ndef h():\n    assert f()",
        "from tests.support.some import loud\ndef test_a():\n    run(lambda: loud())",
    ],
)
def test_a_test_that_can_fail_is_not(house: Build, source: str):
    tree = house({"tests/unit/test_a.py": source, "tests/support/some.py": "def loud():\n    assert f()"})
    assert assertions.check_assertions(tree) == []
