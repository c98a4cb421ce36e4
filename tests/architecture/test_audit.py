"""The dependency audit reads what its services answer, and counts what is allowed only until its day."""

import json
import runpy

from yunshu.config import env

AUDIT = runpy.run_path(str(env.ROOT / ".ci/audit"))
PIP = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}]},
        {"name": "b", "version": "1", "vulns": []},
    ]
}
NPM = {"vulnerabilities": {"c": {"severity": "high", "via": [{"url": "https://github.com/advisories/GHSA-1"}, "d"]}}}


def test_both_answers_are_read() -> None:
    assert AUDIT["read_python"](json.dumps(PIP)) == [("a 1", ["PYSEC-1", "CVE-1"], "fixed in ['2']")]
    assert AUDIT["read_node"](json.dumps(NPM)) == [("c", ["GHSA-1"], "high")]


def test_without_leave_it_says_that_it_was_not_run(capsys, monkeypatch) -> None:
    monkeypatch.delenv("YUNSHU_AUDIT", raising=False)
    assert AUDIT["main"]() == 0
    assert "not run" in capsys.readouterr().out


def test_what_is_not_allowed_or_no_longer_is_a_failure(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("YUNSHU_AUDIT", "1")
    (tmp_path / ".ci").mkdir()
    known = AUDIT["main"].__globals__
    monkeypatch.setitem(known, "ROOT", tmp_path)
    monkeypatch.setitem(known, "python_faults", lambda: AUDIT["read_python"](json.dumps(PIP)))
    monkeypatch.setitem(known, "node_faults", list)
    verdicts = []
    for entry in (
        "",
        'id = "CVE-1"\nreason = "x"\nuntil = 2999-01-01',
        'id = "CVE-1"\nreason = "x"\nuntil = 2020-01-01',
    ):
        text = f"[[allowed]]\n{entry}" if entry else "allowed = []"
        (tmp_path / ".ci/audit-allowed.toml").write_text(text)
        verdicts.append(AUDIT["main"]())
    assert verdicts == [1, 0, 1]
    assert "VULNERABLE a 1" in capsys.readouterr().out
