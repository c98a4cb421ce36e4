"""The outbox: facts written in the caller's transaction, relayed to JetStream, handled once.

``publish`` writes a row; the relay (``relay.py``) carries it to the stream; ``@handles`` declares a listener,
which the handlers' process (``handling.py``) runs exactly once in effect: its own row in ``HandledEvent`` is
committed together with what it did. A listener that keeps failing is set aside as a dead letter.
"""

from yunshu.lib.outbox.registry import Handler, handlers, handles
from yunshu.lib.outbox.writing import publish

__all__ = ["Handler", "handlers", "handles", "publish"]
