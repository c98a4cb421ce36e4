"""Every queue that a job names has a process that works it."""

from pathlib import Path

from procrastinate.contrib.django import app

from yunshu.config.supervisor import parts
from yunshu.domains.hotline.services import smart_suggest
from yunshu.domains.inspection.services.running import pictures
from yunshu.lib.jobs.queue import DEFAULT


def test_every_queue_has_a_worker(monkeypatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(parts.papers, "reader_installed", lambda: True)
    monkeypatch.setattr(parts.forks, "start", lambda command, **_: started.append(command))
    for part in parts.own_parts({}, tmp_path):
        part.start()
    words = [command[command.index("jobs") :] for command in started if "jobs" in command]
    worked = {line[3] if "--queue" in line else DEFAULT for line in words}
    ours = {task.queue for task in app.tasks.values()} - {
        "builtin"
    }  # the engine's own housekeeping, which we do not schedule
    assert ours == worked == {DEFAULT, pictures.QUEUE, smart_suggest.QUEUE}
