-- Which finished batches are old, without looking at all of them.
CREATE INDEX batches_finished ON batches (finished_at) WHERE finished_at IS NOT NULL;

-- How each system task ended last: when it is due next does not begin anew with the daemon.
CREATE TABLE system_task_runs (
    task TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    failed INTEGER NOT NULL CHECK (failed IN (0, 1)),
    result TEXT NOT NULL
) STRICT, WITHOUT ROWID;
