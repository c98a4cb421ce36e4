"""A fork runs ``python -m`` as an interpreter of its own would: environment, folder, files, exit code, its end with its parent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PARENT = """
import json, os, signal, sys, time
from pathlib import Path
from yunshu.config.supervisor import forks
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
kept = open(folder / "kept", "w")
environment = {"PATH": os.environ["PATH"], "WORD": "own"}
words = json.loads(sys.argv[2])
child = forks.start([sys.executable, "-m", *words], log=folder / "log", env=environment, cwd=folder)
print(child.pid, flush=True)
print(child.wait(30), flush=True)
"""
SAYS = """
import atexit, json, os, signal, sys
atexit.register(lambda: print("at exit"))
print(json.dumps({
    "argv": sys.argv[1:], "name": __name__, "word": os.environ.get("WORD"), "names": sorted(os.environ),
    "cwd": os.getcwd(), "session": os.getsid(0) == os.getpid(), "files": sorted(os.listdir("/proc/self/fd")),
    "title": open("/proc/self/cmdline").read().rstrip("\\0 "),
    "term": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
}))
print("aside", file=sys.stderr)
"""
ENDS = """
import sys
kind = sys.argv[1]
if kind == "code": sys.exit(7)
if kind == "words": sys.exit("no such thing")
if kind == "raise": raise RuntimeError("broken")
"""
STAYS = "import time\nprint('here', flush=True)\ntime.sleep(60)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with small programs."""
    for name, text in (("says", SAYS), ("ends", ENDS), ("stays", STAYS)):
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def parent(folder: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PARENT, str(folder), json.dumps(words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_it_runs_as_a_program_of_its_own(folder: Path) -> None:
    out, _none = parent(folder, "says", "a", "b c").communicate(timeout=60)
    assert out.split()[1] == "0"
    first, *rest = (folder / "log").read_text().splitlines()
    said = json.loads(first)
    assert (said["argv"], said["name"], said["word"]) == (["a", "b c"], "__main__", "own")
    assert set(said["names"]) <= {"PATH", "WORD", "LC_CTYPE"}
    assert said["cwd"] == str(folder)
    assert said["session"]
    assert said["title"] == "says a b c"
    assert said["term"]
    assert said["files"] == ["0", "1", "2", "3"], "the fourth is the folder that it lists"
    assert rest == ["aside", "at exit"]


@pytest.mark.parametrize(
    ("kind", "code", "words"), [("code", 7, ""), ("words", 1, "no such thing"), ("raise", 1, "RuntimeError: broken")]
)
def test_its_end_is_told(folder: Path, kind: str, code: int, words: str) -> None:
    out, _none = parent(folder, "ends", kind).communicate(timeout=60)
    assert int(out.split()[1]) == code
    assert words in (folder / "log").read_text()


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_whoever_forked_it(folder: Path, signum: int) -> None:
    process = parent(folder, "stays")
    assert process.stdout
    child = psutil.Process(int(process.stdout.readline()))
    while not (folder / "log").exists() or not (folder / "log").read_text():
        time.sleep(0.01)
    os.kill(process.pid, signum)
    process.wait(10)
    assert psutil.wait_procs([child], timeout=20)[0] == [child]


def test_a_signal_is_told_below_zero(folder: Path) -> None:
    process = parent(folder, "stays")
    assert process.stdout
    os.kill(int(process.stdout.readline()), signal.SIGKILL)
    assert process.stdout.readline().strip() == "-9"
    process.wait(10)
