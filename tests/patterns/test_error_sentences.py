"""An error that ends a run says what is wrong as a code with parameters, not as a sentence.

A sentence that is written where the error is raised is stored with the run, and can then be said
in one language only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from source_trees import PACKAGE, source_trees

from bulk_update.errors import BulkUpdateError

MAY_SAY_SENTENCES = {
    "cli/exits.py": "click says what is wrong with the command line, and nothing is stored",
    "cli/sandbox.py": "the sandbox's own command, for developers",
    "sandbox/fault_file.py": "the sandbox's fault file, for developers",
    "web/screens/file.py": "the page shows it at once, in the language of the browser",
    "web/service.py": "the page shows it at once, in the language of the browser",
    "web/storage.py": "the page shows it at once, in the language of the browser",
    "web/uploads.py": "the page shows it at once, in the language of the browser",
}
"""The modules that raise errors with sentences, and why they may."""


def errors_of(kind: type[BulkUpdateError]) -> Iterator[str]:
    yield kind.__name__
    for narrower in kind.__subclasses__():
        yield from errors_of(narrower)


ERRORS = frozenset(errors_of(BulkUpdateError))


def sentences_in(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of errors with a sentence or a hint of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in ERRORS:
                continue
            texts = [each for each in node.args if not is_of_an_issue(each)]
            hints = [each for each in node.keywords if each.arg in {"hint", "reason"}]
            if texts or hints:
                yield node.lineno


def is_of_an_issue(argument: ast.expr) -> bool:
    """Return whether an argument may be an issue: no text, and nothing that composes one."""
    match argument:
        case ast.Constant() | ast.JoinedStr() | ast.BinOp():
            return False
        case ast.Call(func=ast.Name(id="str" | "sentence_of" | "sentences_of")):
            return False
        case ast.Call(func=ast.Attribute(attr="join" | "format" | "format_message")):
            return False
        case ast.Attribute(attr="message"):
            return False
        case _:
            return True


def found() -> dict[str, list[int]]:
    lines = {
        path.relative_to(PACKAGE).as_posix(): list(sentences_in(tree))
        for path, tree in source_trees().items()
    }
    return {path: numbers for path, numbers in lines.items() if numbers}


def test_errors_say_what_is_wrong_as_codes_with_parameters() -> None:
    said = found()
    assert {path: lines for path, lines in said.items() if path not in MAY_SAY_SENTENCES} == {}
    assert set(said) == set(MAY_SAY_SENTENCES)


def test_a_sentence_is_recognized_wherever_it_is_raised() -> None:
    code = """
raise InputError("no file")
raise InputError(f"{path} is gone", hint=HINT)
return UsageError(error.message)
raise UsageError(Issue("usage", variant="exists"), hint="Choose another.")
raise UsageError(Issue("usage", variant="exists"))
raise ServiceError(*end.reasons)
"""
    assert list(sentences_in(ast.parse(code))) == [2, 3, 4, 5]
