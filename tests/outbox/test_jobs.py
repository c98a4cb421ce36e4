"""Jobs: enqueued in the caller's transaction, at most one waiting where the lock says so."""

import pytest
from django.db import transaction

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
