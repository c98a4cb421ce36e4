"""The outbox's migrations as a later release might have them: one that adds, one that meets rows it cannot bear."""
