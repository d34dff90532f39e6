-- A batch that tries another one anew, or takes it back: of each kind one runs at a time.
ALTER TABLE batches ADD COLUMN made_as TEXT CHECK (made_as IN ('retry', 'undo'));
ALTER TABLE batches ADD COLUMN made_from TEXT;

CREATE INDEX batches_made_from ON batches (made_from, made_as, created_at)
WHERE made_from IS NOT NULL;

-- What waits or is in flight, without what is scheduled for later: that has no place in the order yet.
CREATE INDEX queue_current ON command_queue (id) WHERE order_instant IS NOT NULL;
