-- Absolute commands that ended unknown: a board that hung may carry them out when it wakes. What was
-- found to be over before it was stored is here with its name alone.
CREATE TABLE late_commands (
    command_id TEXT PRIMARY KEY,
    hostname TEXT,
    port INTEGER,
    effect_group TEXT,
    order_instant INTEGER,
    order_sequence INTEGER,
    ended_at INTEGER NOT NULL,

    -- When something of the slot was delivered since, and what is to be sent once more.
    answered_at INTEGER,
    desired TEXT,

    -- The newest command of the slot that the device refused since.
    refused_instant INTEGER,
    refused_sequence INTEGER,

    -- Nothing of what ended until then comes to life any more.
    cleared_at INTEGER,
    CHECK (cleared_at IS NOT NULL OR hostname IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX late_of_port ON late_commands (hostname, port) WHERE cleared_at IS NULL;

-- When each port was sent what its next commands keep a distance from.
CREATE TABLE port_pacing (
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    power_on_at INTEGER,
    channel_at INTEGER,
    channel_digits INTEGER NOT NULL,
    digit_at INTEGER,
    unsure_at INTEGER,
    PRIMARY KEY (hostname, port)
) STRICT, WITHOUT ROWID;

-- Who said what is so, where that was the last word.
ALTER TABLE port_status ADD COLUMN corrected_by TEXT;
ALTER TABLE batch_ports ADD COLUMN corrected_by TEXT;
