"""Workbooks (.xlsx and .xlsm), parsed in a process of their own."""
