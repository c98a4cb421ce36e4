"""What a transfer may answer instead of finishing."""


class TransferError(Exception):
    """Base of what can go wrong; the message is a sentence for an operator."""


class SourceFailed(TransferError):
    """The source refused or broke off; the message carries its words."""


class TargetFailed(TransferError):
    """The target refused or broke off; the message carries its words."""


class Drifted(TransferError):
    """The source's table is not what was agreed: a column is missing or of another type."""


class Stopped(TransferError):
    """Somebody asked the transfer to stop; the target is as it was."""


class Unlike(TransferError):
    """What the target holds is not what the source sent."""
