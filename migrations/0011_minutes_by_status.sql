-- What ended within each minute, by status. What was counted before as not completed was failed, expired or
-- unknown: for the hour in which that still shows, all of it counts as failed.
ALTER TABLE minutes ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE minutes ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE minutes ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE minutes ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE minutes ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
UPDATE minutes SET failed = not_completed;
ALTER TABLE minutes DROP COLUMN not_completed;
