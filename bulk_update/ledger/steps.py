"""The changes that versions have made to the tables of a ledger, the first ones first.

The tables of a new ledger are in `tables`; a test compares both.
"""

from __future__ import annotations

from typing import NamedTuple

from bulk_update.bookkeeping.row_keys import ROW_BITS
from bulk_update.ledger.tables import WAITS_TO_BE_SENT

_FIRST_TABLES = f"""
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: later runs have greater ones
    run_id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    origin INTEGER NOT NULL,            -- the run whose file this is: itself, or a retry's first
    state TEXT NOT NULL,
    job TEXT NOT NULL,
    identity TEXT NOT NULL,             -- SHA-256 of the input's SHA-256 and the mapping's shape
    base_url TEXT,
    mapping_path TEXT NOT NULL,
    mapping BLOB NOT NULL,
    overrides TEXT NOT NULL,            -- JSON: what the command line said of the source
    input_path TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    header TEXT NOT NULL,               -- JSON
    delimiter TEXT NOT NULL,
    ours INTEGER NOT NULL,              -- whether the file was a `failed.csv` of ours
    data_rows INTEGER,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    planned_at_us INTEGER,
    started_at_us INTEGER,
    finished_at_us INTEGER,
    stop_code TEXT,
    stop_message TEXT,
    exit_code INTEGER,
    settled_well INTEGER NOT NULL DEFAULT 0, -- whether no row of it needs a person or a resend
    notices TEXT NOT NULL DEFAULT '[]', -- JSON: what was said of the file when it was read
    out TEXT                            -- the folder of its files
) STRICT;
CREATE INDEX run_by_identity ON run (identity);

CREATE TABLE row (
    id INTEGER PRIMARY KEY,
    campaign_id TEXT,
    identifier TEXT,
    cells BLOB NOT NULL,                -- JSON array of texts, as read
    body BLOB,                          -- the exact bytes of the request
    fields BLOB,                        -- which fields the body sets or clears
    outcome TEXT,                       -- where it was decided before sending
    code TEXT,
    message TEXT
) STRICT;

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,             -- in the order of departure, over all runs
    row_id INTEGER NOT NULL,
    departed_at_us INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0, -- whether what follows is known
    went_out INTEGER,                   -- 0 where it is certain that nothing left
    http_status INTEGER,
    code TEXT,
    message TEXT,
    request_id TEXT,
    body_kind TEXT,
    elapsed_ms INTEGER
) STRICT;
CREATE INDEX attempt_by_row ON attempt (row_id);

CREATE TABLE outcome (
    row_id INTEGER PRIMARY KEY,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    http_status INTEGER,
    attempts INTEGER NOT NULL,
    request_id TEXT,
    sent_at_us INTEGER,
    finished_at_us INTEGER NOT NULL,
    elapsed_ms INTEGER
) STRICT;

CREATE TABLE last_sent (
    base_url TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    attempt_id INTEGER NOT NULL,        -- the last that left for this record
    run INTEGER NOT NULL,               -- whose it was
    origin INTEGER NOT NULL,
    body BLOB NOT NULL,
    updated INTEGER NOT NULL,           -- whether the row it belongs to ended `updated`
    PRIMARY KEY (base_url, campaign_id, identifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_sent_position (
    up_to INTEGER NOT NULL               -- every attempt up to this one is in last_sent
) STRICT;

CREATE VIEW to_send AS
SELECT row.id, campaign_id, identifier, body, fields
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE {WAITS_TO_BE_SENT};
"""

_SENT_VALUES = f"""
-- whether `--again` was given
ALTER TABLE run ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
-- whether the process that may send is working on it: it is not deleted meanwhile
ALTER TABLE run ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
-- its last attempt when an invocation ended
ALTER TABLE run ADD COLUMN last_attempt_id INTEGER;
UPDATE run SET last_attempt_id = (
    SELECT max(attempt.id) FROM attempt
    WHERE row_id BETWEEN run.id << {ROW_BITS} AND ((run.id + 1) << {ROW_BITS}) - 1);
ALTER TABLE run DROP COLUMN settled_well;

CREATE TABLE inherited_doubt (
    row_id INTEGER PRIMARY KEY,         -- of a run that retries another
    attempt_id INTEGER NOT NULL,        -- the attempt that left the row in doubt there
    departed_at_us INTEGER NOT NULL,
    http_status INTEGER,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    body_kind TEXT NOT NULL
) STRICT;

CREATE TABLE record (
    base_url TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    attempt_id INTEGER NOT NULL,        -- the last that may have reached it
    run INTEGER NOT NULL,               -- whose it was
    origin INTEGER NOT NULL,
    confirmed TEXT NOT NULL,            -- JSON, shaped like a body: the values that it holds
    PRIMARY KEY (base_url, campaign_id, identifier)
) STRICT, WITHOUT ROWID;
INSERT INTO record
SELECT base_url, campaign_id, identifier, attempt_id, run, origin,
       iif(updated AND json_valid(CAST(body AS TEXT)), json(CAST(body AS TEXT)), '{{}}')
FROM last_sent;
DROP TABLE last_sent;

CREATE TABLE record_position (
    up_to INTEGER NOT NULL              -- every attempt up to this one is in record
) STRICT;
INSERT INTO record_position SELECT up_to FROM last_sent_position;
DROP TABLE last_sent_position;
"""

_REASONS = """
-- JSON: each reason's code, variant, columns and parameters
ALTER TABLE row RENAME COLUMN message TO reasons;
ALTER TABLE outcome RENAME COLUMN message TO reasons;
UPDATE row SET reasons =
    json_array(json_object('code', coalesce(code, ''), 'params', json_object('said', reasons)))
WHERE reasons <> '';
UPDATE outcome SET reasons = iif(reasons = '', '[]',
    json_array(json_object('code', code, 'params', json_object('said', reasons))));
"""

_ALL_REASONS = """
-- JSON, as the reasons of a row: of a run's end, and of a reply unless its code says all
ALTER TABLE run RENAME COLUMN stop_message TO stop_reasons;
ALTER TABLE attempt RENAME COLUMN message TO reasons;
ALTER TABLE inherited_doubt RENAME COLUMN message TO reasons;
UPDATE run SET stop_reasons = iif(stop_reasons = '', '[]', json_array(
    json_object('code', coalesce(stop_code, ''), 'params', json_object('said', stop_reasons))))
WHERE stop_reasons IS NOT NULL;
UPDATE attempt SET reasons = json_array(json_object('code', code,
    'params', json_object(iif(code LIKE 'http-%', 'words', 'said'), reasons)))
WHERE reasons <> '';
UPDATE inherited_doubt SET reasons = json_array(json_object('code', code,
    'params', json_object(iif(code LIKE 'http-%', 'words', 'said'), reasons)))
WHERE reasons <> '';
-- What a client said of an attempt without an answer was a whole sentence.
UPDATE outcome SET reasons = replace(reasons, '"params":{"words":', '"params":{"said":')
WHERE reasons LIKE '%"params":{"words":%'
    AND reasons NOT LIKE '[{"code":"http-%' AND reasons NOT LIKE '[{"code":"unexpected-body"%';
"""
"""The text of a response is the server's and stays a parameter; other texts are shown unchanged.

A quotation mark within a JSON string is escaped, so that the search for a key never finds one
there.
"""

_FAILED_CSV = "ALTER TABLE run RENAME COLUMN ours TO is_failed_csv"

_CORRECTIONS = """
CREATE TABLE correction (
    row_id INTEGER PRIMARY KEY,         -- of a run of a corrected file
    run INTEGER NOT NULL                -- whose row it corrects
) STRICT
"""


_NOTICES = """
UPDATE run SET notices = (
    SELECT json_group_array(json_object('code', '', 'params', json_object('said', value)))
    FROM json_each(run.notices))
WHERE notices <> '[]'
"""

_PROFILES = """
-- JSON: what is counted of a plan of a whole file; NULL for other runs
ALTER TABLE run ADD COLUMN profile TEXT;
CREATE TABLE kept_profile (             -- of finished runs that were deleted
    run INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    base_url TEXT,
    profile TEXT NOT NULL
) STRICT
"""

_STATUS_NAMES = """
-- JSON: what statuses were called when the run was planned, by campaign and id
ALTER TABLE run ADD COLUMN status_names TEXT NOT NULL DEFAULT '{}'
"""

_READINGS = """
CREATE TABLE snapshot (
    row_id INTEGER PRIMARY KEY,         -- of the row that was to be sent to this record
    status_id TEXT,
    agent_login TEXT,
    next_call_date TEXT,
    call_date TEXT,
    read_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE export_time (
    row_id INTEGER PRIMARY KEY,         -- of a row that says itself when it was exported
    exported_at_us INTEGER NOT NULL
) STRICT;
-- when the file was last modified
ALTER TABLE run ADD COLUMN exported_at_us INTEGER;
-- when its records were last read back
ALTER TABLE run ADD COLUMN verified_at_us INTEGER;
-- what the record then showed
ALTER TABLE outcome ADD COLUMN verified TEXT
"""

_REVERSALS = """
-- the run that it undoes
ALTER TABLE run ADD COLUMN undoes INTEGER;
CREATE TABLE reversal (
    row_id INTEGER PRIMARY KEY,         -- of a run that undoes another
    sent TEXT NOT NULL,                 -- JSON, by field: what the other run sent, if it is shown
    old TEXT NOT NULL,                  -- JSON, by field: the values to restore
    lost TEXT NOT NULL,                 -- why other fields cannot be restored, as reasons of a row
    before TEXT                         -- JSON: the record's state before the other run
) STRICT
"""

_OWN_FOLDERS = """
-- JSON: the folders that a run chose itself for its files, because none was named
ALTER TABLE run ADD COLUMN own_folders TEXT NOT NULL DEFAULT '[]'
"""

_TELLINGS = """
CREATE TABLE telling (
    subject TEXT NOT NULL,              -- a system, then a job or the mapping's path
    kind TEXT NOT NULL,                 -- of command: sending, check or undo
    target TEXT NOT NULL,               -- who was told: the scheme and a checksum of a URL
    exit_code INTEGER NOT NULL,
    reason TEXT NOT NULL,
    told_at_us INTEGER NOT NULL,
    PRIMARY KEY (subject, kind, target)
) STRICT
"""

_FINISHED_INPUTS = """
CREATE TABLE finished_input (           -- of finished runs that were deleted
    run INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    base_url TEXT,
    run_id TEXT NOT NULL,
    input_path TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    exported_at_us INTEGER,
    finished_at_us INTEGER NOT NULL
) STRICT
"""

_INPUT_FOLDERS = """
-- the folder of the file, however the command named it; null for standard input
ALTER TABLE run ADD COLUMN input_folder TEXT;
ALTER TABLE finished_input ADD COLUMN input_folder TEXT
"""

_GIVEN = """
-- JSON: the guards and the pace that the last command for the run was given
ALTER TABLE run ADD COLUMN given TEXT NOT NULL DEFAULT '{}'
"""


class Step(NamedTuple):
    """A change that a new version makes to a ledger; released steps must not be changed."""

    name: str
    sql: str


STEPS = (
    Step("runs, rows, attempts, outcomes and the last body of each record", _FIRST_TABLES),
    Step("sent values of each record per field; doubt that a retry inherits", _SENT_VALUES),
    Step("reasons as codes and parameters in place of sentences", _REASONS),
    Step("the ends of runs and the replies to attempts likewise", _ALL_REASONS),
    Step("a name that says what a run's file was", _FAILED_CSV),
    Step("which run's row a row corrects", _CORRECTIONS),
    Step("notices as codes and parameters in place of sentences", _NOTICES),
    Step("the profiles of plans", _PROFILES),
    Step("what statuses were called when a run was planned", _STATUS_NAMES),
    Step("what was read of the records before and after sending", _READINGS),
    Step("what a run that undoes another restores", _REVERSALS),
    Step("where a run that chose its folder itself wrote its files", _OWN_FOLDERS),
    Step("what was last told of each job", _TELLINGS),
    Step("the files that finished runs have read", _FINISHED_INPUTS),
    Step("the folders of the files that runs have read", _INPUT_FOLDERS),
    Step("the guards and the pace that commands were given", _GIVEN),
)
