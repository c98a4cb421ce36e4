"""文件 — attachments: one hash, one scan, one retention rule."""
