-- What the venue is made of. The body is JSON that its owner reads; the revision is that of the
-- configuration in which the item was last changed. The revision of the whole is in meta.
CREATE TABLE configuration (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What became of the occurrences of a schedule. The occurrence is its local date and time: a repeated
-- hour has it once.
CREATE TABLE schedule_runs (
    schedule TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('fired', 'missed', 'skipped', 'overlapped', 'refused')),
    batch_id TEXT,
    detail TEXT,
    PRIMARY KEY (schedule, occurrence)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_runs_noted ON schedule_runs (noted_at);
