"""The built-in SIP switch: ``SipProvider`` runs it as a process of its own (sippy for SIP, own rooms for sound) and speaks with it over a socket pair.

Start at ``provider``; inside the process at ``switch``. Only that process imports sippy (extra ``sip``).
"""

from yunshu.lib.cti.sip.provider import SipProvider
from yunshu.lib.cti.sip.settings import SipSettings

__all__ = ["SipProvider", "SipSettings"]
