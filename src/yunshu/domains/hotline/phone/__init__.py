"""The phone process (``yunshu hotline phone``): the floor of ``lib.cti`` at work for the hotline. Pages speak with it by ``wire``."""
