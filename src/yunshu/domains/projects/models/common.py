"""What several tables of projects share."""

import pgtrigger

from yunshu.lib.taking.guards import undoable

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
UNDOABLE = undoable("kept", also_update=False, number="OLD.number")
