-- Up to which key a port had been commanded when a batch was stored: keys are compared with keys. Both
-- are NULL in what was stored before.
ALTER TABLE batch_ports ADD COLUMN above_instant INTEGER;
ALTER TABLE batch_ports ADD COLUMN above_sequence INTEGER;

-- The oldest go first, whatever the clock said when those before them were written.
CREATE INDEX history_completed ON command_history (completed_at);
