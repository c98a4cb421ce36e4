"""城市包 — what makes Yunshu a particular city's: organisations, people, roles, calendar, tables, as files.

Reading order: ``schema`` (what each file holds), ``pack`` (reading), ``check`` (does it hold together),
``load`` (into the database, without overwriting what people changed). How to make a pack: ``docs/operate/city.md``.
"""
