"""Every remark about a proposed mapping has a sentence, and no parameter can break it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bulk_update
from bulk_update.messages.remarks import REMARKS, Remark, remark_text
from bulk_update.messages.rendering import PLACEHOLDER
from bulk_update.printable import printable
from bulk_update.proposals.dictionary import Veto
from bulk_update.proposals.shapes import NEVER_A_KEY
from bulk_update.records import Param

PACKAGE = Path(bulk_update.__file__).parent
NUMBERS = {"cells", "rows"}


def remarks_made() -> set[str]:
    """Return the program's texts that are codes of remarks, including composed ones."""
    texts = {
        node.value
        for room in ("proposals", "readers", "job")
        for path in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts | set(Veto) | {f"looks-like-{shape}" for shape in NEVER_A_KEY}


def codes_given() -> set[str]:
    """Return the codes that are literals where a remark is created."""
    return {
        call.args[0].value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Remark"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_remark_in_the_code_has_a_sentence() -> None:
    made = codes_given()
    assert len(made) > 40
    assert made | set(Veto) | {f"looks-like-{shape}" for shape in NEVER_A_KEY} <= set(REMARKS)


def test_every_remark_is_used() -> None:
    assert set(REMARKS) - remarks_made() == set()


@pytest.mark.parametrize("code", REMARKS)
@pytest.mark.parametrize("text", ["{x}", "\x1b[31m\n\u202e", "Łódź", "y" * 100_000])
def test_hostile_parameters_cannot_break_a_sentence(code: str, text: str) -> None:
    params: dict[str, Param] = {
        found["name"]: 3 if found["form"] in NUMBERS else (text, text)
        for found in PLACEHOLDER.finditer(REMARKS[code])
    }
    said = remark_text(Remark(code, params))
    assert said == printable(said)
    assert len(said) < 5_000
    assert not set("{}") & set(PLACEHOLDER.sub("", REMARKS[code]))
