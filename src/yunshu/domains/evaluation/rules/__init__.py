"""What is demanded of a performance table and how it is judged: pure arithmetic, rules as data, sources named.

    fill_in     findings about a form before it is submitted (``data/fill-in-*.toml``)
    links       which goal, task and indicator belong together, and the words that say so
    facts       amounts and payment facts written in a task's content
    plan        the payment plan those words propose
    measuring   gap, attainment, light, trend, forecast
    budget      planned, due, paid; instalments; cash calendar
    monitoring  execution and progress against the nodes of the year (``data/monitoring-*.toml``)
    scoring     self-evaluation by rule set (``data/scoring-*.toml``), replay under several sets
    life        the table's flow
    diff        what changed between two forms

Start with ``fill_in.check`` and ``scoring.score``. Nothing here knows Django, the clock or the database.
"""
