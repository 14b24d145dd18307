"""Workbooks written part by part, so that a test can say exactly what a file claims."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

HEADER = '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>b</v></c></row>'


CONTENT_TYPES = (
    f'<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def sheet(rows: str, *, before: str = "", after: str = "", header: str = HEADER) -> str:
    """Return a sheet's XML with a header `id`, `b`, and rows as given."""
    data = f"<sheetData>{header}{rows}</sheetData>"
    return f'<worksheet xmlns="{MAIN}">{before}{data}{after}</worksheet>'


def data_sheet(cell: str) -> str:
    """Return a sheet with one data row, whose cell B2 is as given."""
    return sheet(f'<row r="2"><c r="A2" t="str"><v>1</v></c>{cell}</row>')


def styles(*formats: str | int) -> str:
    """Return a style sheet: style 0 is General, 1 and on have these number formats.

    A number is that of a built-in format.
    """
    codes = {200 + i: code for i, code in enumerate(formats) if isinstance(code, str)}
    numbers = [code if isinstance(code, int) else 200 + i for i, code in enumerate(formats)]
    named = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{_quoted(code)}"/>'
        for number, code in codes.items()
    )
    styled = "".join(f'<xf numFmtId="{number}"/>' for number in [0, *numbers])
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{named}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{styled}</cellXfs></styleSheet>'
    )


def shared(*items: str) -> str:
    """Return a table of shared strings with these items' XML."""
    return f'<sst xmlns="{MAIN}">{"".join(f"<si>{item}</si>" for item in items)}</sst>'


def parts(
    sheets: Mapping[str, str],
    *,
    states: Sequence[str] = (),
    styled: str | None = None,
    strings: str | None = None,
    properties: str = "",
) -> dict[str, str]:
    """Return the parts of a workbook by name."""
    entries, relations = [], []
    for i, name in enumerate(sheets):
        state = f' state="{states[i]}"' if i < len(states) and states[i] else ""
        entries.append(f'<sheet name="{_quoted(name)}" sheetId="{i}"{state} r:id="s{i}"/>')
        relations.append(relation(f"s{i}", "worksheet", f"worksheets/sheet{i}.xml"))
    others = {"styles": styled, "sharedStrings": strings}
    found = {kind: text for kind, text in others.items() if text is not None}
    relations += [relation(kind, kind, f"{kind}.xml") for kind in found]
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": related(relation("main", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        f"<sheets>{''.join(entries)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": related(*relations),
        **{f"xl/worksheets/sheet{i}.xml": text for i, text in enumerate(sheets.values())},
        **{f"xl/{kind}.xml": text for kind, text in found.items()},
    }


def relation(name: str, kind: str, target: str, mode: str = "Internal") -> str:
    """Return one relation."""
    return (
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    )


def related(*relations: str) -> str:
    """Return a part that lists relations."""
    return f'<Relationships xmlns="{PACKAGE}">{"".join(relations)}</Relationships>'


def packed(path: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write parts into a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def made(
    folder: Path,
    one_sheet: str,
    *,
    styled: str | None = None,
    strings: str | None = None,
    properties: str = "",
) -> Path:
    """Write a workbook with one sheet, "Data"."""
    contents = parts({"Data": one_sheet}, styled=styled, strings=strings, properties=properties)
    return packed(folder / "made.xlsx", contents)


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
