"""The pages keep their word: links lead somewhere, and the commands shown are there and run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from sim.cli import main
from tests.support.data import trace_path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [ROOT / "actors" / "README.md", ROOT / "tests" / "README.md"]
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:tidegate|make|python -m) [^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands():
    """(page, command) of every command shown."""
    found = []
    for page in PAGES:
        text = page.read_text()
        lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
        for command in [*lines, *INLINE.findall(text)]:
            command = command.split(" #")[0].strip()
            if command.startswith(("tidegate ", "make ", "python -m ")):
                found.append((page.relative_to(ROOT).as_posix(), command))
    return found


COMMANDS = commands()


def test_the_pages_show_commands():
    assert len(COMMANDS) >= 15
    assert {page for page, _ in COMMANDS} >= {"README.md", "docs/simulating.md", "docs/testing.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def options_of(words):
    """The options that the command named by `words` knows, and the words behind its name."""
    command: Any = main
    while isinstance(command, click.Group) and words:
        name, *words = words
        names = name.split("|")
        subcommands = [command.get_command(click.Context(command), one) for one in names]
        assert all(subcommands), f"no command {name}"
        command = subcommands[0]
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}, words


@pytest.mark.parametrize("page, command", COMMANDS, ids=lambda value: value)
def test_a_command_shown_is_there_with_every_option_that_it_is_shown_with(page, command):
    first, *words = shlex.split(command)
    if first == "make":
        assert words[0] in TARGETS
    elif first == "tidegate":
        known, rest = options_of(words)
        shown = {word.split("=")[0] for word in rest if word.startswith("-")}
        assert shown <= known
    else:
        module = words[1].split(".")
        assert (ROOT.joinpath(*module)).is_dir() or (ROOT.joinpath(*module).with_suffix(".py")).is_file()


def run(command, directory):
    """Run a `tidegate` command line as it is shown; its output."""
    words = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shown(page, beginning):
    """The one command of a page that begins like this."""
    (found,) = [command for at, command in COMMANDS if at == page and command.startswith(beginning)]
    return found


@pytest.mark.parametrize("command", ["tidegate plan list", "tidegate plan show promotion"])
def test_what_shows_plans_runs(command, tmp_path):
    assert "promotion" in run(shown("docs/simulating.md", command), tmp_path)


def test_a_simulation_runs_as_it_is_shown_and_is_replayed(tmp_path):
    command = shown("docs/simulating.md", "tidegate simulate promotion")
    assert "held" in run(f"{command} --orders 30", tmp_path)
    assert (tmp_path / "promo.html").stat().st_size > 10_000
    assert (tmp_path / "promo.json").exists()
    (folder,) = (tmp_path / "runs").iterdir()
    replay = shown("docs/simulating.md", "tidegate replay").replace("runs/…", f"runs/{folder.name}")
    assert "same" in run(replay, tmp_path)


def test_a_simulation_for_a_build_runs_as_it_is_shown(tmp_path):
    run(shown("docs/testing.md", "tidegate simulate --seed 11") + " --orders 30", tmp_path)
    assert "<testsuite" in (tmp_path / "result.xml").read_text()


def test_a_trace_runs_as_it_is_shown(tmp_path):
    command = shown("docs/simulating.md", "tidegate simulate --trace").replace(
        "FILE.csv.xz", str(trace_path())
    )
    assert "the trace" in run(f"{command} --orders 30", tmp_path)
