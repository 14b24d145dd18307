"""The ledger's tables, as they are in a new ledger.

`row` holds the rows of the file; after it is written, only the plan changes it, to set an outcome.
`attempt` gets one entry per request, before the request is sent. `outcome` says how a sent row
ended. A row without an attempt, and without an outcome in either table, has not been sent.
`record` says, for each record of a system, which values it is known to hold. `snapshot` says what
the API showed of a record before the row was sent to it.
"""

WAITS_TO_BE_SENT = """row.outcome IS NULL AND (
    outcome.row_id IS NULL OR outcome.code LIKE 'halted-%'
    OR (outcome.outcome = 'in_doubt' AND outcome.code <> 'superseded'))"""
"""Whether a row has not been sent, or has to be sent again, given its outcome."""

TABLES = f"""
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
    is_failed_csv INTEGER NOT NULL,     -- whether the file was a `failed.csv` of ours
    data_rows INTEGER,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    planned_at_us INTEGER,
    started_at_us INTEGER,
    finished_at_us INTEGER,
    stop_code TEXT,
    stop_reasons TEXT,                  -- JSON, as the reasons of a row
    exit_code INTEGER,
    notices TEXT NOT NULL DEFAULT '[]', -- JSON: what was said of the file when it was read
    out TEXT,                           -- the folder of its files
    again INTEGER NOT NULL DEFAULT 0,   -- whether `--again` was given
    claimed INTEGER NOT NULL DEFAULT 0, -- whether the process that may send is working on it
    last_attempt_id INTEGER,            -- its last attempt when an invocation ended
    profile TEXT,                       -- JSON: what is counted of a plan of a whole file
    status_names TEXT NOT NULL DEFAULT '{{}}', -- JSON: by campaign and id, when it was planned
    exported_at_us INTEGER,             -- when the file was last modified
    verified_at_us INTEGER,             -- when its records were last read back
    undoes INTEGER,                     -- the run that it undoes
    own_folders TEXT NOT NULL DEFAULT '[]', -- JSON: those that it chose itself for its files
    input_folder TEXT,                  -- the folder of the file; null for standard input
    given TEXT NOT NULL DEFAULT '{{}}'    -- JSON: the guards and the pace of the last command
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
    reasons TEXT                        -- JSON: each one's code, variant, columns and parameters
) STRICT;

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,             -- in the order of departure, over all runs
    row_id INTEGER NOT NULL,
    departed_at_us INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0, -- whether what follows is known
    went_out INTEGER,                   -- 0 where it is certain that nothing left
    http_status INTEGER,
    code TEXT,
    reasons TEXT,                       -- JSON, as those of a row, unless the code says all
    request_id TEXT,
    body_kind TEXT,
    elapsed_ms INTEGER
) STRICT;
CREATE INDEX attempt_by_row ON attempt (row_id);

CREATE TABLE outcome (
    row_id INTEGER PRIMARY KEY,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    reasons TEXT NOT NULL,
    http_status INTEGER,
    attempts INTEGER NOT NULL,
    request_id TEXT,
    sent_at_us INTEGER,
    finished_at_us INTEGER NOT NULL,
    elapsed_ms INTEGER,
    verified TEXT                       -- what the record showed when it was read back
) STRICT;

CREATE VIEW to_send AS
SELECT row.id, campaign_id, identifier, body, fields
FROM row LEFT JOIN outcome ON outcome.row_id = row.id
WHERE {WAITS_TO_BE_SENT};

CREATE TABLE inherited_doubt (
    row_id INTEGER PRIMARY KEY,         -- of a run that retries another
    attempt_id INTEGER NOT NULL,        -- the attempt that left the row in doubt there
    departed_at_us INTEGER NOT NULL,
    http_status INTEGER,
    code TEXT NOT NULL,
    reasons TEXT NOT NULL,
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

CREATE TABLE record_position (
    up_to INTEGER NOT NULL              -- every attempt up to this one is in record
) STRICT;

CREATE TABLE correction (
    row_id INTEGER PRIMARY KEY,         -- of a run of a corrected file
    run INTEGER NOT NULL                -- whose row it corrects
) STRICT;

CREATE TABLE kept_profile (             -- of finished runs that were deleted
    run INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    base_url TEXT,
    profile TEXT NOT NULL
) STRICT;

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

CREATE TABLE reversal (
    row_id INTEGER PRIMARY KEY,         -- of a run that undoes another
    sent TEXT NOT NULL,                 -- JSON, by field: what the other run sent, if it is shown
    old TEXT NOT NULL,                  -- JSON, by field: the values to restore
    lost TEXT NOT NULL,                 -- why other fields cannot be restored, as reasons of a row
    before TEXT                         -- JSON: the record's state before the other run
) STRICT;

CREATE TABLE telling (
    subject TEXT NOT NULL,              -- a system, then a job or the mapping's path
    kind TEXT NOT NULL,                 -- of command: sending, check or undo
    target TEXT NOT NULL,               -- who was told: the scheme and a checksum of a URL
    exit_code INTEGER NOT NULL,
    reason TEXT NOT NULL,
    told_at_us INTEGER NOT NULL,
    PRIMARY KEY (subject, kind, target)
) STRICT;

CREATE TABLE finished_input (           -- of finished runs that were deleted
    run INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    base_url TEXT,
    run_id TEXT NOT NULL,
    input_path TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    exported_at_us INTEGER,
    finished_at_us INTEGER NOT NULL,
    input_folder TEXT
) STRICT
"""
"""The result of all steps of `schema`, which take much longer on a new ledger."""
