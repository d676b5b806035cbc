"""How a job reads over HTTP."""

from dataclasses import replace

import pytest

from catalog_samples import NOW, job, snapshot
from watchsync.api.list_status import install_url, list_status
from watchsync.api.views import EVENT_OF, STATUS_OF, job_view, public_state
from watchsync.catalog.freshness import Freshness
from watchsync.job import AttemptRecord, JobError, JobState, Progress

ERROR = JobError("private", "This list is private.")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (JobState.WAITING, "pending"),
        (JobState.DELAYED, "pending"),
        (JobState.RUNNING, "processing"),
        (JobState.COMPLETED, "completed"),
        (JobState.DEAD, "failed"),
        (JobState.CANCELLED, "cancelled"),
    ],
)
def test_every_state_has_its_word(state, status):
    assert STATUS_OF[state] == status
    assert public_state(job(state))["status"] == status


def test_a_stream_ends_with_an_event_for_each_way_to_end():
    assert set(EVENT_OF) == {JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED}


def test_whoever_holds_an_id_sees_how_far_it_is_and_nothing_of_who_asked():
    running = job(JobState.RUNNING, progress=Progress("reading", "Read 2 of 3 titles", 2, 3), correlation_id="c-1")
    assert public_state(running) == {
        "jobId": running.id,
        "status": "processing",
        "progress": "Read 2 of 3 titles",
        "progressDetail": {"stage": "reading", "done": 2, "total": 3},
    }


def test_a_finished_job_tells_no_progress_and_a_completed_one_no_error():
    progress = Progress("reading", "Half way", 1, 2)
    assert "progress" not in public_state(job(JobState.DEAD, progress=progress, error=ERROR))
    assert "error" not in public_state(job(JobState.COMPLETED, error=ERROR))


def test_the_contracts_error_is_a_sentence_with_its_code_beside_it():
    view = job_view(job(JobState.DEAD, error=ERROR))
    assert (view["error"], view["errorCode"]) == ("This list is private.", "private")


def test_what_is_not_known_is_left_out():
    view = job_view(job(JobState.WAITING))
    assert None not in view.values()
    assert {"startedAt", "finishedAt", "result", "error"}.isdisjoint(view)


def test_each_attempt_is_told():
    attempt = AttemptRecord(1, "worker-1", NOW, NOW, "retry", ERROR)
    view = job_view(job(JobState.DELAYED, history=(attempt, replace(attempt, number=2, error=None))))
    assert [(each["number"], each["error"]) for each in view["history"]] == [(1, "private"), (2, None)]


def test_only_a_completed_job_has_a_result():
    assert "result" in job_view(job(JobState.COMPLETED), snapshot())
    assert "result" not in job_view(job(JobState.RUNNING), snapshot())


def test_the_status_of_a_list_counts_and_links():
    held = snapshot()
    status = list_status(held, Freshness.STALE, "https://watchsync.example", is_remembered=True)
    assert status["titles"] == status["movies"] + status["series"] == len(held.titles)
    assert status["freshness"] == "stale"
    assert status["remembered"]
    assert status["manifestUrl"] == f"https://watchsync.example/{held.ref}/manifest.json"
    assert status["installUrl"] == f"stremio://watchsync.example/{held.ref}/manifest.json"


def test_an_address_with_a_path_is_kept_in_the_install_link():
    assert install_url("https://example.org/sub", "ur1") == "stremio://example.org/sub/ur1/manifest.json"
