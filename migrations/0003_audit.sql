-- Who did what, from where, and what came of it. Append only; retention takes the oldest.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT,
    role TEXT,
    user_ip TEXT,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    summary TEXT,
    status INTEGER NOT NULL,
    code TEXT,
    location TEXT,
    request_id TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, id);
