"""What the library says when it is given something that cannot be."""


class LoanFault(ValueError):
    """A loan, payment or rate that cannot be; ``code`` for programs, ``where`` names the field."""

    def __init__(self, code: str, where: str = "", detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.where = where
        self.detail = detail
