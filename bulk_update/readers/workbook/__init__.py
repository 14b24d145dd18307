"""Workbooks (.xlsx, .xlsm and their templates), parsed in a process of their own."""
