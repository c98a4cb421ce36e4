"""What several tables of the hotline share."""

import pgtrigger

from yunshu.lib.taking.guards import undoable

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
OF_TICKET = "(SELECT number FROM hotline_ticket WHERE id = OLD.ticket_id)"
PART_APPEND_ONLY = undoable("append_only", also_update=True, number=OF_TICKET)
PART_KEPT = undoable("kept", also_update=False, number=OF_TICKET)
"""Parts of a ticket go only with a ticket that was taken over by mistake and is taken back."""
