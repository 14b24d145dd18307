"""Every code has a sentence and a remedy, and no parameter can spoil a sentence."""

from __future__ import annotations

import ast
import errno
import os
import re
import socket
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest
from for_each import for_each
from hypothesis import given
from hypothesis import strategies as st
from rooms import PURE
from source_trees import PACKAGE, source_nodes, source_trees
from words import verbatim

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.errors import BulkUpdateError
from bulk_update.messages import (
    CATALOGUE,
    Entry,
    entry_of,
    hint_of,
    remedy_of,
    sentence_of,
    sentences_of,
    told,
)
from bulk_update.messages.catalogue import ENDS, NOTES, PLAN, SENDING, STOPPED
from bulk_update.messages.phrases import KIND_NAMES, SYSTEM_ERRORS
from bulk_update.messages.rendering import PLACEHOLDER
from bulk_update.printable import printable
from bulk_update.reasons import NO_REASONS, restored, stored
from bulk_update.records import CellKind, Issue, Param

WITHOUT_SENTENCES = {
    *PURE - {"messages"}, "client", "columns", "invalid_value", "ledger", "limits", "reasons",
    "runner",
}  # fmt: skip
LEFT_OUT = {
    "client/markup.py",
    "corrections/readings.py",
    "mapping/json_schema.py",
    "mapping/syntax.py",
    "proposals/dictionary.py",
}
"""Modules with HTML elements, names of months, the title of the JSON schema, messages of PyYAML, or
words of headers."""
MAY_RAISE_SENTENCES = {"client", "runner"}
BUGS = {"the attempt has no reply to record", "a row without attempts was not sent"}
"""Sentences of exceptions that only a bug in the program can raise."""

SENTENCES = [
    (code, variant, sentence)
    for code, entry in CATALOGUE.items()
    for variant, sentence in {"": entry.sentence, **entry.variants}.items()
]
HINTS = [
    (code, variant, hint)
    for code, entry in CATALOGUE.items()
    for variant, hint in entry.hints.items()
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
    "x" * 20_000,
)
OF_ANOTHER_KIND: tuple[Param, ...] = (
    0, -1, 10**30, 0.5, float("inf"), float("nan"), (), ("", "a"),
)  # fmt: skip
SERVER: dict[str, Param] = {"host": "acme.thulium.com", "port": 443}
SENT = "the request was sent"
CODES_OF_FAILURES = {
    "UnreachableError": {"unreachable"},
    "TLSError": {"tls"},
    "ProxyError": {"proxy"},
    "BadResponseError": {"bad-answer", "proxy"},
    "DisconnectedError": {"disconnected", "proxy"},
}
OF_A_BODY = {"http-<status>", "unexpected-body"}
CODES_OF_RETURNED = {
    "failures.py": {"unreachable", "proxy", "disconnected"},
    "replies.py": {"http-<status>"},
}
TO_COPY = re.compile(r": (https?://\S+|--\S+ \S+|keyring set .*|chmod .*)$")
"""The end of a hint that a person copies, where a full stop could be copied with it."""
INDENT = "  "
"""What a sentence begins with that is a line below another one."""
NAMES = [f"{code} {variant}".strip() for code, variant, _ in SENTENCES]


def params_of(sentence: str, text: str) -> dict[str, Param]:
    """Return a parameter for each placeholder of a sentence."""
    params: dict[str, Param] = {}
    for found in PLACEHOLDER.finditer(sentence):
        if found["name"] is None:
            continue
        if found["form"] == "kind":
            params[found["name"]] = CellKind.DATE
        elif found["form"] in {"more", "more_lines"}:
            params[found["name"]] = 3
        else:
            are_several = found["name"] == "formats" or found["form"] == "list"
            params[found["name"]] = (text, text) if are_several else text
    return params


def _kept(sentence: str) -> str:
    """Return the invisible characters that a sentence may have: an excerpt has lines of its own."""
    return "\n" if ":excerpt}" in sentence else ""


@for_each(("code", "variant", "sentence"), SENTENCES, ids=NAMES)
def test_hostile_parameters_cannot_break_a_sentence(code: str, variant: str, sentence: str) -> None:
    for text in HOSTILE:
        issue = Issue(code, params_of(sentence, text), variant, ("Te\x1brmin", text))
        said = sentence_of(issue)
        assert said == printable(said, keep=_kept(sentence))
        rest = said
        for part in filter(None, PLACEHOLDER.split(sentence)[:: PLACEHOLDER.groups + 1]):
            assert part in rest
            rest = rest.partition(part)[2]
        assert told(stored([issue])) == said
        assert len(said) < 3000 + 1100 * len(PLACEHOLDER.findall(sentence))


@for_each(("code", "variant", "sentence"), SENTENCES, ids=NAMES)
def test_a_parameter_of_another_type_does_not_break_a_sentence(
    code: str, variant: str, sentence: str
) -> None:
    names = [found["name"] for found in PLACEHOLDER.finditer(sentence) if found["name"]]
    for value in OF_ANOTHER_KIND:
        said = sentence_of(Issue(code, dict.fromkeys(names, value), variant))
        assert said == printable(said, keep=_kept(sentence))
        assert len(said) < 3000


@for_each(("code", "variant", "sentence"), SENTENCES, ids=NAMES)
def test_a_reason_without_its_parameters_still_has_a_sentence(
    code: str, variant: str, sentence: str
) -> None:
    assert bool(sentence_of(Issue(code, {}, variant))) == (sentence != "{words:given}")
    assert sentence_of(Issue(code, {}, "no such variant")) == sentence_of(Issue(code))


@for_each(("code", "entry"), CATALOGUE.items(), ids=CATALOGUE)
def test_every_code_has_a_meaning_a_sentence_and_a_remedy(code: str, entry: Entry) -> None:
    assert code == code.lower()
    assert " " not in code
    assert remedy_of(code) == entry.remedy
    for text in (entry.meaning, entry.sentence, entry.remedy, *entry.variants.values()):
        assert text
        assert text.removeprefix(INDENT) == text.strip()
        assert not text.endswith(".")
    assert "|" not in entry.meaning + entry.remedy  # they are cells of a table


@for_each(("code", "variant", "hint"), HINTS)
def test_a_hint_is_one_or_more_whole_sentences(code: str, variant: str, hint: str) -> None:
    assert not variant or variant in CATALOGUE[code].variants
    assert hint == hint.strip()
    assert hint.endswith(".") or TO_COPY.search(hint)
    for text in HOSTILE:
        said = hint_of(Issue(code, params_of(hint, text), variant))
        assert said == printable(said)
        assert len(said) < 2000


def test_an_issue_without_a_hint_has_none() -> None:
    assert hint_of(Issue("no-such-code")) == hint_of(Issue("ledger")) == ""


def test_braces_in_sentences_are_always_placeholders() -> None:
    for _, _, sentence in (*SENTENCES, *HINTS):
        assert not set("{}") & set(PLACEHOLDER.sub("", sentence))


def test_an_issue_can_be_part_of_a_sentence() -> None:
    params: dict[str, Param] = {"pid": 7, "host": "vm", "user": "jan", "since": 0}
    holder = Issue("locked", params, "process")
    issue = Issue("locked", {"folder": "/f", "holder": holder}, "by")
    assert restored(stored([issue])) == (issue,)
    assert sentence_of(issue) == (
        "another run is sending from /f: process 7 on vm, user jan, since 1970-01-01 00:00:00 UTC"
    )


def test_every_kind_of_cell_has_a_name() -> None:
    assert set(KIND_NAMES) == set(CellKind)


@for_each(("code",), zip([*PLAN, *SENDING, *STOPPED, *NOTES]))
def test_no_remedy_of_an_undo_runs_its_file_which_would_send_what_it_restores(code: str) -> None:
    remedy = remedy_of(code, is_undo=True)
    assert remedy
    assert "`run`" not in remedy
    assert "run its file" not in remedy


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        *((f"http-{status}", "`retry` later") for status in (408, 423, 425, 429, 500, 503)),
        *((f"http-{status}", "correct what the message names") for status in (400, 404, 422, 451)),
    ],
)
def test_the_remedy_of_an_http_code_depends_on_whether_the_status_is_retried(
    code: str, remedy: str
) -> None:
    assert remedy_of(code) == remedy
    assert remedy in remedy_of("http-<status>")


def test_an_unknown_code_is_shown_unchanged() -> None:
    assert sentence_of(Issue("no-such-code")) == "no-such-code"
    assert entry_of("http-599") is CATALOGUE["http-<status>"]
    assert (remedy_of("no-such-code"), remedy_of("")) == ("", "")


def test_reasons_are_joined_and_name_their_columns() -> None:
    issues = (
        Issue("no-identifier", columns=("ID",)),
        Issue("blank", columns=("A", "B")),
        Issue("http-403", {"words": ""}),
    )
    assert sentences_of(issues) == (
        'column "ID": the identifier is blank; columns "A", "B": the cell is blank'
    )


def test_a_sentence_of_an_older_ledger_is_shown_unchanged() -> None:
    sentence = 'column "ID": "{text}" is no date; {words}'
    assert told(verbatim("bad-date", sentence)) == sentence
    assert told(NO_REASONS) == told("") == told(None) == ""


@pytest.mark.parametrize(
    ("issue", "sentence"),
    [
        (Issue("unreachable", SERVER), "acme.thulium.com:443: no connection"),
        (
            Issue("unreachable", {**SERVER, "error": "ECONNREFUSED", "number": 111}, "system"),
            "acme.thulium.com:443: connection refused",
        ),
        (
            Issue("unreachable", {**SERVER, "error": "EAI_NONAME", "number": -2}, "system"),
            "acme.thulium.com:443: host name not found",
        ),
        (
            Issue("unreachable", {**SERVER, "error": "EXDEV", "number": 18}, "system"),
            "acme.thulium.com:443: system error EXDEV",
        ),
        (
            Issue("unreachable", {"host": "::1", "port": 8080, "seconds": 0.25}, "late"),
            "[::1]:8080: no connection within 0.2 s",
        ),
        (
            Issue("timeout", {"seconds": 30.0}),
            f"{SENT}, and no complete response arrived within 30 s",
        ),
        (Issue("http-404", {"status": 404}, "bare"), "HTTP 404 Not Found without an explanation"),
        (Issue("http-599", {"status": 599}, "bare"), "HTTP 599 without an explanation"),
        (Issue("http-200", {"words": ""}, "page"), "a web page"),
        (
            Issue("unexpected-body", {"status": 200, "words": "Sorry"}, "page"),
            "HTTP 200 with a body that does not confirm the update: a web page: Sorry",
        ),
        (
            Issue("max-invalid", {"invalid": 1, "rows": 20, "limit": "2 %"}),
            "1 of 20 data rows failed validation, and max_invalid allows 2 %",
        ),
        (
            Issue("max-rows", {"rows": 1, "limit": "0"}),
            "1 row would be sent, and max_rows allows 0",
        ),
        (
            Issue("max-duration", {"seconds": 3600.4371, "limit": 3600.0}),
            "sending took 1 h, and max_duration allows 1 h",
        ),
        (
            Issue("max-rows", {"rows": 12345, "limit": "1000"}),
            "12,345 rows would be sent, and max_rows allows 1,000",
        ),
        (
            Issue("max-failures", {"failures": 1200, "rows": 20000, "limit": "5 %"}),
            (
                "1,200 of 20,000 rows sent so far ended rejected, failed or in_doubt, and "
                "max_failures allows 5 %"
            ),
        ),
        (Issue("rows", {"outcomes": ("3 invalid", "2 in_doubt")}), "3 invalid, 2 in_doubt"),
        (Issue("unmapped-columns", {"count": 1}), "1 column of the file is not mapped"),
        (Issue("unmapped-columns", {"count": 1200}), "1,200 columns of the file are not mapped"),
        (
            Issue("disguised", {"count": 1, "text": "\u0410'1", "row": 7}),
            (
                "1 row has identifiers with characters that resemble ordinary ones, such as "
                '"\\u0410\'1" (row 7)'
            ),
        ),
        (
            Issue("signal", {"signal": "SIGINT"}, "waiting"),
            "stopped by SIGINT: waiting for the responses to requests in flight",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value.code} {value.variant}".strip(),
)
def test_parameters_are_shown_in_a_readable_form(issue: Issue, sentence: str) -> None:
    assert sentence_of(issue) == sentence


def test_system_errors_have_posix_names() -> None:
    known = {*errno.errorcode.values(), *dir(socket)}
    assert os.name != "posix" or set(SYSTEM_ERRORS) - known <= {"EAI_NODATA"}


TEXTS = st.text(st.characters(), max_size=20)


@given(
    st.lists(
        st.builds(
            Issue,
            TEXTS,
            st.dictionaries(
                TEXTS,
                TEXTS
                | st.integers()
                | st.floats(allow_nan=False)
                | st.lists(TEXTS, max_size=3).map(tuple),
                max_size=3,
            ),
            TEXTS,
            st.lists(TEXTS, max_size=3).map(tuple),
        ),
        max_size=4,
    ).map(tuple)
)
def test_stored_reasons_are_restored(issues: tuple[Issue, ...]) -> None:
    assert restored(stored(issues)) == issues


# --- every code of the program is in the catalogue, and every sentence is


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def sources(rooms: Collection[str]) -> Iterator[tuple[Path, ast.Module]]:
    for path, tree in source_trees().items():
        if room_of(path) in rooms:
            yield path, tree


def issues_made() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield the code and variant of each `Issue(...)` in which both are literals.

    `finding(...)` makes an issue of a mapping.
    """
    for node in source_nodes():
        match node:
            case ast.Call(func=ast.Name(id="finding"), args=[ast.Constant(value=str(written))]):
                yield "mapping", written, node
            case ast.Call(func=ast.Name(id="Issue"), args=[code, *rest], keywords=keywords):
                variant = [*rest[1:2], *(k.value for k in keywords if k.arg == "variant")]
                match code:
                    case ast.Constant(value=str(written)):
                        yield written, _text(variant), node
                    case ast.Attribute(value=ast.Name(id="IssueCode"), attr=name):
                        yield IssueCode[name], _text(variant), node


def _text(nodes: list[ast.expr]) -> str:
    return str(nodes[0].value) if nodes and isinstance(nodes[0], ast.Constant) else ""


def test_every_issue_in_the_code_has_a_sentence() -> None:
    made = list(issues_made())
    assert len(made) > 30
    for code, variant, _ in made:
        entry = entry_of(code)
        assert entry is not None, code
        assert not variant or variant in entry.variants, (code, variant)


def test_every_issue_has_the_parameters_of_its_sentence() -> None:
    for code, variant, call in issues_made():
        given_ = _parameters(call)
        if given_ is None:
            continue
        entry = entry_of(code)
        assert entry is not None
        sentence = entry.variants.get(variant, entry.sentence)
        if len(call.args) > 2 and not isinstance(call.args[2], ast.Constant):
            continue  # the variant is computed
        names = {found["name"] for found in PLACEHOLDER.finditer(sentence)} - {None}
        assert names <= given_, (code, variant)


def _parameters(call: ast.Call) -> set[str] | None:
    """Return the names of an issue's parameters, or None if some are computed."""
    if isinstance(call.func, ast.Name) and call.func.id == "finding":
        names = [keyword.arg for keyword in call.keywords]
        return None if None in names else {name for name in names if name}
    if len(call.args) < 2 or not isinstance(call.args[1], ast.Dict):
        return None
    keys = call.args[1].keys
    if None in keys:
        return None
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


@cache
def texts_in_the_code() -> frozenset[str]:
    """Return the texts in all modules but those of the messages."""
    return frozenset(
        node.value
        for path, tree in source_trees().items()
        if path.relative_to(PACKAGE).parts[0] != "messages"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def joined_texts() -> set[tuple[str, str]]:
    """Return what is before and after the value in texts such as `f"password-file-{variant}"`."""
    found = set()
    for node in source_nodes():
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), ast.FormattedValue()]):
                found.add((text, ""))
            case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(text))]):
                found.add(("", text))
    return {(start, end) for start, end in found if "-" in start + end}


@pytest.mark.parametrize(
    "code", ["identity", "input", "ledger", "locked", "mapping", "results", "usage"]
)
def test_every_sentence_about_an_error_is_used(code: str) -> None:
    texts, joined = texts_in_the_code(), joined_texts()
    unused = {
        variant
        for variant in set(CATALOGUE[code].variants) - texts
        if not any(
            variant.startswith(start)
            and variant.endswith(end)
            and variant[len(start) : len(variant) - len(end)] in texts
            for start, end in joined
        )
    }
    assert unused == set()


def test_every_code_of_a_cell_is_in_the_catalogue() -> None:
    assert {str(code) for code in IssueCode} <= set(CATALOGUE)


def test_notes_are_never_the_code_of_a_row() -> None:
    assert set(NOTES) == {"unconfirmed"}


def variants_of_replies() -> Iterator[tuple[set[str], str]]:
    """Yield the codes and variant of each reason that the client creates for a reply."""
    for path, tree in sources(("client",)):
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Name(id=name), args=[ast.Constant(value=str(variant)), *_]
                ) if name in CODES_OF_FAILURES:
                    yield CODES_OF_FAILURES[name], variant
                case ast.Assign([ast.Name("variant")], ast.Constant(str(variant))) | ast.Assign(
                    [ast.Tuple([ast.Name("variant"), *_])],
                    ast.Tuple([ast.Constant(str(variant)), *_]),
                ):
                    yield CODES_OF_FAILURES["UnreachableError"] | {"proxy"}, variant
                case ast.Return(ast.Tuple([ast.Constant(str(variant)), ast.Dict()])):
                    yield CODES_OF_RETURNED[path.name], variant
                case ast.Call(
                    func=ast.Name(id="Unpacked"), args=[_, ast.Constant(str(variant)), *_]
                ):
                    yield OF_A_BODY, variant
                case ast.Call(func=ast.Name(id="Body"), keywords=keywords):
                    for keyword in keywords:
                        if keyword.arg == "variant" and isinstance(keyword.value, ast.Constant):
                            yield OF_A_BODY, str(keyword.value.value)


def test_every_variant_of_a_reply_has_a_sentence_and_every_sentence_is_used() -> None:
    made = {(code, variant) for codes, variant in variants_of_replies() for code in codes}
    made -= {("http-<status>", "")}
    codes = {code for code, _ in made}
    assert made == {(code, variant) for code in codes for variant in CATALOGUE[code].variants}


def test_a_broken_tunnel_has_the_same_variants_as_a_broken_connection() -> None:
    """A tunnel can fail like a request or a connection; the sentence then names the proxy."""
    of_proxy = set(CATALOGUE["proxy"].variants)
    for code in ("disconnected", "bad-answer"):
        assert set(CATALOGUE[code].variants) <= of_proxy
    assert set(CATALOGUE["unreachable"].variants) <= of_proxy


def test_a_denial_has_the_same_variants_as_a_response() -> None:
    assert set(CATALOGUE["unexpected-body"].variants) | {"redirect", "bare"} == set(
        CATALOGUE["http-<status>"].variants
    )


def errors_of(kind: type[BulkUpdateError]) -> Iterator[type[BulkUpdateError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from errors_of(narrower)


def test_every_reason_that_ends_a_run_is_in_the_catalogue() -> None:
    reasons = {kind.default_reason for kind in errors_of(BulkUpdateError)} - {"unusable"}
    for node in source_nodes():
        match node:
            case ast.keyword(arg="reason", value=ast.Constant(value=str(reason))):
                reasons.add(reason)
    assert reasons <= set(CATALOGUE)
    assert set(ENDS) <= reasons | {code for code, _, _ in issues_made()} | {"rows", "differs"}


_WORDS = re.compile("[A-Za-z]+,? [A-Za-z]+")
_SENTENCE = re.compile(r"[a-z']+,? [a-z']+,? [a-z']+")
_SQL = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|CREATE|WITH|FROM|CASE|EXISTS|ALTER|AND|NOT IN|campaign_id)\b"
)


def test_packages_about_rows_contain_no_sentences() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {text}"
        for path, tree in sources(WITHOUT_SENTENCES)
        for node, text in _texts(tree, raised=room_of(path) not in MAY_RAISE_SENTENCES)
        if path.relative_to(PACKAGE).as_posix() not in LEFT_OUT
        and _SENTENCE.search(text)
        and not _SQL.search(text)
        and text not in BUGS
    ]
    assert found == []


def test_errors_and_issues_are_made_from_codes_instead_of_sentences() -> None:
    rooms = WITHOUT_SENTENCES - MAY_RAISE_SENTENCES
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {text}"
        for path, tree in sources(rooms)
        for made in ast.walk(tree)
        if isinstance(made, ast.Raise) or _makes_an_error(made)
        for node, text in _texts(made, raised=True)
        if _WORDS.search(text) and text not in BUGS
    ]
    assert found == []


def _makes_an_error(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in {"Issue", "finding", "said"} or name.endswith(("Error", "Fault"))
        case _:
            return False


def _texts(tree: ast.AST, *, raised: bool) -> Iterator[tuple[ast.expr, str]]:
    """Yield texts except docstrings, descriptions for the reference and, unless wanted, errors."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                left_out.add(id(node.value))
            case ast.Call(func=ast.Name(id="Step")) | ast.keyword(arg="description"):
                left_out |= {id(inner) for inner in ast.walk(node)}
            case ast.Raise() if not raised:
                left_out |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value
        elif isinstance(node, ast.JoinedStr):
            inner = (part.value for part in node.values if isinstance(part, ast.Constant))
            yield node, " ".join(map(str, inner))
