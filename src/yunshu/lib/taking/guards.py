"""What is kept for ever may still be taken back while an import that brought it is undone: the database asks the journal.

``undoable`` is a protection like pgtrigger's, but it lets a row go whose object stands in the journal as being taken back
(``taking_undoes``, a function of the journal's migration). Journal rows are kept, so whatever went away that way is named there.
"""

import pgtrigger


def undoable(name: str, *, also_update: bool, number: str) -> pgtrigger.Trigger:
    """Return a trigger that forbids deleting (and changing, for append-only tables); ``number`` is SQL for the object's number."""
    operation = pgtrigger.Update | pgtrigger.Delete if also_update else pgtrigger.Delete
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.Before,
        func=f"""
            IF TG_OP = 'DELETE' AND taking_undoes({number}) THEN RETURN OLD; END IF;
            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;
        """,
    )
