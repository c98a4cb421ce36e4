"""通知 — notices inside the platform and the preferences of those who get them."""
