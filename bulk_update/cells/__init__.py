"""One cell of a spreadsheet: what it may hold, and what text to send for it.

Everything here is a pure function of a cell or its text. `mapping` selects these functions, and
`translation` applies them to columns.
"""
