"""Every code has a sentence and a remedy, and no parameter can spoil a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bulk_update
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.messages import CATALOGUE, Entry, entry_of, sentence_of, sentences_of, told
from bulk_update.messages.catalogue import NOTES
from bulk_update.messages.rendering import KIND_NAMES, PLACEHOLDER
from bulk_update.printable import printable
from bulk_update.reasons import restored, stored, verbatim
from bulk_update.records import CellKind, Issue, Param

PACKAGE = Path(bulk_update.__file__).parent
WITHOUT_SENTENCES = ("cells", "ledger", "policy", "translation")
ABOUT_THE_LEDGER = {"connection.py", "lock.py"}
"""Modules whose sentences are those of errors: they end a run, and are never stored."""

SENTENCES = [
    (code, variant, sentence)
    for code, entry in CATALOGUE.items()
    for variant, sentence in {"": entry.sentence, **entry.variants}.items()
]
HOSTILE = (
    "",
    "{text}",
    "{0.__class__}",
    "{",
    "%s %(text)s",
    "\x00\x1b[31m\r\n\u202egpj.\u200b",
    '"; quoted',
    "\ud800",
    "Łódź 日本 😀",
    "x" * 100_000,
)
NAMES = [f"{code} {variant}".strip() for code, variant, _ in SENTENCES]


def params_of(sentence: str, text: str) -> dict[str, Param]:
    """Return a parameter for each placeholder of a sentence."""
    params: dict[str, Param] = {}
    for found in PLACEHOLDER.finditer(sentence):
        if found["form"] in {"more", "cells", "rows"}:
            params[found["name"]] = 3
        elif found["form"] == "kind":
            params[found["name"]] = CellKind.DATE
        else:
            params[found["name"]] = (text, text) if found["name"] == "formats" else text
    return params


@pytest.mark.parametrize(("code", "variant", "sentence"), SENTENCES, ids=NAMES)
def test_hostile_parameters_stay_within_their_place(code: str, variant: str, sentence: str) -> None:
    for text in HOSTILE:
        issue = Issue(code, params_of(sentence, text), variant, ("Te\x1brmin", text))
        said = sentence_of(issue)
        assert said == printable(said)
        rest = said
        for part in filter(None, PLACEHOLDER.split(sentence)[::3]):
            assert part in rest
            rest = rest.partition(part)[2]
        assert told(stored([issue])) == said
        assert len(said) < 3000


@pytest.mark.parametrize(("code", "variant", "sentence"), SENTENCES, ids=NAMES)
def test_a_reason_that_lacks_its_parameters_is_said_nevertheless(
    code: str, variant: str, sentence: str
) -> None:
    assert bool(sentence_of(Issue(code, {}, variant))) == bool(sentence)
    assert sentence_of(Issue(code, {}, "no such variant")) == sentence_of(Issue(code))


@pytest.mark.parametrize(("code", "entry"), CATALOGUE.items(), ids=CATALOGUE)
def test_a_code_says_what_it_means_what_happened_and_what_to_do(code: str, entry: Entry) -> None:
    assert code == code.lower()
    assert " " not in code
    for text in (entry.meaning, entry.sentence, entry.remedy, *entry.variants.values()):
        assert text
        assert text == text.strip()
        assert not text.endswith(".")
        assert "|" not in text


def test_sentences_have_only_placeholders_in_braces() -> None:
    for _, _, sentence in SENTENCES:
        assert not set("{}") & set(PLACEHOLDER.sub("", sentence))


def test_every_kind_of_cell_has_a_name() -> None:
    assert set(KIND_NAMES) == set(CellKind)


def test_an_unknown_code_is_said_as_it_is() -> None:
    assert sentence_of(Issue("no-such-code")) == "no-such-code"
    assert entry_of("http-599") is CATALOGUE["http-<status>"]


def test_reasons_are_joined_and_name_their_columns() -> None:
    issues = (
        Issue("no-identifier", columns=("ID",)),
        Issue("blank", columns=("A", "B")),
        Issue("http-403", {"words": ""}),
    )
    assert sentences_of(issues) == (
        'column "ID": the identifier is blank; columns "A", "B": the cell is blank'
    )


def test_a_sentence_of_an_older_ledger_is_said_as_it_was() -> None:
    sentence = 'column "ID": "{text}" is no date; {words}'
    assert told(verbatim("bad-date", sentence)) == sentence
    assert told(verbatim("bad-date", "")) == told("[]") == told(None) == ""


TEXTS = st.text(st.characters(), max_size=20)


@given(
    st.lists(
        st.builds(
            Issue,
            TEXTS,
            st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS).map(tuple)),
            TEXTS,
            st.lists(TEXTS).map(tuple),
        )
    ).map(tuple)
)
def test_what_is_stored_comes_back(issues: tuple[Issue, ...]) -> None:
    assert restored(stored(issues)) == issues


# --- every code of the program is in the catalogue, and every sentence is


def sources(rooms: tuple[str, ...]) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in rooms:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def issues_made() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield code and variant of each `Issue(...)` whose code and variant are written out."""
    rooms = tuple({path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")})
    for _, tree in sources(rooms):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="Issue"), args=[code, *rest], keywords=keywords):
                    variant = [*rest[1:2], *(k.value for k in keywords if k.arg == "variant")]
                    match code:
                        case ast.Constant(value=str(written)):
                            yield written, _text(variant), node
                        case ast.Attribute(value=ast.Name(id="IssueCode"), attr=name):
                            yield IssueCode[name], _text(variant), node


def _text(nodes: list[ast.expr]) -> str:
    return str(nodes[0].value) if nodes and isinstance(nodes[0], ast.Constant) else ""


def test_every_issue_that_is_made_has_a_sentence() -> None:
    made = list(issues_made())
    assert len(made) > 30
    for code, variant, _ in made:
        entry = entry_of(code)
        assert entry is not None, code
        assert not variant or variant in entry.variants, (code, variant)


def test_an_issue_brings_what_its_sentence_names() -> None:
    for code, variant, call in issues_made():
        if len(call.args) < 2 or not isinstance(call.args[1], ast.Dict):
            continue
        keys = call.args[1].keys
        if None in keys:  # some of them come from elsewhere
            continue
        given_ = {key.value for key in keys if isinstance(key, ast.Constant)}
        entry = entry_of(code)
        assert entry is not None
        sentence = entry.variants.get(variant, entry.sentence)
        if len(call.args) > 2 and not isinstance(call.args[2], ast.Constant):
            continue  # the variant is computed
        assert {found["name"] for found in PLACEHOLDER.finditer(sentence)} <= given_, code


def test_every_code_of_a_cell_is_in_the_catalogue() -> None:
    assert {str(code) for code in IssueCode} <= set(CATALOGUE)


def test_notes_are_never_the_code_of_a_row() -> None:
    assert set(NOTES) == {"unconfirmed"}


_SENTENCE = re.compile(r"[a-z']+,? [a-z']+,? [a-z']+")
_SQL = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|CREATE|WITH|FROM|CASE|EXISTS|ALTER|AND|NOT IN|campaign_id)\b"
)


def test_the_rooms_about_rows_hold_no_sentences() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {text}"
        for path, tree in sources(WITHOUT_SENTENCES)
        for node, text in _texts_about_rows(tree)
        if path.name not in ABOUT_THE_LEDGER and _SENTENCE.search(text) and not _SQL.search(text)
    ]
    assert found == []


def _texts_about_rows(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield texts but for docstrings and for those of exceptions and of halts, which end a run."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                left_out.add(id(node.value))
            case ast.Raise() | ast.Call(func=ast.Name(id="LedgerError" | "LockedError" | "Step")):
                left_out |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value
        elif isinstance(node, ast.JoinedStr):
            inner = (part.value for part in node.values if isinstance(part, ast.Constant))
            yield node, " ".join(map(str, inner))
