-- Whether the device refused `any_command`: then it does not cancel the resend of an older one.
ALTER TABLE fences ADD COLUMN is_refused INTEGER NOT NULL DEFAULT 0 CHECK (is_refused IN (0, 1));

-- The newest command before `any_command` that was not refused, as far as is known.
ALTER TABLE fences ADD COLUMN before_instant INTEGER;
ALTER TABLE fences ADD COLUMN before_sequence INTEGER;

ALTER TABLE late_commands DROP COLUMN refused_instant;
ALTER TABLE late_commands DROP COLUMN refused_sequence;

-- The word that the code uses: how far a schedule was handled.
UPDATE configuration SET kind = 'schedule_state' WHERE kind = 'standing';
