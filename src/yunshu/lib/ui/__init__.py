"""The interface: tokens, shell, components, list pages, the reference-list engine."""
