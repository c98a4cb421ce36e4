"""Yunshu (云数): the operating platform of a city's government services and data bureau.

Start reading at ``docs/tour.md``; the floors of the building are ``config → channels → domains → events → lib``.
"""

__version__ = "0.1.0"
