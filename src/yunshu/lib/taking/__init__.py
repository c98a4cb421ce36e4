"""Taking over what other systems hold: a sheet, a mapping, rows judged and journalled. Knows no city business.

A kind of thing (``kinds.Kind``) says which fields it has and makes, reads back and removes objects through its domain; a
``mapping.Mapping`` says which column is which field. Reading order: ``fields`` and ``values`` (what a cell may say), ``mapping``,
``reading`` (files), ``judging`` (one row), ``kinds``, ``running`` (check and run, in batches, resumable), ``reconciling``,
``undoing``, ``reports``. ``models`` is the journal: a run, and what became of each row. ``guards`` lets the database remove what an
undo takes back, and nothing else.
"""
