"""Numbered, signed letters between two levels of government: each taken exactly once, in order, whatever is lost on the way.

The interface of the level above is not public, so what it calls things is data: a ``Contract``. Knows no tables and no city.

| to | read |
|---|---|
| see what is agreed | ``contract`` (names, codes, limits, retries: a TOML file) |
| see what goes over the line | ``message`` (letters and their acknowledgements) |
| talk to the level above | ``peer``, over the folder and address of ``place`` |
| have a level above to try with | ``simulator`` (never a real province; says so on every page) |
"""
