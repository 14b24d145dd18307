"""The use cases: check a file, run it, apply a plan, retry what failed, inspect what happened.

Each module is one use case, or a step that several of them share. A use case takes the caller's
`Request` or `RunOptions`, connects readers, mapping, ledger, client and results, and returns a
`Report`. It never prints or asks; the caller's `Observer` does.

The package itself imports nothing, so that `check` loads nothing that can send.
"""
