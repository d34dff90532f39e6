-- How many presses of its key a command is, for volume_up, volume_down, channel_up and channel_down; one where there
-- is nothing.
ALTER TABLE command_queue ADD COLUMN steps INTEGER CHECK (steps BETWEEN 1 AND 20);
ALTER TABLE command_history ADD COLUMN steps INTEGER;
