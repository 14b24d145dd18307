"""The sentences about a proposed mapping: evidence, questions, and what is left to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bulk_update.language import gettext
from bulk_update.messages.rendering import filled
from bulk_update.records import Param


@dataclass(frozen=True, slots=True)
class Remark:
    """A code with the parameters that its sentence needs."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


def remark_text(remark: Remark) -> str:
    """Return the sentence for a remark, in the current language."""
    return filled(gettext(REMARKS[remark.code]), remark.params)


REMARKS: Mapping[str, str] = MappingProxyType(
    {
        # --- the head of the file
        "title": "Proposed by bulk-update from {path:plain} ({rows:data_rows}, {columns:columns})",
        "how-to": 'Lines with ## explain. A line with one # is a proposal: delete the "# " at its '
        "start to use it, and enter what is missing after a colon",
        "private": "The values shown are from the file: delete the ## lines before you share this "
        "mapping",
        "next-step": "Then check it (nothing is sent): {command:plain}",
        "left": "Still to answer: {keys}",
        "ready": "No questions are left. Read the mapping before you use it",
        # --- what is left to answer
        "left-campaign": "enter the campaign's id, five characters such as 00001",
        "left-identifier": "choose the column that contains each record's identifier",
        "left-field": "choose at least one field to update",
        "does-not-load": "the mapping does not load: {error:plain}",
        # --- the source
        "several-encodings": "the file is not UTF-8, and several encodings can read it. Choose the "
        "one that reads these words correctly; the lines below are read as {codec:plain} (pass "
        "--encoding to propose them again)",
        "reading": "reads {words}",
        "ascii-only": "the file has only ASCII characters so far, which are the same in every "
        "encoding",
        "several-delimiters": "several delimiters are possible, and the lines below are read with "
        "{delimiter:plain}. Choose the right one",
        "columns-there": "{count:columns}: {names}",
        "uneven-rows": "{count:rows} with more or fewer cells than the header",
        "several-sheets": "several sheets have data, and the lines below are from {sheet}. Choose "
        "the right one; for the columns of another, propose the mapping again with --sheet",
        "columns-of-sheet": "columns {names}",
        "unclear-header": "is row {row} the header? It reads {cells}. If not, correct the number "
        "and propose the mapping again",
        "unnamed-kind": "the file's name does not say what it is",
        "quotes-are-text": "text follows a closing quotation mark, as in {text:plain}, so "
        "quotation marks cannot enclose cells",
        "which-quotes": "the quotation marks do not enclose whole cells, as in {text:plain}. If "
        "they are text (SQL tools, SAP, Oracle), use this line; if not, correct the file",
        "quotes-read-as-text": "the lines below are read this way",
        "title-lines": "the rows above are titles",
        "only-header": "there are no data rows, so the columns could not be examined",
        # --- what a column holds
        "contents": "{column}: {filled} filled, {blanks} blank",
        "contents-counted": "{column}: {filled} filled, {blanks} blank: {texts:list}",
        "contents-examples": "{column}: {filled} filled, {blanks} blank, such as {texts:list}",
        "count": "{count:rows}",
        # --- evidence against or for a line
        "check-one-row": "probably; check one row first with run --limit 1",
        "vague-name": "the name alone is not clear",
        "blank-cells": "{count:cells} without a value",
        "repeated-values": "some values occur more than once",
        "not-compared": "there are too many rows to check whether all values differ",
        "damaged-values": "{count:cells} cannot be an identifier, such as {text}",
        "looks-like-email": "the values look like e-mail addresses",
        "looks-like-phone": "the values look like phone numbers",
        "looks-like-pesel": "the values look like PESEL numbers",
        "looks-like-nip": "the values look like NIP numbers",
        "looks-like-regon": "the values look like REGON numbers",
        "looks-like-postcode": "the values look like postcodes",
        "looks-like-bank-account": "the values look like bank accounts",
        "looks-like-url": "the values look like web addresses",
        "looks-like-amount": "the values look like amounts",
        "looks-like-date": "the values look like dates",
        "no-key": "the values do not look like record numbers or codes",
        "few-rows": "there are too few rows to be sure",
        "row-numbers": "the values just count the rows",
        "lost-zeros": "the numbers differ in length and some begin with 0: zeros may be lost",
        "zeros-to-add": "pad: {length} restores them (if none were lost, delete it)",
        "like-quantities": "the numbers could also be sums or counts",
        "equal-evidence": "the evidence for {columns} is equally strong: choose one",
        "known-identifiers": "{hits} of {sampled} values are records of campaign {campaign:plain} "
        "that earlier runs updated",
        "known-campaign": "{hits} of {sampled} identifiers are records of this campaign that "
        "earlier runs updated",
        "named-campaign": "named with --campaign",
        "campaign-column": "every cell looks like a campaign's id",
        "campaign-names": "not every cell looks like a campaign's id (five characters such as "
        "00001)",
        "no-identifier-column": "the identifier's column could not be determined. The columns "
        "whose values all differ are {columns}",
        "no-unique-column": "the identifier's column could not be determined",
        "which-statuses": "which status does each value mean? Enter its status_id",
        "status-ids": "the cells must be the campaign's own status ids",
        "too-many-words": "there are too many different values for a list",
        "known-ids": "all values are ids of the campaign's statuses: are they meant as such?",
        "status-names": "{matched} of {filled} values are names of the campaign's statuses",
        "other-words": "rows with another value, such as {text}, will be invalid",
        "campaign-statuses": "the campaign's statuses are {statuses:list}",
        "agent-logins": "all values are logins of the campaign's active agents",
        "which-agents": "which agent does each value mean? Enter the login",
        "logins": "the values look like logins: are they the logins of Thulium's agents?",
        "next-call": "is this the time of the next call?",
        "fits-dates": "all cells fit {format:plain}, and {future} of {filled} are in the future",
        "mostly-past": "only {future} of {filled} dates are in the future",
        "several-formats": "the dates can be read in several ways ({formats:dates}): {examples}",
        "some-do-not-fit": "{format:plain} fits all but {count:cells}, such as {text}",
        "no-dates": "no date format fits all cells",
        "no-time": "at what time is the call due? The cells have no time of day: unless this line "
        'has one, such as time: "09:00", midnight is sent',
        "known-field": "an earlier run set this field",
        "field-names": "The API cannot list the fields of a campaign: correct the names before the "
        "colons where your campaign's fields have other names",
        "fields-parent": 'To use a field below, delete the "# " before record_fields, too',
        "negated": "the name is negated: yes in this column may mean no in the field",
        "error-cells": "{count:cells} with damage, an error or no calculated value",
        "mixed-cells": "no type can read all of these cells (dates, times, numbers, text)",
        "three-digits": "do these numbers have thousands separators or three decimals? {examples}",
        "grouped": "are these whole numbers? {examples}",
        "phone-signs": "should phone numbers be sent without these characters? {examples}",
        "blank-words": 'does this mean "no value": {texts}? If not, delete blanks',
        "rows-that-take-part": "to send only some rows: with which values?",
        "unwritable-name": "the column's name has characters that a mapping cannot contain",
        # --- what is left out
        "left-out": "Columns that are not proposed",
        "system-date": "when, or by whom, the record was created, changed or called",
        "row-number": "a row number",
        "checksum": "a checksum",
        "read-only": "internal, not to be changed",
        "delivery-address": "a delivery address",
        "twin": "the id of the column next to it",
        "doubled": "several columns have this name, so a mapping cannot name one of them",
        "blank-column": "all cells are blank",
        "ragged-rows": "{count:rows} with more or fewer cells than the header were not examined",
    }
)
"""Every remark. The placeholders are those of `rendering`."""
