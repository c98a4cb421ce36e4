"""What can go wrong when a table is moved.

TablesError
├── Unfit          a mask, a predicate, a rule or a mode does not fit the table it was written for
├── Drifted        the table found is not the table agreed; ``drifts`` says how
├── ServerFailed   a database refused or went away; the message is the server's own
│   ├── SourceFailed
│   └── TargetFailed
├── Unverified     counts or digests of the two sides differ; nothing was switched
├── Unreadable     a file that cannot be read as what it is said to be
└── Stopped        the caller's stop flag was up; the target is as it was
"""


class TablesError(Exception):
    """Base of all errors of ``lib.tables``. ``code`` is stable, ``str(error)`` says what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unfit(TablesError):
    """A mask, a predicate, a rule or a mode does not fit the table."""


class Drifted(TablesError):
    """The table found is not the table agreed."""


class ServerFailed(TablesError):
    """A database refused or went away. ``code`` is its SQLSTATE, or ``connection_lost``."""


class SourceFailed(ServerFailed):
    """The source refused or went away."""


class TargetFailed(ServerFailed):
    """The target refused or went away."""


class Unverified(TablesError):
    """Counts or digests of the two sides differ; nothing was switched."""


class Unreadable(TablesError):
    """A file that cannot be read as what it is said to be."""


class Stopped(TablesError):
    """The caller's stop flag was up; the target is as it was."""

    def __init__(self) -> None:
        super().__init__("stopped", "the transfer was stopped; the target is as it was")
