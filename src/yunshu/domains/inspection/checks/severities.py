"""How grave a find of each check is at first; a scheme's indicators decide what it costs, people what it is."""

from collections.abc import Mapping

from yunshu.domains.inspection.choices import Check, Severity

SEVERITY: Mapping[str, str] = {
    Check.WORDING_SERIOUS: Severity.VETO,
    Check.SECRET_MARK: Severity.VETO,
    Check.DARK_LINK: Severity.VETO,
    Check.TAMPERED: Severity.VETO,
    Check.DATE_FORGED: Severity.VETO,
    Check.UNREACHABLE: Severity.VETO,
    Check.HOME_STALE: Severity.VETO,
    Check.MESSAGE_UNANSWERED: Severity.VETO,
    Check.ACCOUNT_STALE: Severity.VETO,
    Check.ACCOUNT_MUTE: Severity.VETO,
    Check.ACCOUNT_ZOMBIE: Severity.SERIOUS,
    Check.PRIVACY_LEAK: Severity.SERIOUS,
    Check.IMPERSONATION: Severity.SERIOUS,
    Check.COLUMN_BLANK: Severity.SERIOUS,
    Check.COLUMN_STALE: Severity.SERIOUS,
    Check.GUIDE_INCOMPLETE: Severity.SERIOUS,
    Check.ACCESSIBILITY: Severity.HINT,
    Check.BARRIER: Severity.HINT,
    Check.HEADERS: Severity.HINT,
    Check.IPV6: Severity.HINT,
    Check.SPELLING: Severity.HINT,
}


def of(check: str) -> str:
    """Return the severity of a find of ``check``."""
    return SEVERITY.get(check, Severity.GENERAL)
