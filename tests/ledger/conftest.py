from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_update.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "state") as ledger:
        yield ledger
