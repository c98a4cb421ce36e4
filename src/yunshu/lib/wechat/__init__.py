"""Envelopes of WeChat's official accounts: what the platform seals and signs, and what is sealed and signed for it.

| to | call |
|---|---|
| read the keys an official pasted | ``read_keys(text)`` → keys, the present one first |
| check a signature | ``is_signed(signed, token, *parts)`` |
| open what came | ``opened(sealed, keys, app)`` |
| seal what goes | ``sealed(plain, key, app)``, ``signature(token, *parts)`` |

Pure; knows no city business. Start at ``envelopes``.
"""

from yunshu.lib.wechat.envelopes import EnvelopeError, is_signed, opened, read_keys, sealed, signature

__all__ = ["EnvelopeError", "is_signed", "opened", "read_keys", "sealed", "signature"]
