"""One test for many quick cases: pytest takes longer to start a test than such a case takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

MOST_SHOWN = 20
"""How many failed cases are shown: what all of them have in common is clear by then."""


def for_each(
    names: Sequence[str], cases: Iterable[Sequence[Any]], *, ids: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a test that tries all cases and fails with every one that failed, by its id.

    Like `pytest.mark.parametrize`, but fixtures are shared by all cases.
    """
    listed = [dict(zip(names, case, strict=True)) for case in cases]
    called = list(ids) or [" ".join(map(str, case.values())) for case in listed]
    assert listed, "a test without cases cannot fail"

    def decorated(check: Callable[..., None]) -> Callable[..., None]:
        @wraps(check)
        def check_each(**fixtures: Any) -> None:
            failures = []
            for case, name in zip(listed, called, strict=True):
                try:
                    check(**case, **fixtures)
                except Exception as failure:  # noqa: BLE001 - whatever it is, it is reported
                    failure.add_note(f"case: {name}")
                    failures.append(failure)
            if failures:
                said = f"{len(failures)} of {len(listed)} cases failed"
                raise ExceptionGroup(said, failures[:MOST_SHOWN])

        parameters = inspect.signature(check).parameters.values()
        fixtures = [each for each in parameters if each.name not in names]
        setattr(check_each, "__signature__", inspect.Signature(fixtures))  # noqa: B010 - for pytest
        return check_each

    return decorated
