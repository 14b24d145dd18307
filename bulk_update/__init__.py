"""Keep the records of a Thulium campaign in step with a spreadsheet."""

__version__ = "0.1.0"
