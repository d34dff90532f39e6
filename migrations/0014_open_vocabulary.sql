-- Ports up to 255, actions of a program's own with their nature, and one more effect group for them. SQLite
-- changes no CHECK of a table that there is: the two that have one are written anew, with their rows.
CREATE TABLE command_queue_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL UNIQUE,

    -- What and where.
    hostname TEXT NOT NULL,
    command TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 0 CHECK (port BETWEEN 0 AND 255),
    channel TEXT,
    digit INTEGER CHECK (digit BETWEEN 0 AND 9),
    input TEXT,

    -- What it competes for; facts of the action, kept for the indexes.
    effect_group TEXT CHECK (
        effect_group IN ('power', 'input', 'channel', 'volume', 'mute', 'navigation', 'other')
    ),
    sets_state INTEGER NOT NULL CHECK (sets_state IN (0, 1)),
    sequence_key INTEGER NOT NULL CHECK (sequence_key IN (0, 1)),
    repeatable INTEGER NOT NULL CHECK (repeatable IN (0, 1)),

    command_class TEXT NOT NULL
    CHECK (command_class IN ('immediate', 'interactive', 'bulk', 'system')),
    batch_id TEXT,

    -- Whose turn it is. ready: it may be claimed; otherwise it waits for due_at.
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing')),
    priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN -10 AND 10),
    scheduled_at INTEGER,
    due_at INTEGER NOT NULL,
    ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
    turn INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL,
    wait_for_device_ms INTEGER NOT NULL DEFAULT 0,

    -- Place in the order, written once; a scheduled command has none before it is promoted.
    order_instant INTEGER,
    order_sequence INTEGER,

    -- The attempts so far. claims names the current claim, so that a late result finds no row;
    -- released: the last claim was given back without an attempt.
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 10),
    claims INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
    unknown_seen INTEGER NOT NULL DEFAULT 0 CHECK (unknown_seen IN (0, 1)),
    last_attempt_at INTEGER,
    queue_wait_ms INTEGER,
    completed_at INTEGER,

    -- Why the last attempt came to nothing.
    success INTEGER CHECK (success IN (0, 1)),
    reason TEXT,
    error_message TEXT,
    execution_time_ms INTEGER,
    routing_method TEXT NOT NULL
    CHECK (routing_method IN ('direct_failed_queued', 'queued')),

    created_at INTEGER NOT NULL,
    created_by TEXT,
    user_ip TEXT,
    notes TEXT,
    waits_until INTEGER,

    -- Of an action of a program's own; that of the others follows from the name.
    nature TEXT CHECK (nature IN ('absolute', 'absolute_frames', 'toggle', 'relative', 'sequence')),

    CHECK ((order_instant IS NULL) = (order_sequence IS NULL)),
    CHECK (ready = 0 OR order_instant IS NOT NULL),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL))
) STRICT;

INSERT INTO command_queue_new (
    id, command_id, hostname, command, port, channel, digit, input, effect_group, sets_state,
    sequence_key, repeatable, command_class, batch_id, status, priority, scheduled_at, due_at,
    ready, turn, expires_at, wait_for_device_ms, order_instant, order_sequence, attempts,
    max_attempts, claims, lease_until, released, unknown_seen, last_attempt_at, queue_wait_ms,
    completed_at, success, reason, error_message, execution_time_ms, routing_method, created_at,
    created_by, user_ip, notes, waits_until
)
SELECT
    id, command_id, hostname, command, port, channel, digit, input, effect_group, sets_state,
    sequence_key, repeatable, command_class, batch_id, status, priority, scheduled_at, due_at,
    ready, turn, expires_at, wait_for_device_ms, order_instant, order_sequence, attempts,
    max_attempts, claims, lease_until, released, unknown_seen, last_attempt_at, queue_wait_ms,
    completed_at, success, reason, error_message, execution_time_ms, routing_method, created_at,
    created_by, user_ip, notes, waits_until
FROM command_queue;

-- No id is given twice, although the rows that had the highest are gone.
DELETE FROM sqlite_sequence WHERE name = 'command_queue_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'command_queue_new', seq FROM sqlite_sequence WHERE name = 'command_queue';
DROP TABLE command_queue;
ALTER TABLE command_queue_new RENAME TO command_queue;

-- The next command of a device.
CREATE INDEX queue_ready ON command_queue (hostname, priority DESC, turn, id)
WHERE status = 'pending' AND ready = 1;

-- What becomes due next.
CREATE INDEX queue_due ON command_queue (due_at, id) WHERE status = 'pending' AND ready = 0;

-- What one device waits for.
CREATE INDEX queue_later ON command_queue (hostname, due_at)
WHERE status = 'pending' AND ready = 0;

-- What a step or a key replaces: absolute wishes and toggles alone, of which a slot has one or none.
CREATE INDEX queue_slot ON command_queue (hostname, port, effect_group, order_instant, order_sequence)
WHERE status = 'pending' AND sets_state = 1 AND order_instant IS NOT NULL;

-- Keys of a sequence stay in order.
CREATE INDEX queue_keys ON command_queue (hostname, port, order_instant, order_sequence)
WHERE status = 'pending' AND sequence_key = 1 AND order_instant IS NOT NULL;

-- Of what is in flight, too: a claim then leaves this index alone.
CREATE INDEX queue_expiry ON command_queue (expires_at);
CREATE INDEX queue_processing ON command_queue (lease_until) WHERE status = 'processing';
CREATE INDEX queue_batch ON command_queue (batch_id, id) WHERE batch_id IS NOT NULL;

-- Whether a system task of the kind waits for the device already.
CREATE INDEX queue_system ON command_queue (hostname, command)
WHERE status = 'pending' AND command_class = 'system';

-- What waits or is in flight, without what is scheduled for later: that has no place in the order yet.
CREATE INDEX queue_current ON command_queue (id) WHERE order_instant IS NOT NULL;

CREATE TABLE port_status_new (
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 255),
    last_channel TEXT,
    last_command TEXT NOT NULL,
    last_command_at INTEGER NOT NULL,
    power INTEGER CHECK (power IN (0, 1)),
    muted INTEGER CHECK (muted IN (0, 1)),
    input TEXT,
    updated_at INTEGER NOT NULL,
    corrected_by TEXT,
    PRIMARY KEY (hostname, port)
) STRICT, WITHOUT ROWID;

INSERT INTO port_status_new (
    hostname, port, last_channel, last_command, last_command_at, power, muted, input, updated_at,
    corrected_by
)
SELECT
    hostname, port, last_channel, last_command, last_command_at, power, muted, input, updated_at,
    corrected_by
FROM port_status;
DROP TABLE port_status;
ALTER TABLE port_status_new RENAME TO port_status;

-- Of an action of a program's own, the nature; of each infrared action from now on, what it competed for.
ALTER TABLE command_history ADD COLUMN nature TEXT;
ALTER TABLE command_history ADD COLUMN effect_group TEXT;
