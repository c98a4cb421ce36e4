"""Jobs: enqueued in the caller's transaction, at most one waiting where the lock says so."""

import asyncio
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from tests.conftest import Database

from yunshu.lib.jobs import jobs, queue
from yunshu.lib.jobs.queue import BACKOFF
from yunshu.lib.jobs.worker import status


@pytest.mark.django_db
def test_a_job_goes_with_the_transaction_that_enqueued_it() -> None:
    with transaction.atomic():
        queue.enqueue(jobs.tidy, timestamp=1)
        transaction.set_rollback(True)
    assert status()["counts"] == {}

    queue.enqueue(jobs.tidy, timestamp=1)
    assert status()["counts"] == {"todo": 1}


@pytest.mark.django_db
def test_a_job_that_waits_already_is_not_enqueued_again_and_breaks_nothing() -> None:
    assert queue.enqueue(jobs.tidy, timestamp=1) is True
    assert queue.enqueue(jobs.tidy, timestamp=2) is False

    assert status()["counts"] == {"todo": 1}


def test_a_failing_job_is_tried_again_for_the_better_part_of_an_hour() -> None:
    waits = [BACKOFF.exponential_wait ** (attempt + 1) for attempt in range(BACKOFF.max_attempts)]

    assert waits == [5, 25, 125, 625, 3125]


def left_by_a_killed_worker(*locks: str) -> None:
    """Jobs that somebody began who is gone, in this order."""
    with connection.cursor() as cursor:
        for number, lock in enumerate(locks):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, queueing_lock)"
                " VALUES ('default', %s, '{}', 'doing', %s)",
                [f"test.job-{number}", lock],
            )


def test_what_a_killed_worker_left_is_given_back_though_the_like_of_some_waits_already(
    committed_db: Database,
) -> None:
    left_by_a_killed_worker("jobs.tidy", "test.alone", "test.twice", "test.twice")
    queue.enqueue(jobs.tidy, timestamp=1)

    asyncio.run(jobs.rescue.func(SimpleNamespace(app=app), timestamp=2))

    assert status()["counts"] == {"todo": 3, "aborted": 2}
