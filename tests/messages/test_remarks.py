"""Every remark about a proposed mapping has a sentence, and no parameter can break it."""

from __future__ import annotations

import ast

import pytest
from source_trees import source_nodes

from bulk_update.messages.remarks import REMARKS, Remark, remark_text
from bulk_update.messages.rendering import PLACEHOLDER
from bulk_update.printable import printable
from bulk_update.proposals.names import Veto
from bulk_update.proposals.shapes import NEVER_A_KEY
from bulk_update.records import Param

HOSTILE = ("{x}", "\x1b[31m\n\u202e", "Łódź", "y" * 100_000)
NUMBERS = {"cells", "rows"}


def remarks_made() -> set[str]:
    """Return the program's texts that are codes of remarks, including composed ones."""
    texts = {
        node.value
        for room in ("proposals", "readers", "job")
        for node in source_nodes(room)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts | set(Veto) | {f"looks-like-{shape}" for shape in NEVER_A_KEY}


def codes_given() -> set[str]:
    """Return the codes that are literals where a remark is created."""
    return {
        call.args[0].value
        for call in source_nodes()
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
def test_hostile_parameters_cannot_break_a_sentence(code: str) -> None:
    for text in HOSTILE:
        params: dict[str, Param] = {
            found["name"]: 3 if found["form"] in NUMBERS else (text, text)
            for found in PLACEHOLDER.finditer(REMARKS[code])
        }
        said = remark_text(Remark(code, params))
        assert said == printable(said)
        assert len(said) < 5_000
    assert not set("{}") & set(PLACEHOLDER.sub("", REMARKS[code]))
