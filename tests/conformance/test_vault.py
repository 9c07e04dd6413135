"""The contract of a vault, held over both engines."""

import secrets
import sqlite3

import pytest

from actors.journal.engine import DamagedJournal
from actors.journal.vault import BLOCK, FILE, KEPT, SEAL_BYTES, MemoryVault, SqliteVault


@pytest.fixture(params=("memory", "sqlite"))
def vault(request, tmp_path):
    one = MemoryVault() if request.param == "memory" else SqliteVault(tmp_path, secrets.token_bytes)
    yield one
    one.close()


def test_no_two_seals_are_alike_and_none_is_handed_out_twice(vault):
    refs = [vault.fresh() for _ in range(BLOCK + 10)]
    assert len(set(refs)) == len(refs)
    seals = {vault.find(ref) for ref in refs}
    assert len(seals) == len(refs)
    assert {len(seal) for seal in seals} == {SEAL_BYTES}


def test_what_is_destroyed_is_gone_and_destroying_it_again_changes_nothing(vault):
    one, other = vault.fresh(), vault.fresh()
    assert vault.destroy([one]) == 1
    assert (vault.find(one), vault.find(other) is None) == (None, False)
    assert vault.destroy([one]) == 0
    assert vault.fresh() not in (one, other)


@pytest.mark.parametrize("ref", ["", "0", "-1", "x", "999999999999999999999999", "a.b", "1;--"])
def test_a_reference_that_is_none_finds_nothing(vault, ref):
    assert vault.find(ref) is None
    assert vault.destroy([ref]) == 0


def test_seals_survive_the_process_and_what_was_destroyed_does_not_come_back(tmp_path):
    vault = SqliteVault(tmp_path, secrets.token_bytes)
    kept, gone = vault.fresh(), vault.fresh()
    seal = vault.find(kept)
    vault.destroy([gone])
    vault.close()
    again = SqliteVault(tmp_path, secrets.token_bytes)
    assert (again.find(kept), again.find(gone)) == (seal, None)
    assert again.fresh() not in (kept, gone)
    again.close()


def test_no_byte_of_a_destroyed_seal_stays_in_the_directory(tmp_path):
    vault = SqliteVault(tmp_path, secrets.token_bytes)
    ref = vault.fresh()
    seal = vault.find(ref)
    assert any(seal in path.read_bytes() for path in tmp_path.iterdir())
    vault.destroy([ref])
    assert not any(seal in path.read_bytes() for path in tmp_path.iterdir())
    vault.close()


def test_another_vault_does_not_take_the_first_ones_references_for_its_own(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (SqliteVault(tmp_path / name, secrets.token_bytes) for name in "ab")
    ref, _ = one.fresh(), other.fresh()
    assert other.find(ref) is None
    one.close()
    other.close()


def test_more_seals_than_are_kept_in_memory_are_still_found(tmp_path):
    vault = SqliteVault(tmp_path, secrets.token_bytes)
    first = vault.fresh()
    seal = vault.find(first)
    for _ in range(KEPT + BLOCK):
        vault.fresh()
    assert vault.find(first) == seal
    vault.close()


def test_a_file_that_is_no_vault_is_refused_by_name(tmp_path):
    (tmp_path / FILE).write_bytes(b"something else entirely" * 100)
    with pytest.raises(DamagedJournal, match=FILE):
        SqliteVault(tmp_path, secrets.token_bytes)


def test_nobody_else_may_read_the_file(tmp_path):
    SqliteVault(tmp_path, secrets.token_bytes).close()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    db.close()
