"""The three things a service may answer instead of doing what it was asked.

    YunshuError
    ├── NotFound    absent, or not yours: the stranger gets the same answer
    ├── Refused     a rule says no; ``code`` for programs, ``message`` for the person
    │   └── NotPermitted   the rule is the viewer's role
    └── Conflict    somebody else was faster; read again and decide anew

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
