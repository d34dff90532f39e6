-- The newest batches, without looking at all of them.
CREATE INDEX batches_created ON batches (created_at, id);
