"""工作台 — the staff shell, home, worklist, search, help."""
