"""门户 — the public face, phone first."""
