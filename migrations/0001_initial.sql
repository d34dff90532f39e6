-- The hot table: only what waits or is in flight. A finished row leaves it, in the transaction in
-- which it finishes, for command_history. Times are milliseconds since the Unix epoch, UTC.
CREATE TABLE command_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL UNIQUE,

    -- What and where.
    hostname TEXT NOT NULL,
    command TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 0 CHECK (port BETWEEN 0 AND 5),
    channel TEXT,
    digit INTEGER CHECK (digit BETWEEN 0 AND 9),
    input TEXT,

    -- What it competes for; facts of the action, kept for the indexes.
    effect_group TEXT CHECK (
        effect_group IN ('power', 'input', 'channel', 'volume', 'mute', 'navigation')
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

    CHECK ((order_instant IS NULL) = (order_sequence IS NULL)),
    CHECK (ready = 0 OR order_instant IS NOT NULL),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL))
) STRICT;

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

-- One row per finished command, queued or direct.
CREATE TABLE command_history (
    -- The oldest go first: a number is given again only when retention has left nothing at all.
    id INTEGER PRIMARY KEY,
    queue_id INTEGER UNIQUE,
    command_id TEXT NOT NULL UNIQUE,
    hostname TEXT NOT NULL,
    command TEXT NOT NULL,
    port INTEGER NOT NULL,
    channel TEXT,
    digit INTEGER,
    input TEXT,
    command_class TEXT NOT NULL,
    batch_id TEXT,
    status TEXT NOT NULL CHECK (
        status IN ('completed', 'failed', 'expired', 'superseded', 'cancelled', 'unknown')
    ),
    priority INTEGER NOT NULL,
    scheduled_at INTEGER,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    order_instant INTEGER,
    order_sequence INTEGER,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    unknown_seen INTEGER NOT NULL,
    last_attempt_at INTEGER,
    queue_wait_ms INTEGER,
    completed_at INTEGER NOT NULL,
    success INTEGER NOT NULL CHECK (success IN (0, 1)),
    reason TEXT NOT NULL,
    evidence TEXT,
    superseded_by TEXT,
    error_message TEXT,
    execution_time_ms INTEGER,
    routing_method TEXT NOT NULL CHECK (
        routing_method IN ('direct_success', 'direct_failed', 'direct_failed_queued', 'queued')
    ),
    created_at INTEGER NOT NULL,
    created_by TEXT,
    user_ip TEXT,
    notes TEXT,
    CHECK ((status = 'completed') = (success = 1))
) STRICT;

CREATE INDEX history_device ON command_history (hostname, id);
CREATE INDEX history_batch ON command_history (batch_id, queue_id) WHERE batch_id IS NOT NULL;

-- Every attempt at a command; number 0 is the direct one before the queue.
CREATE TABLE attempts (
    command_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    execution_time_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT,
    detail TEXT,
    PRIMARY KEY (command_id, number)
) STRICT, WITHOUT ROWID;

-- What is believed of the appliance on a port; only what was delivered changes it.
CREATE TABLE port_status (
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 5),
    last_channel TEXT,
    last_command TEXT NOT NULL,
    last_command_at INTEGER NOT NULL,
    power INTEGER CHECK (power IN (0, 1)),
    muted INTEGER CHECK (muted IN (0, 1)),
    input TEXT,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (hostname, port)
) STRICT, WITHOUT ROWID;

-- The newest commands accepted for a slot: set = absolute and toggles, any = all.
CREATE TABLE fences (
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL,
    effect_group TEXT NOT NULL,
    set_instant INTEGER,
    set_sequence INTEGER,
    set_command TEXT,
    any_instant INTEGER NOT NULL,
    any_sequence INTEGER NOT NULL,
    any_command TEXT NOT NULL,
    PRIMARY KEY (hostname, port, effect_group)
) STRICT, WITHOUT ROWID;

-- One bulk request; the counts move in the transaction that moves the command.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    user_ip TEXT,
    notes TEXT,
    finished_at INTEGER,
    rejected INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    total INTEGER NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
    processing INTEGER NOT NULL DEFAULT 0 CHECK (processing >= 0),
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    superseded INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,
    CHECK (
        total = pending + processing + completed + failed + expired + superseded + cancelled
        + unknown
    ),
    CHECK ((finished_at IS NULL) = (pending + processing > 0))
) STRICT, WITHOUT ROWID;

-- What was believed of the ports of a batch when it was accepted, for undo.
CREATE TABLE batch_ports (
    batch_id TEXT NOT NULL,
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL,
    known INTEGER NOT NULL CHECK (known IN (0, 1)),
    last_channel TEXT,
    last_command TEXT,
    last_command_at INTEGER,
    power INTEGER,
    muted INTEGER,
    input TEXT,
    PRIMARY KEY (batch_id, hostname, port)
) STRICT, WITHOUT ROWID;

-- Requests that must not be carried out twice.
CREATE TABLE idempotency_keys (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'answered', 'interrupted')),
    code INTEGER,
    body TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (actor, key),
    CHECK ((state = 'answered') = (code IS NOT NULL AND body IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_expiry ON idempotency_keys (expires_at);

-- What has left the history, per day, device, action and class.
CREATE TABLE daily_aggregates (
    day INTEGER NOT NULL,
    hostname TEXT NOT NULL,
    command TEXT NOT NULL,
    command_class TEXT NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    execution_count INTEGER NOT NULL,
    execution_sum_ms INTEGER NOT NULL,
    execution_max_ms INTEGER NOT NULL,
    PRIMARY KEY (day, hostname, command, command_class)
) STRICT, WITHOUT ROWID;

-- What ended, per minute: the figures of the last hour without reading the history.
CREATE TABLE minutes (
    minute INTEGER PRIMARY KEY,
    completed INTEGER NOT NULL,
    not_completed INTEGER NOT NULL,
    execution_count INTEGER NOT NULL,
    execution_sum_ms INTEGER NOT NULL,
    wait_count INTEGER NOT NULL,
    wait_sum_ms INTEGER NOT NULL
) STRICT;

-- Single figures by name.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
