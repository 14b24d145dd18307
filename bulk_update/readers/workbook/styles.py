"""The number formats of a workbook's cell styles; nothing else in its style sheet is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.utils.escape import unescape

from bulk_update.readers.workbook.archive import Archive
from bulk_update.readers.workbook.number_formats import (
    UNKNOWN,
    NumberFormat,
    built_in_format,
    number_format,
)
from bulk_update.readers.workbook.xml_stream import Attributes, Element, parse_part, position


class Styles:
    """The number formats that cells refer to by the position of a style.

    `numbers` are the format numbers, style by style; `codes` are the workbook's own format codes
    by number. Any other number is that of a built-in format.
    """

    def __init__(
        self, numbers: Sequence[str] = ("0",), codes: Mapping[str, str] | None = None
    ) -> None:
        self._numbers, self._codes = numbers, codes or {}
        self._formats: dict[str, NumberFormat] = {}

    def number_format(self, style: str) -> NumberFormat:
        """Return the number format of a style, or UNKNOWN for a missing style."""
        index = position(style, -1)
        if not 0 <= index < len(self._numbers):
            return UNKNOWN
        number = self._numbers[index]
        if number not in self._formats:
            self._formats[number] = self._format(number)
        return self._formats[number]

    def _format(self, number: str) -> NumberFormat:
        code = self._codes.get(number)
        if code is not None:
            return number_format(unescape(code))
        return built_in_format(position(number, -1)) or UNKNOWN


def read_styles(archive: Archive, part: str) -> Styles:
    """Read a style sheet. Raises InputError and XmlError if it is missing or damaged."""
    numbers: list[str] = []
    codes: dict[str, str] = {}

    def add_code(attributes: Attributes) -> None:
        codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")

    def add_style(attributes: Attributes) -> None:
        numbers.append(attributes.get("numFmtId", "0"))

    children = {
        "numFmts": Element(children={"numFmt": Element(start=add_code)}),
        "cellXfs": Element(children={"xf": Element(start=add_style)}),
    }
    document = Element(children={"styleSheet": Element(children=children)})
    parse_part(archive, part, document)
    return Styles(numbers, codes)
