"""The one error of ``lib.tlog``."""


class TlogError(ValueError):
    """What was read is malformed, or does not prove what it claims.

    ``code`` is stable and says which: ``malformed`` (the text or the numbers are not of the format), ``bad_proof``
    (a Merkle proof does not lead to the root), ``bad_signature`` (a known key's signature does not fit),
    ``unsigned`` (no known key signed), ``quorum`` (too few known, checked cosignatures), ``wrong_origin``,
    ``missing`` (a tile or node that should exist does not), ``mismatch`` (stored tiles contradict the entries).
    ``str(error)`` is a sentence for an engineer; the kernel's errors are for users.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
