"""From one release to the next with its data, while the old one serves (docs/operate/upgrade.md, decision 0039).

``releases`` says what was released; ``rules`` which migrations may run beside an older release; ``preflight`` whether an
upgrade may begin here and now; ``commands`` is ``yunshu upgrade``. How migrations run is in ``bootstrap``, how processes
are replaced without a failed request in ``supervisor``.
"""
