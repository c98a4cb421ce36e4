"""Seeing how it runs: the number that follows a request, figures and the rules that judge them, pulses, counted requests.

``correlation`` (one number finds everything) · ``figures`` (what is read when somebody looks: ``/metrics``, the operator's page and the
alert rules are made of the same declarations) · ``meters`` (what is counted as it happens, over all processes) · ``pulse`` (a process that
hangs is seen) · ``steps`` (the way of one number through the house). Start at ``figures``.
"""
