"""The command line: words find their command, refusals are one line, the documents are fresh."""

import os

import pytest

from yunshu.config import cli, docs


def test_the_longest_command_the_first_words_name_is_run() -> None:
    assert cli._find(["outbox", "replay", "5"]) == ("outbox_replay", ["5"])
    assert cli._find(["outbox", "prune", "--days", "90"]) == ("outbox_prune", ["--days", "90"])


def test_an_unknown_command_is_one_line_and_its_own_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["no", "such"])

    assert exit_.value.code == cli.NO_SUCH_COMMAND
    assert capsys.readouterr().err == "错误：没有命令“no such”。执行 yunshu --help 查看全部命令。\n"


def test_help_lists_the_instances_commands_and_every_domains(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--help"])

    shown = capsys.readouterr().out
    assert [word for word in ("up", "down", "logs", "outbox replay", "jobs status") if word not in shown] == []


def test_status_without_an_instance_is_refused(tmp_path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(os.environ, "YUNSHU_DATA", str(tmp_path / "none"))

    with pytest.raises(SystemExit) as exit_:
        cli.main(["status"])

    assert exit_.value.code == cli.FAILED
    assert "没有在运行" in capsys.readouterr().err


def test_generated_documents_are_fresh() -> None:
    pages = docs.pages()
    assert {page: page.read_text() for page in pages} == pages, "run: make docs"
