-- What of a slot its device refused: that keeps nothing from being sent once more.
ALTER TABLE fences ADD COLUMN is_refused INTEGER NOT NULL DEFAULT 0 CHECK (is_refused IN (0, 1));

-- The newest command before `any_command` that was not refused, as far as is known.
ALTER TABLE fences ADD COLUMN before_instant INTEGER;
ALTER TABLE fences ADD COLUMN before_sequence INTEGER;

ALTER TABLE late_commands DROP COLUMN refused_instant;
ALTER TABLE late_commands DROP COLUMN refused_sequence;

UPDATE configuration SET kind = 'schedule_state' WHERE kind = 'standing';
