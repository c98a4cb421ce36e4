"""The four things a service may answer instead of doing what it was asked.

    YunshuError
    ├── NotFound    absent, or not yours: the stranger gets the same answer
    ├── Refused     a rule says no; ``code`` for programs, ``message`` for the person
    │   └── NotPermitted   the rule is the viewer's role
    ├── Conflict    somebody else was faster; read again and decide anew
    └── Unavailable a part that is needed is away or busy; the same again later may work

Services raise them; the edges turn them into JSON, a page or an exit code.
"""


class YunshuError(Exception):
    """Base of all expected refusals. ``code`` is stable; ``message`` is a sentence for the user."""

    status = 500

    def __init__(self, code: str, message: str = "", *, where: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.where = where


class NotFound(YunshuError):
    """Absent, or out of the viewer's sight."""

    status = 404


class Refused(YunshuError):
    """A rule says no. ``where`` names the field or the row the sentence is about, if there is one."""

    status = 422


class NotPermitted(Refused):
    """The rule that says no is the role: the viewer may see that the thing exists, but not do this to it."""

    status = 403


class Conflict(YunshuError):
    """The record changed since it was read."""

    status = 409


class Unavailable(YunshuError):
    """Something that is needed is away, busy or used up. ``retry_after_s`` says when to try again, if that is known."""

    status = 503

    def __init__(self, code: str, message: str = "", *, where: str = "", retry_after_s: int = 0) -> None:
        super().__init__(code, message, where=where)
        self.retry_after_s = retry_after_s


class TooMany(Unavailable):
    """More was asked than is allowed in a time."""

    status = 429
