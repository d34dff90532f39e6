-- Until when an open command waits for its device without an attempt, in venue time; none while it is for
-- later. Its place in the order says nothing of that: after a reboot keys are ahead of the time.
ALTER TABLE command_queue ADD COLUMN waits_until INTEGER;
UPDATE command_queue SET waits_until = wait_for_device_ms + CASE
    WHEN scheduled_at IS NULL THEN created_at
    ELSE order_instant
END
WHERE order_instant IS NOT NULL;
