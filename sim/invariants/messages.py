"""What was said and who took it: every entry from the turn that said it to the turn that names it as its cause."""

from __future__ import annotations

from contracts.ports import SYSTEMS
from contracts.turn import DECIDED, PARKED, RETRIED, Said, Turn, timer_id

_INDEX = [str(n) for n in range(1024)]


class Standing:
    """A timer that is set: for which subject, and when it is due."""

    __slots__ = ("due_ms", "id", "subject")

    def __init__(self, id_: str, subject: str, due_ms: int) -> None:
        self.id = id_
        self.subject = subject
        self.due_ms = due_ms


class Messages:
    """The account of messages. What is remembered is what is pending, not what has passed."""

    def __init__(self) -> None:
        self.said = 0
        self.taken = 0
        self.parked = 0
        self.discarded = 0
        # Taken by a process later than the one that said it: it was pending when that one ended.
        self.recovered = 0
        # The same for entries to a port, by system and the epoch that ended over them.
        self._recovered_calls: dict[tuple[str, int], int] = {}
        self.pending: dict[str, tuple[Said, int, int]] = {}
        self.timers: dict[tuple[str, str, str, str], Standing] = {}
        # Each a turn that should not be, with the reason.
        self.taken_twice: list[tuple[Turn, str]] = []
        self.never_said: list[tuple[Turn, str]] = []
        self.unseen: list[Turn] = []
        self._outside: set[str] = set()
        self._waiting_parked: set[str] = set()
        self._positions: dict[int, int] = {}

    def turn(self, turn: Turn) -> None:
        """One turn, in the order of history."""
        cause = turn.cause
        entry = self.pending.pop(cause, None)
        if entry is not None:
            self.taken += 1
            said, epoch, _ = entry
            if epoch != turn.epoch:
                self._note_recovered(said, epoch)
            if turn.key != said.key or (said.to != turn.actor and said.to != f"port:{turn.actor}"):
                self.never_said.append((turn, f"{cause} was said to {said.to} {said.key}"))
        elif cause[0] == "x":
            self._from_outside(turn)
        elif cause[0] == "t":
            self._from_timer(turn)
        else:
            self._without_entry(turn)
        if turn.kind != DECIDED:
            self._set_aside(turn)
        partition, pos = turn.partition, turn.pos
        self._positions[partition] = pos
        said_here = turn.said
        if said_here:
            self.said += len(said_here)
            prefix = f"{partition}.{pos}."
            epoch, at_ms, pending = turn.epoch, turn.at_ms, self.pending
            for index, said in enumerate(said_here):
                pending[prefix + _INDEX[index]] = (said, epoch, at_ms)
        if turn.timers_cancelled or turn.timers_set:
            self._take_timers(turn)

    def _note_recovered(self, said: Said, epoch: int) -> None:
        self.recovered += 1
        if said.to.startswith("port:"):
            at = (said.to[5:], epoch)
            self._recovered_calls[at] = self._recovered_calls.get(at, 0) + 1

    def open_calls(self, system: str) -> int:
        """Calls to a system that a crash left open: they may have been made, and nobody heard.

        No more were open at once than the system's limit allows; the rest still waited for their turn.
        """
        limit = SYSTEMS[system].concurrency
        return sum(min(n, limit) for (of, _), n in self._recovered_calls.items() if of == system)

    def _from_outside(self, turn: Turn) -> None:
        if turn.cause not in self._outside:
            self._outside.add(turn.cause)
        elif not self._is_retry(turn):
            self.taken_twice.append((turn, f"{turn.cause}, from outside, twice"))

    def _from_timer(self, turn: Turn) -> None:
        at = (turn.tenant, turn.actor, turn.key, turn.cause.split(":", 2)[2])
        standing = self.timers.get(at)
        if standing is not None and standing.id == turn.cause:
            del self.timers[at]
        elif not self._is_retry(turn):
            self.taken_twice.append((turn, f"the timer {at[3]}, which did not stand"))

    def _without_entry(self, turn: Turn) -> None:
        """Its cause is not pending: it was taken before, or nobody ever said it."""
        if self._is_retry(turn):
            return
        partition, pos, _ = turn.cause.split(".")
        if int(pos) <= self._positions.get(int(partition), -1):
            self.taken_twice.append((turn, f"message {turn.cause} twice"))
        else:
            self.never_said.append((turn, f"nobody said {turn.cause}"))

    def _is_retry(self, turn: Turn) -> bool:
        """A parked message may be taken once more, by a turn that says so."""
        if turn.kind != RETRIED or turn.cause not in self._waiting_parked:
            return False
        self._waiting_parked.remove(turn.cause)
        return True

    def _set_aside(self, turn: Turn) -> None:
        if turn.kind == RETRIED:
            return
        if turn.kind == PARKED:
            self.parked += 1
            self._waiting_parked.add(turn.cause)
        else:
            self.discarded += 1
        if not any(event.type.startswith("integration.") for event in turn.events):
            self.unseen.append(turn)

    def _take_timers(self, turn: Turn) -> None:
        for name in turn.timers_cancelled:
            self.timers.pop((turn.tenant, turn.actor, turn.key, name), None)
        for timer in turn.timers_set:
            id_ = timer_id(turn.partition, turn.pos, timer.name)
            at = (turn.tenant, turn.actor, turn.key, timer.name)
            self.timers[at] = Standing(id_, timer.subject, timer.due_ms)
