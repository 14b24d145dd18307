"""Workbooks (.xlsx, .xlsm and their templates), parsed in a separate process."""
