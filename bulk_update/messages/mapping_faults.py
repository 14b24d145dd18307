"""The sentences about the keys and rules of a mapping, as variants of the code `mapping`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_UNKNOWN = "the key {key} is unknown"
_BELOW = "a field of the campaign belongs below record_fields"

KEYS: Mapping[str, str] = MappingProxyType(
    {
        # --- a fault and its place
        "located": "{path:line}:{line}:{column}: {fault:plain}{excerpt:excerpt}",
        "more-faults": "{path:line}: and {count} more errors",
        "more-left": "{count:more_errors}",
        "listed": "{first:plain}",
        "at-columns": "{places:list}: {fault:plain}",
        "at-key": "{key:line}: {fault:plain}",
        # --- keys
        "foreign": "this is not a mapping of bulk-update: none of its keys is known (found "
        "{keys}{left_out:more}; expected keys such as version, campaign, identifier and update)",
        "missing-key": "the key {key} is missing",
        "misplaced-key": "the key {key} is in the wrong place: it belongs {places:places}",
        "unknown-key": f"{_UNKNOWN}: {{meant:plain}}",
        "unknown-key-near": f"{_UNKNOWN}: did you mean {{near}}?",
        "unknown-key-word": f"{_UNKNOWN}: use {{near}}, which belongs {{places:places}}",
        "unknown-key-elsewhere": f"{_UNKNOWN}: did you mean {{near}}? It belongs {{places:places}}",
        "unknown-field": f"{_UNKNOWN}: {_BELOW}",
        "unknown-field-near": f"{_UNKNOWN}: did you mean {{near}}? Or {_BELOW}",
        "unknown-field-elsewhere": f"{_UNKNOWN}: {_BELOW}; {{key}} itself belongs "
        "{places:places}",
        "unknown-field-column": f"{_UNKNOWN}: {_BELOW}, as {{field:line}}: "
        "{{column: {column:line}}}",
        # --- options that people expect in a mapping
        "base-url": "set --base-url or BULK_UPDATE_BASE_URL; host can name the only allowed system",
        "user-name": "set --username or BULK_UPDATE_USERNAME",
        "password": "a password never belongs in a mapping: set BULK_UPDATE_PASSWORD",
        "password-file": "set --password-file",
        "proxy": "set --proxy or BULK_UPDATE_PROXY",
        "state-folder": "set --state",
        "ledger": "set --ledger or BULK_UPDATE_LEDGER",
        "out-folder": "set --out",
        # --- keys that do not go together
        "nothing-to-send": "nothing to send: expected column, value, or columns with join",
        "not-with": "{key:plain} cannot be combined with {other:plain}",
        "not-with-value": "{key:plain} cannot be combined with value: a value is never blank",
        "columns-need-join": 'columns needs join, such as join: " "',
        "join-needs-columns": "join needs columns",
        "needs-type": "{key:plain} needs {types:plain} (the type is {found:plain})",
        "offset-needs-datetime": "%z needs type: datetime",
        "true-and-false": "{word} is listed for both true and false",
        "decimal-as-grouping": "{mark} is the decimal separator: set decimal, or another grouping",
        "removes-sign": "remove would delete the sign of a number (see negative)",
        "removes-decimal": "remove would delete the decimal separator {mark} (see grouping)",
        "no-day-left": "earliest ({earliest:plain}) is later than latest ({latest:plain})",
        "prefix-of-digits": "a prefix of digits alone needs a pattern: a value may begin with "
        "{prefix:line} without having the prefix",
        "cannot-clear": "only record_fields can be cleared",
        "no-field": "there is no field to update",
        "two-statuses": "status cannot be combined with status_id",
        "in-or-not-in": "expected either in or not_in",
        # --- values that cannot be sent or found
        "blank-value": "a blank value would never be sent",
        "token-in-rule": "the clear token {text} works only in cells",
        "alike-keys": "{text} looks like {other}, but has another value",
        "unreachable-key": "a cell {text} never reaches the lookup",
        "changed-key": "{text} is never found: by then the cell is {cell}",
    }
)
