"""How officials write dates and numbers in Chinese."""
