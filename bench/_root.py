"""Puts the repository's root on the path, so that a bench may use the tests' helpers: ``import _root`` comes first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
