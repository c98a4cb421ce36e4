"""What an auditor does with a record: waits until it is final, opens it, has its receipt checked by the offline verifier.

The verifier (the file that the portal gives at ``/ledger/verify/``) runs isolated (``-I``): it knows the receipt, the record and
the members' policy, and nothing of this program, its database or its network.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import publishing, services
from yunshu.domains.ledger.contracts import PublicRecord, State
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.patience import comes_true

PATIENCE_S = 60
PROVEN, WRONG = 0, 1
"""Exit codes of the verifier (docs/guide/ledger.md)."""


def final(number: str, patience_s: float = PATIENCE_S) -> PublicRecord:
    """Return a record once it is final; raise Refused (``not_final``) where it is not in time."""
    _wait(lambda: publishing.record(number, clock.now()).state is State.FINAL, "最终确认", patience_s)
    return publishing.record(number, clock.now())


def evidence(folder: Path, number: str, *, actor: Viewer, reason: str, patience_s: float = PATIENCE_S) -> Path:
    """Write what proves a record into an empty folder (record, receipt, policies) once it is published; return the receipt.

    That it was opened, by whom and why, is recorded as ever. Raises as ``final`` and ``services.open_record``.
    """
    leaf = final(number, patience_s).leaf_index or 0
    opened = services.open_record(actor=actor, number=number, reason=reason, now=clock.now())
    _wait(lambda: publishing.ledger().size > leaf, "公布", patience_s)
    (folder / "record.json").write_text(json.dumps(opened))
    for tree in publishing.TREES:
        (folder / f"policy-{tree}.txt").write_text(publishing.policy(tree))
    receipt = folder / "receipt"
    receipt.write_bytes(publishing.receipt(number))
    return receipt


def forged(receipt: Path) -> Path:
    """Return a copy of a receipt in which one number is changed."""
    path = receipt.with_name("forged")
    path.write_bytes(re.sub(rb"\nindex (\d+)", rb"\nindex 9\1", receipt.read_bytes()))
    return path


def verify(receipt: Path) -> tuple[int, str]:
    """Run the verifier on a receipt that lies among its evidence; return its exit code and what it said."""
    beside = receipt.parent
    command = [sys.executable, "-I", str(settings.LEDGER_VERIFIER), str(receipt)]
    command += ["--policy", str(beside / "policy-sha256.txt"), "--policy-sm3", str(beside / "policy-sm3.txt")]
    command += ["--record", str(beside / "record.json")]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 — our own program and files
    return done.returncode, done.stdout + done.stderr


def _wait(condition: Callable[[], bool], what: str, patience_s: float) -> None:
    if not comes_true(condition, patience_s):
        raise Refused("not_final", f"等了 {patience_s:.0f} 秒还没有{what}，请看 yunshu status 和账本概况页。")
