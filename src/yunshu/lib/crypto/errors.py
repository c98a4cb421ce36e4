"""The one error of ``lib.crypto``."""


class CryptoError(ValueError):
    """A key, a signature or a file that cannot be used, or an algorithm that this machine lacks.

    ``code`` is stable: ``malformed_key``, ``malformed_signature``, ``wrong_passphrase``, ``decryption_failed``,
    ``algorithm_unavailable``, ``unsafe_signing``, ``key_missing``, ``key_exists``, ``exposed_key``. ``str(error)`` says what is wrong
    and, where something can be done on the machine, what to do. A signature that is well formed and simply does not
    fit its message is no error: ``verify`` answers False.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
