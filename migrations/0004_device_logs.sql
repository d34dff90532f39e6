-- The last log lines of devices, as they were collected: at most so many for each.
CREATE TABLE device_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hostname TEXT NOT NULL,
    at INTEGER NOT NULL,
    level INTEGER NOT NULL,
    line TEXT NOT NULL
) STRICT;
CREATE INDEX device_logs_device ON device_logs (hostname, id);
