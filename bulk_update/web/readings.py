"""The ways in which a file can be read, as choices that a person recognises."""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update.job.file_preview import FilePreview
from bulk_update.language import gettext as _
from bulk_update.messages.remarks import remark_text
from bulk_update.proposals import SourceEvidence, SourceOption

_ENCODINGS = {"cp1250": "Windows-1250", "iso8859_2": "ISO 8859-2", "cp1252": "Windows-1252"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the file: the form's value, its name, and texts as read this way."""

    value: str
    name: str
    texts: tuple[str, ...]
    is_chosen: bool
    is_hidden: bool = False


def encoding_readings(preview: FilePreview) -> tuple[Reading, ...]:
    """Return the encodings that the file can be read in, none of them chosen beforehand.

    Encodings that read the whole file alike are one reading: nobody could tell them apart.
    """
    chosen = None if "encoding" in preview.evidence.open else preview.options.encoding
    by_texts: dict[tuple[str, ...], list[str]] = {}
    for value, texts in _options(preview, "encoding"):
        by_texts.setdefault(texts, []).append(value)
    return tuple(
        Reading(
            chosen if chosen in values else values[0],
            " / ".join(_ENCODINGS.get(value, value) for value in values),
            texts,
            chosen in values,
        )
        for texts, values in by_texts.items()
    )


def only_encoding(evidence: SourceEvidence) -> str | None:
    """Return the encoding to use if it is open, but all possible ones read the file alike."""
    options = [each for each in evidence.options if each.key == "encoding"]
    is_alike = "encoding" in evidence.open and len({_texts(each) for each in options}) == 1
    return str(options[0].value) if is_alike else None


def delimiter_readings(preview: FilePreview) -> tuple[Reading, ...]:
    """Return the delimiters that give a table; the one of the rows shown is chosen."""
    names = {
        ",": _("comma"),
        ";": _("semicolon"),
        "\t": _("tab"),
        "|": _("vertical bar"),
    }
    return tuple(
        Reading(value, names.get(value, value), texts, value == preview.options.delimiter)
        for value, texts in _options(preview, "delimiter")
    )


def sheets_of(preview: FilePreview) -> tuple[Reading, ...]:
    """Return the sheets that are tables, if there are several."""
    columns = dict(_options(preview, "sheet"))
    sheets = [sheet for sheet in preview.sheets if sheet.is_table]
    if len(sheets) == 1:
        return ()
    return tuple(
        Reading(
            sheet.name,
            sheet.name,
            columns.get(sheet.name, ()),
            is_chosen=sheet.name == preview.options.sheet,
            is_hidden=not sheet.is_visible,
        )
        for sheet in sheets
    )


def questions_of(preview: FilePreview) -> tuple[str, ...]:
    """Return the open questions in words, for those that no other choice asks."""
    asked = {"encoding", "delimiter", "sheet"}
    return tuple(
        remark_text(remark) for key, remark in preview.evidence.open.items() if key not in asked
    )


def _options(preview: FilePreview, key: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(str(each.value), _texts(each)) for each in preview.alternatives if each.key == key]


def _texts(option: SourceOption) -> tuple[str, ...]:
    params = option.remark.params if option.remark else {}
    texts = params.get("words") or params.get("names")
    return texts if isinstance(texts, tuple) else ()
