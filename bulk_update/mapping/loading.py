"""Reading a mapping file: its bytes become a mapping, or a list of all its faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bulk_update.mapping.constants import constant_faults
from bulk_update.mapping.document import Document, Path, read_document
from bulk_update.mapping.faults import Fault, mapping_error
from bulk_update.mapping.mapping import SECTIONS, Mapping, keys_of
from bulk_update.mapping.rule_schema import RuleFaultsError
from bulk_update.mapping.scalars import did_you_mean
from bulk_update.printable import quoted


def load_mapping(data: bytes, *, path: str) -> Mapping:
    """Read a mapping file's bytes; `path` names it in messages.

    Raises MappingError that lists every fault as `path:line:column: message`.
    """
    document = read_document(data)
    if document.faults and document.tangled:
        raise mapping_error(document.faults, path=path)
    faults = [*document.faults, *_constant_faults(document)]
    try:
        mapping = Mapping.model_validate({"name": PurePath(path).stem, **document.value})
    except ValidationError as error:
        faults.extend(_schema_faults(error, document))
    if faults:
        raise mapping_error(faults, path=path)
    return mapping.placed(document.value_places)


def _constant_faults(document: Document) -> Iterator[Fault]:
    for path, message in constant_faults(document.value):
        yield _fault(document, path, message)


def _schema_faults(error: ValidationError, document: Document) -> Iterator[Fault]:
    for details in error.errors(include_url=False, include_input=False):
        yield from _faults_of(details, document)


def _faults_of(details: ErrorDetails, document: Document) -> Iterator[Fault]:
    path = _path_in(document, details["loc"])
    cause = details.get("ctx", {}).get("error")
    if details["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        message = (
            f"the key {quoted(str(path[-1]))} is unknown: {did_you_mean(str(path[-1]), known)}"
        )
        yield Fault(document.key_places[path], message)
    elif details["type"] == "missing":
        yield _fault(document, path, f"the key {quoted(str(details['loc'][-1]))} is missing")
    elif isinstance(cause, RuleFaultsError):
        for key, message in cause.faults:
            yield _fault(document, (*path, key) if key else path, message)
    elif details["loc"][-1] == "[key]":
        yield Fault(document.key_places[path], f"{_dotted(path)}: {cause}")
    else:
        yield _fault(document, path, str(cause))


def _path_in(document: Document, location: tuple[str | int, ...]) -> Path:
    """Return the part of a location that is in the document: no tags of unions, no missing keys."""
    path: Path = ()
    for step in location:
        if (*path, step) in document.value_places:
            path = (*path, step)
    return path


def _keys_at(path: Path) -> dict[str, str]:
    if len(path) > 1 and path[0] == "update":
        return keys_of(SECTIONS["update.FIELD"])
    return keys_of(SECTIONS[_dotted(path[:1])])


def _fault(document: Document, path: Path, message: str) -> Fault:
    label = f"{_dotted(path)}: " if path else ""
    return Fault(document.value_places[path], f"{label}{message}")


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
