"""Reading the hotline; the viewer comes first."""
