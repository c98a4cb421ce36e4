"""Template filters of operations."""
