"""The use cases: check a file, run it, apply a plan, retry what failed, inspect what happened.

Each module is one use case, or a step that several share. A use case takes what the caller decided
(`Request`, `RunOptions`), joins readers, mapping, ledger, client and results, and returns a
`Report`. Nothing here prints or asks: the caller's `Observer` does.

This package imports nothing by itself, so that `check` loads nothing that can send.
"""
