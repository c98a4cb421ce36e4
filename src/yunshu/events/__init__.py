"""The facts that domains tell each other: one module a domain, frozen dataclasses of plain values."""
