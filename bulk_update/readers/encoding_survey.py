"""Finds the encoding of a text file without a mapping; if several are possible, asks which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import combinations, filterfalse
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.messages.remarks import Remark
from bulk_update.proposals import SourceOption
from bulk_update.readers.damage import undecodable
from bulk_update.readers.survey_findings import Findings
from bulk_update.readers.text_check import UndecodableError, Utf8Error, open_text_file
from bulk_update.readers.text_file import TextFile
from bulk_update.records import Issue

_CODECS = ("cp1250", "iso8859_2", "cp1252")
"""The usual encodings of Polish and Western files, besides UTF-8."""
_UNSEEN = re.compile("[\x80-\x9f]")
_WORD = re.compile(rb"[^\s,;|\"']+")
_WORDS = 3
_WORDS_LOOKED_AT = 10_000
_BLOCK_BYTES = 1 << 18
_BLOCK_CHARACTERS = 1 << 20


def find_encoding(path: Path, named: str | None, findings: Findings) -> tuple[TextFile, str | None]:
    """Return the checked file, and the encoding that a mapping has to name, if any.

    Raises InputError if the file is damaged, or cannot be read in the `named` encoding.
    """
    try:
        file = open_text_file(path, named)
    except UndecodableError as found:
        if named is not None or found.encoding.mark_bytes:
            raise undecodable(path, found, is_failed_csv=False, quotes_are_text=False) from found
        return _in_one_of_several(path, found, findings)
    except Utf8Error:
        params = {"path": str(path), "encoding": named or ""}
        raise InputError(Issue("input", params, "utf-8-in-option")) from None
    if file.encoding.mark_bytes:
        return file, None
    if named is not None:
        findings.add("encoding", named)
    elif _is_ascii(path):
        findings.notes.append(Remark("ascii-only"))
    else:
        findings.add("encoding", "utf-8")
    return file, named


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(block.isascii() for block in iter(lambda: file.read(_BLOCK_BYTES), b""))


def _in_one_of_several(
    path: Path, found: UndecodableError, findings: Findings
) -> tuple[TextFile, str]:
    """Read the file in the first possible encoding, and show how each one reads it."""
    files = {codec: file for codec in _CODECS if (file := _read_as(path, codec))}
    if not files:
        raise undecodable(path, found, is_failed_csv=False, quotes_are_text=False) from found
    words = _distinctive_words(path, tuple(files))
    options = [
        SourceOption("encoding", codec, Remark("reading", {"words": _as_read(words, codec)}))
        for codec in files
    ]
    codec, file = next(iter(files.items()))
    findings.ask("encoding", Remark("several-encodings", {"codec": codec}), options)
    return file, codec


def _read_as(path: Path, codec: str) -> TextFile | None:
    """Return the file if all of it decodes, without characters that never occur in text."""
    with suppress(UndecodableError):
        file = open_text_file(path, codec)
        with file.open() as text:
            blocks = iter(lambda: text.read(_BLOCK_CHARACTERS), "")
            if not any(map(_UNSEEN.search, blocks)):
                return file
    return None


def _distinctive_words(path: Path, codecs: Sequence[str]) -> list[bytes]:
    """Return words that the encodings read differently, else the first non-ASCII ones.

    Any two encodings that do not read the whole file alike differ in one of these words.
    """
    alike = set(combinations(codecs, 2))
    needed: list[bytes] = []
    distinctive: dict[bytes, None] = {}
    others: dict[bytes, None] = {}
    seen: set[int] = set()
    for count, word in enumerate(_words_beyond_ascii(path)):
        if count >= _WORDS_LOOKED_AT and seen.issuperset(word):
            continue
        seen.update(word)
        readings = {codec: word.decode(codec, errors="replace") for codec in codecs}
        told_apart = {pair for pair in alike if len({readings[codec] for codec in pair}) > 1}
        if told_apart:
            alike -= told_apart
            needed.append(word)
        elif len(set(readings.values())) > 1:
            distinctive[word] = None
        else:
            others[word] = None
        if not alike and len({*needed, *distinctive}) >= _WORDS:
            break
    return list(dict.fromkeys([*needed, *distinctive, *others]))[:_WORDS]


def _words_beyond_ascii(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
            for part in filterfalse(bytes.isascii, block.split()):
                yield from filterfalse(bytes.isascii, _WORD.findall(part))


def _as_read(words: Sequence[bytes], codec: str) -> tuple[str, ...]:
    return tuple(word.decode(codec, errors="replace") for word in words)
