"""Members on machines of their own: keys made apart, a charter of public lines, a later charter by a quorum."""

import json
from pathlib import Path

import pytest
from tests.consortium.world import NAMES, charter, seals

from yunshu.lib.consortium import founding
from yunshu.lib.consortium.__main__ import main
from yunshu.lib.consortium.charter import from_words
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.machine import charter_note


def run(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.mark.slow
def test_keys_made_apart_become_a_charter_and_a_rotated_key_another_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    for name in NAMES[:2]:
        line = tmp_path / f"{name}.json"
        line.write_text(run(capsys, "key", tmp_path / name, "--member", name, "--title", f"{name} 局"))
        lines.append(line)
    again = run(capsys, "key", tmp_path / NAMES[0], "--member", NAMES[0], "--title", f"{NAMES[0]} 局")
    assert again == lines[0].read_text()
    (tmp_path / "s.json").write_text(run(capsys, "key", tmp_path / "s", "--submitter", "445200-dsj"))

    file = tmp_path / "charter.json"
    said = run(capsys, "found", file, *lines, "--ledger", "ledger.apart", "--submitter", tmp_path / "s.json")
    assert "2 个成员，2 个共签" in said
    made = from_words(parse(file.read_bytes()))
    assert [each.title for each in made.members] == ["bureau 局", "police 局"]
    assert list(made.submitters) == ["445200-dsj"]
    assert (tmp_path / "policy-sm3.txt").read_text() == made.policy("sm3")

    rotated = json.loads(run(capsys, "key", tmp_path / NAMES[0], "--member", NAMES[0], "--rotate"))
    assert not {rotated[key] for key in ("note", "sha256", "sm3")} & set(json.loads(again).values())


def _notes(names: tuple[str, ...], number: int = 1, *, members: tuple[str, ...] = NAMES[:3]) -> list[str]:
    text = charter_note(charter(number=number, names=members))
    return [seals(name).text(text) for name in names]


def test_a_quorum_of_separate_signatures_puts_the_next_charter_in_force(tmp_path: Path) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    applied = log.apply(1, founding.amendment(charter(), _notes(("bureau", "finance", "rongcheng"))))
    assert applied.block is not None
    assert [each.name for each in log.charter.members] == list(NAMES[:3])


@pytest.mark.parametrize(
    "notes",
    [
        _notes(("bureau", "finance")),
        _notes(("bureau", "finance", "rongcheng"), 2),
        [*_notes(("bureau", "finance")), *_notes(("rongcheng",), members=NAMES)],
        [seals("bureau").text("no charter\n")],
    ],
)
def test_what_is_not_the_next_charter_signed_by_a_quorum_is_not_posted(notes: list[str]) -> None:
    with pytest.raises(Malformed):
        founding.amendment(charter(), notes)
