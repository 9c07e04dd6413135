"""What holds for every module of this suite: the operations that it is named for were really called in it."""

import pytest

from tests.support import operations, spoken


@pytest.fixture(scope="module", autouse=True)
def every_operation_named_was_heard(request):
    """A module that `operations.TESTED` names for an operation has to hear it succeed, where all of it was run."""
    spoken.heard.clear()
    failed = request.session.testsfailed
    yield
    name = request.path.stem
    whole = len(operations.collected.get(name, ())) == len(operations.chosen.get(name, ()))
    if whole and request.session.testsfailed == failed:
        missed = operations.unheard(name, spoken.heard)
        assert not missed, (
            f"{name} is named for {missed} in tests/support/operations.py, and called none of them"
        )


def pytest_itemcollected(item):
    operations.collected.setdefault(item.path.stem, set()).add(item.nodeid)


def pytest_collection_finish(session):
    for item in session.items:
        operations.chosen.setdefault(item.path.stem, set()).add(item.nodeid)
