"""The catalogue as a workbook, in the layout of the guide."""
