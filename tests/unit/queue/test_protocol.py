"""The scripts' documentation is whole, and what they are told reads as documented."""

import re
from pathlib import Path

import pytest

import watchsync
from watchsync.job import Completed, Dead, Delivery, Interrupted, JobError, Lane, NewJob, Postponed, RetryAt, Write
from watchsync.queue.protocol import ExchangeAnswer, SubmitAnswer, new_job_fields, settlement_fields
from watchsync.queue.record import delivery_from
from watchsync.queue.scripts import KEYS, PARTS
from watchsync.refs import ListRef

PACKAGE = Path(watchsync.__file__).parent
DOCUMENT = (PACKAGE.parents[1] / "docs" / "queue-protocol.md").read_text()
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
FRAGMENTS = {"prelude", *(part for parts in PARTS.values() for part in parts)}
FILES = {path.stem for path in PACKAGE.rglob("*.lua")}
ERROR = JobError("private", "The list is private.")


def delivery() -> Delivery:
    return delivery_from(
        b'{"id":"J1","ref":"ur1","state":"running","lane":"interactive","created":1,"attempts":1,"seq":2,"fence":"1:w"}'
    )


def test_every_script_has_a_section_and_every_section_a_script():
    assert set(SECTIONS) == FILES - FRAGMENTS


def test_every_file_of_the_queue_is_called_or_a_part_of_one_that_is():
    assert {path.stem for path in (PACKAGE / "queue").glob("*.lua")} == {*PARTS} | FRAGMENTS


@pytest.mark.parametrize("name", sorted(FILES - FRAGMENTS))
def test_each_section_says_what_is_asked_answered_and_refused(name):
    assert re.findall(r"^- \*\*(.+?):\*\*", SECTIONS[name], re.MULTILINE) == ["Asks", "Answers", "Refuses when"]


def test_the_documents_keys_are_in_the_order_of_the_scripts():
    named = DOCUMENT.split("in this order:")[1].split(". All names")[0]
    assert tuple(f"{{watchsync}}:{key}" for key in re.findall(r"`([\w-]+)`", named)) == KEYS


def test_a_plain_submission_tells_no_more_than_it_must():
    assert new_job_fields(NewJob(id="J1", ref=ListRef.parse("ur1"))) == {
        "id": "J1",
        "ref": "ur1",
        "lane": "interactive",
    }


def test_a_submission_tells_all_that_was_asked():
    new = NewJob(
        id="J1",
        ref=ListRef.parse("ur1"),
        lane=Lane.SCHEDULED,
        force=True,
        callback_url="https://x.example",
        correlation_id="c",
    )
    fields = new_job_fields(new)
    assert (fields["force"], fields["callback"], fields["correlation"]) == (True, "https://x.example", "c")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (
            Completed((Write("a", b"1", 60), Write("b", b"2", 90)), {"titles": 3}),
            {"outcome": "completed", "seconds": [60, 90], "summary": {"titles": 3}},
        ),
        (Completed(), {"outcome": "completed", "seconds": []}),
        (
            RetryAt(1.5, ERROR),
            {"outcome": "retry", "delay_ms": 1500, "error": {"code": ERROR.code, "message": ERROR.message}},
        ),
        (
            Dead(ERROR, by_owner=True),
            {"outcome": "unreadable", "error": {"code": ERROR.code, "message": ERROR.message}},
        ),
        (Dead(ERROR), {"outcome": "dead", "error": {"code": ERROR.code, "message": ERROR.message}}),
        (
            Postponed(2, ERROR),
            {"outcome": "postponed", "delay_ms": 2000, "error": {"code": ERROR.code, "message": ERROR.message}},
        ),
        (Interrupted(), {"outcome": "interrupted"}),
    ],
)
def test_a_settlement_tells_what_its_outcome_calls_for(outcome, told):
    assert settlement_fields(delivery(), outcome) == {"id": "J1", "fence": "1:w", **told}


def test_the_answers_to_submissions_are_read_in_pairs():
    assert SubmitAnswer.read_all([b"created", b"{}", b"conflict", b""]) == [
        SubmitAnswer("created", b"{}"),
        SubmitAnswer("conflict", b""),
    ]


def test_an_exchange_answers_with_what_there_is_to_do_and_who_holds_what():
    answer = ExchangeAnswer.read((-1, 2000, 1, [b"w1", b"w2"], [b"dead"], [b"{}"], [b"J9"]))
    assert answer == ExchangeAnswer(-1, 2000, 1, frozenset({"w1", "w2"}), ("dead",), (b"{}",), ("J9",))
