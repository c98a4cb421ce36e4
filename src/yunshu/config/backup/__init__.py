"""``yunshu backup`` and ``yunshu restore``: everything of an instance that is no program, out and in again.

``places`` says what lies where, ``database`` speaks to PostgreSQL, ``taking`` makes backups and points, ``restoring`` gives one
back, ``verifying`` restores on trial, ``keeper`` is the process that does it all by the clock, ``commands`` the command line.
"""
