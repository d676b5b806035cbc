"""How long a connection may make us wait, and how many one address may have. Time is counted, not waited for."""

import pytest

from watchsync.http.connections import Connections, Limits, Phase

LIMITS = Limits(per_address=3, in_all=6)


class Held:
    """A connection that writes down what is done to it."""

    def __init__(self, clock, peer: str | None = "192.0.2.7", phase: Phase = Phase.IDLE) -> None:
        self.peer = peer
        self.phase = phase
        self.since = clock()
        self.unread_since: float | None = None
        self.done: list[object] = []

    def refuse(self, status: int, detail: str) -> None:
        self.done.append(status)

    def end_body(self) -> None:
        self.done.append("body")

    def force_close(self) -> None:
        self.done.append("closed")

    def abort(self) -> None:
        self.done.append("aborted")


class Port:
    """Connections on a clock of the test."""

    def __init__(self, *trusted: str) -> None:
        self.now = 0.0
        self.connections = Connections(trusted, LIMITS, lambda: self.now)

    def open(self, peer: str = "192.0.2.7", phase: Phase = Phase.IDLE) -> Held:
        self.now += 1
        held = Held(lambda: self.now, peer, phase)
        self.connections.add(held)
        return held

    def after(self, seconds: float, held: Held) -> list[object]:
        self.now += seconds
        self.connections.enforce()
        return held.done


@pytest.mark.parametrize(
    ("phase", "seconds", "done"),
    [
        (Phase.HEAD, LIMITS.head_seconds, 408),
        (Phase.BODY, LIMITS.body_seconds, "body"),
        (Phase.IDLE, LIMITS.idle_seconds, "closed"),
        (Phase.CLOSING, LIMITS.unread_seconds, "aborted"),
    ],
)
def test_each_phase_has_its_time(phase, seconds, done):
    port = Port()
    held = port.open(phase=phase)
    assert port.after(seconds, held) == []
    assert port.after(0.1, held) == [done]


def test_we_ourselves_may_take_as_long_as_it_takes():
    port = Port()
    assert port.after(1e6, port.open(phase=Phase.BUSY)) == []


def test_who_does_not_read_the_answer_is_cut_off():
    port = Port()
    held = port.open(phase=Phase.BUSY)
    held.unread_since = port.now
    assert port.after(LIMITS.unread_seconds, held) == []
    assert port.after(0.1, held) == ["aborted"]


def test_a_trusted_proxy_keeps_idle_connections_longer():
    port = Port("10.0.0.0/8")
    held = port.open("10.0.0.1")
    assert port.after(LIMITS.proxy_idle_seconds, held) == []
    assert port.after(0.1, held) == ["closed"]


@pytest.mark.parametrize("phase", [Phase.HEAD, Phase.IDLE])
def test_an_address_with_its_share_gives_up_what_waited_longest(phase):
    port = Port()
    first, *others = [port.open(phase=phase) for _ in range(4)]
    assert first.done == ["closed"]
    assert [held.done for held in others] == [[], [], []]


def test_what_is_being_answered_is_never_given_up():
    port = Port()
    busy = [port.open(phase=Phase.BUSY) for _ in range(3)]
    assert port.open().done == [429]
    assert [held.done for held in busy] == [[], [], []]


def test_one_customer_of_version_6_counts_as_one():
    port = Port()
    busy = [port.open(f"2001:db8::{number}", Phase.BUSY) for number in range(3)]
    assert port.open("2001:db8::ffff").done == [429]
    assert port.open("2001:db8:0:1::1").done == []
    assert len(busy) == 3


def test_a_trusted_proxy_may_have_all_but_not_more():
    port = Port("10.0.0.0/8")
    assert [port.open("10.0.0.1", Phase.BUSY).done for _ in range(6)] == [[]] * 6
    assert port.open("192.0.2.7").done == [503]


def test_when_all_are_taken_who_waited_longest_makes_room_whoever_they_are():
    port = Port()
    waiting = [port.open(f"192.0.2.{number}", Phase.HEAD) for number in range(6)]
    assert port.open("198.51.100.1").done == []
    assert waiting[0].done == ["closed"]


def test_a_proxys_idle_connection_does_not_make_room():
    port = Port("10.0.0.0/8")
    kept = port.open("10.0.0.1")
    others = [port.open(f"192.0.2.{number}") for number in range(6)]
    assert (kept.done, others[0].done) == ([], ["closed"])


def test_a_closed_connection_is_forgotten():
    port = Port()
    for _ in range(1_000):
        port.connections.remove(port.open())
    assert len(port.connections) == 0
    assert port.connections._by_owner == {}
