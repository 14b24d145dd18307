"""Loads a mapping file, or reports all its faults at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping.advice import (
    expected_keys,
    is_foreign,
    meant_key,
    rule_fault,
    unknown_key,
    value_fault,
)
from bulk_update.mapping.constants import constant_faults
from bulk_update.mapping.document import Document, Path, read_document
from bulk_update.mapping.faults import Fault, Place, finding, mapping_error
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.rule_schema import KeysExpectedError, RuleFaultsError, missing_types
from bulk_update.mapping.schema import RECORD_FIELDS
from bulk_update.reasons import said
from bulk_update.records import Issue

_MOST_FOREIGN = 5
"""The most keys of a foreign file that a message lists."""


def load_mapping(data: bytes, *, path: str) -> Mapping:
    """Load a mapping from a file's bytes; `path` names the file in messages.

    Raises MappingError, which lists every fault as `path:line:column: message`, with its line.
    """
    document = read_document(data)
    if document.faults and document.tangled:
        raise mapping_error(document.faults, path=path, text=document.text)
    if is_foreign(document.value):
        raise mapping_error([_foreign(document), *document.faults], path=path, text=document.text)
    faults = [*document.faults, *_constant_faults(document)]
    try:
        mapping = Mapping.model_validate({"name": PurePath(path).stem, **document.value})
    except ValidationError as error:
        faults.extend(_schema_faults(error, document))
    if faults:
        raise mapping_error(faults, path=path, text=document.text)
    return mapping.placed(document.value_places)


def _foreign(document: Document) -> Fault:
    keys = tuple(document.value)
    shown = keys[:_MOST_FOREIGN]
    return Fault(Place(1, 1), finding("foreign", keys=shown, left_out=len(keys) - len(shown)))


def _constant_faults(document: Document) -> Iterator[Fault]:
    for path, issue in constant_faults(document.value):
        yield _fault(document, path, issue)


def _schema_faults(error: ValidationError, document: Document) -> Iterator[Fault]:
    found = error.errors(include_url=False, include_input=False)
    meant = {
        (*details["loc"][:-1], meant_key(_path_in(document, details["loc"])))
        for details in found
        if details["type"] == "extra_forbidden"
    }
    for details in found:
        if details["type"] != "missing" or details["loc"] not in meant:  # it is misspelled
            yield from _faults_of(details, document)
    rules = [_rule_path(_path_in(document, details["loc"])) for details in found]
    for rule in filter(None, dict.fromkeys(rules)):
        yield from _hidden_faults(rule, document)


def _rule_path(path: Path) -> Path:
    """Return the path of the rule that contains a path, or `()` if none does."""
    if path[:2] == ("update", RECORD_FIELDS):
        return path[:3] if len(path) > len(path[:3]) else ()
    return path[:2] if path[:1] == ("update",) and len(path) > len(path[:2]) else ()


def _hidden_faults(rule: Path, document: Document) -> Iterator[Fault]:
    """Find faults that pydantic does not check for while a value of the rule is wrong."""
    keys = _value_at(document, rule)
    for key, issue in missing_types(keys) if isinstance(keys, dict) else ():
        yield _fault(document, (*rule, key), rule_fault(rule, issue))


def _faults_of(details: ErrorDetails, document: Document) -> Iterator[Fault]:
    path = _path_in(document, details["loc"])
    cause = details.get("ctx", {}).get("error")
    if details["type"] == "extra_forbidden":
        yield Fault(document.key_places[path], unknown_key(path, _value_at(document, path)))
    elif path in document.incomplete:
        return  # the omitted key may be the only one that is missing
    elif details["type"] == "missing":
        yield _fault(document, path, finding("missing-key", key=str(details["loc"][-1])))
    elif isinstance(cause, RuleFaultsError):
        for key, issue in cause.faults:
            at = (*path, key) if key else path
            yield _fault(document, at, rule_fault(path, issue))
    elif isinstance(cause, KeysExpectedError):
        yield _fault(document, path, expected_keys(path, cause))
    elif details["loc"][-1] == "[key]":
        yield Fault(document.key_places[path], _labelled(path, _issue_of(cause)))
    else:
        value = _value_at(document, path)
        yield _fault(document, path, value_fault(path, value, _issue_of(cause)))


def _issue_of(cause: object) -> Issue:
    return cause.issue if isinstance(cause, InvalidValueError) else said("mapping", str(cause))


def _value_at(document: Document, path: Path) -> Any:
    value = document.value
    for step in path:
        value = value[step]
    return value


def _path_in(document: Document, location: tuple[str | int, ...]) -> Path:
    """Return the part of a location that exists in the document: no union tags or missing keys."""
    path: Path = ()
    for step in location:
        if (*path, step) in document.value_places:
            path = (*path, step)
    return path


def _fault(document: Document, path: Path, issue: Issue) -> Fault:
    return Fault(document.value_places[path], _labelled(path, issue) if path else issue)


def _labelled(path: Path, issue: Issue) -> Issue:
    return finding("at-key", key=".".join(map(str, path)), fault=issue)
