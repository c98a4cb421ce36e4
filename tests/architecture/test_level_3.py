"""The page of level 3 says what is met and by which test: the tests are there, and every clause says how it stands."""

import re
import shutil
import subprocess

import pytest

from yunshu.config.env import ROOT

PAGE = (ROOT / "docs/operate/level-3.md").read_text()
ROWS = re.findall(r"^\| (8\.1\.\d[^|]*) \| [^|]+ \| ([^|]+) \| (.*) \|$", PAGE, re.MULTILINE)
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
WORST_EXPOSURE = 3.0
"""systemd's own scale: 0 is closed, 10 is open; below 4 it says OK."""


def test_every_clause_stands_and_what_is_met_names_its_test() -> None:
    assert len(ROWS) > 30
    assert {state for _clause, state, _proof in ROWS} <= {"满足", "部署", "待办"}
    assert [clause for clause, state, proof in ROWS if state == "满足" and "`tests/" not in proof] == []


def test_every_test_that_is_named_exists() -> None:
    pages = [PAGE, (ROOT / "docs/operate/ciphers.md").read_text()]
    named = {found for page in pages for found in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)}
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert named
    assert missing == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_judges_our_units_well_guarded() -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", *map(str, UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    exposed = re.findall(r"Overall exposure level for (\S+): ([\d.]+)", done.stdout)

    assert len(exposed) == len(UNITS), done.stderr
    assert [(unit, level) for unit, level in exposed if float(level) > WORST_EXPOSURE] == []


def test_the_owners_password_reaches_the_migrations_and_no_other_process() -> None:
    assert [u.name for u in UNITS if re.search(r"OWNER_URL|owner\.env", u.read_text())] == ["yunshu-migrate.service"]
