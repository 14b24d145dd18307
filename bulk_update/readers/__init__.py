"""Reads spreadsheets, both text files and workbooks, as chunks of rows."""

from bulk_update.readers.fingerprint import Fingerprint, fingerprint
from bulk_update.readers.headers import require_columns
from bulk_update.readers.opening import open_spreadsheet
from bulk_update.readers.spreadsheet import Spreadsheet

__all__ = ["Fingerprint", "Spreadsheet", "fingerprint", "open_spreadsheet", "require_columns"]
