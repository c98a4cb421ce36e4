"""Engines that know no city business; each could be a package of its own."""
