"""The sentences about single values in mappings and options.

`OPTIONS` are variants of the code `usage`, because options have such values, too. `VALUES` are
variants of the code `mapping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "option": "{option:plain}: {fault:plain}",
        "setting": "{option:plain} {text}: {wrong:plain}",
        "secret": "{option:plain}: {wrong:plain}",
        "language": "{option:plain} {text} is not a known language (expected {languages:plain})",
        "notify-url": "{option:plain}: notification {number} of {count} cannot be used: "
        "{fault:plain}",
        "notify-url-scheme": "{option:plain}: notification {number} of {count} ({scheme:plain}) "
        "cannot be used: {fault:plain}",
        "ping-url": "{option:plain}: not a valid address to ping (expected http:// or https://)",
        "no-apprise": "notifications need apprise, which is not installed",
        "apprise-failed": "the notifications cannot be checked: apprise does not start",
        "limit": "{text} is not a valid limit (expected a number such as 20 or a share like 5%)",
        "above-all-rows": "{text} is more than all rows (expected at most 100%)",
        "part-of-a-row": "{text} is not a number of rows (expected a whole number)",
        "duration": "{text} is not a valid duration (expected seconds, or a number with s, m, h or "
        "d: 90, 90s, 15m, 3h, 90d)",
        "long-duration": "{text} is too long (expected at most 36500d)",
        "zero-duration": "{text} is not a valid duration (expected more than 0 seconds)",
        "hours": "{text} is not a valid window (expected two times of day such as 20:00-06:00)",
        "no-hours": "{text} is not a valid window (its two times are equal; without `window`, rows "
        "are sent at any time)",
        "rate": "{text} is not a valid rate (expected requests per second such as 5 or 0.5, or "
        "unlimited)",
        "whole-number": "{text} is not a whole number (expected at least {least})",
        "whole-number-between": "{text} is not a whole number from {least} to {most}",
    }
)

OPTIONS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no-apprise": 'Install it: pip install "bulk-update[notify]".',
        "apprise-failed": 'Install it again: pip install --force-reinstall "bulk-update[notify]".',
        "notify-url": "The URLs of all services are listed at https://appriseit.com/services/.",
        "notify-url-scheme": "The URLs of all services are listed at https://appriseit.com/services/.",
    }
)

VALUES: Mapping[str, str] = MappingProxyType(
    {
        # --- the form of a value
        "list-for-text": "expected one value, found a list",
        "keys-for-text": "expected one value, found keys",
        "blank-text": "the text is blank",
        "empty-list": "the list is empty",
        "list": "expected a list such as [tak, nie]",
        "urls": 'expected a list of URLs such as ["mailto://..."]',
        "url": "expected a URL such as mailto://user:password@example.com",
        "list-of": "expected a list such as [{items:line}]",
        "list-with": "expected a list such as [{text}]",
        "hyphen": "a list item begins with a hyphen and a space: write - {item:line}",
        "no-keys": "no keys are given",
        "keys": "expected keys such as {{a: 1, b: 2}}",
        "keys-for-list": "expected keys such as {{a: 1, b: 2}}, without dashes or square brackets",
        "first-key": "expected keys such as {{{key:plain}: ...}}",
        "first-key-for-list": "expected keys such as {{{key:plain}: ...}}, without dashes or "
        "square brackets",
        "value-key": "expected keys such as {{value: {value:line}}}",
        "column-key": "expected keys such as {{column: {text:line}{more:line}}}",
        "column-or-value": "expected keys such as {{column: {text:line}{more:line}}}, or "
        "{{value: {text:line}}} for the same value in every row",
        "several-columns": "{fault:plain}: for several columns write columns: [{names:line}], "
        'join: " "',
        "surplus-mark": "{fault:plain}; remove the {mark} at the end",
        # --- words
        "unknown-word": "{text} is unknown: {meant:plain}",
        "word-in-use": "{text} is unknown: did you mean {meant:line}?",
        "near": "did you mean {near}?",
        "one-of": "expected one of {known}",
        "not-tolerable": "{text} cannot be tolerated: {meant:plain}",
        # --- values of certain keys
        "version": "version {version} is unknown (this program reads version 1)",
        "name": "{text} is not a valid name (expected at most {most} printable characters)",
        "blank-column": "the column's name is blank",
        "campaign-id": "{text} is not a valid campaign id (expected five characters such as 00001, "
        "or {{column: ...}})",
        "host": "{text} is not a valid host name (expected one such as acme.thulium.com, without "
        "https:// and without a path)",
        "switch": "{text} is not a valid switch (expected true or false)",
        "share-of-rows": "{text} is a share (expected a number of rows)",
        "range": "expected one number, or two as [least, most]",
        "descending-range": "[{least}, {most}] is not a range (the smaller number comes first)",
        "encoding": "{text} is not a known encoding (expected one such as cp1250)",
        "delimiter": "{text} is not a valid delimiter (expected one of , ; | or tab)",
        "time-zone": "{text} is not a known time zone (expected one such as Europe/Warsaw)",
        "regex": "{text} is not a valid regular expression: {error:line}",
        "separator": '{text} is not a valid decimal separator (expected "." or ",")',
        "grouping": "{text} is not a valid grouping (expected one of {known})",
        "time-of-day": "{text} is not a valid time of day (expected one such as 09:00)",
        "no-characters": 'no characters are given (expected some such as " -()")',
        # --- names of files
        "marker": "{text} is not a valid marker (expected a name such as {{}}.done, where {{}} is "
        "the name of the file)",
        "marker-in-folder": "{text} is not a valid marker: it has to lie beside the file, so it "
        "cannot name a folder",
        # --- dates
        "date": "{text} is not a valid date",
        "date-bound": "{text} is not a valid bound (expected a date such as 2027-12-31, today, or "
        "a number of days from today such as 365d)",
        "part-of-a-day": "{text} is not a number of whole days (expected one such as 365d)",
        "directive": "unknown directive {directive:plain} in {text:repr} (expected one of "
        "{known:plain})",
        "directive-twice": "{directive:plain} occurs twice in {text:repr}",
        "no-day-and-month": "{text:repr} has no day and month (expected a format such as %d.%m.%Y)",
        "month-twice": "{text:repr} has the month twice (expected one of %m, %b and %B)",
        "hour-twice": "{text:repr} has the hour twice (expected %H, or %I with %p)",
        "year": "{text:repr} must have the year once, as %Y or %y",
        "directive-alone": "{text:repr} has {directive:plain} but no {needed:plain}",
        "formats-list": "expected a list of formats such as [{format}]",
        "format": "{text} is not a format: write {format}",
    }
)
