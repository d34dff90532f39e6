-- What the head of an answer said beside its code: when to ask again, where the work is shown, which revision.
-- A line `name: value` each. Answers of before said nothing.
ALTER TABLE idempotency_keys ADD COLUMN head TEXT NOT NULL DEFAULT '';
