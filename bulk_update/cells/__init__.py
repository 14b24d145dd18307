"""One cell of a spreadsheet: what it may hold, and the text that is sent for it.

Everything here is a pure function of a cell or its text. `mapping` chooses among these functions,
`translation` applies them to columns.
"""
