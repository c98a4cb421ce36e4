"""What several tables of the hotline share."""

import pgtrigger

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
