-- Which command goes next, what is due, what expires and what is replaced is known in memory, of which one scan at the
-- start makes an image. These indexes served that alone, and each command changed most of them.
DROP INDEX queue_ready;
DROP INDEX queue_ready_port;
DROP INDEX queue_due;
DROP INDEX queue_later;
DROP INDEX queue_slot;
DROP INDEX queue_keys;
DROP INDEX queue_expiry;
DROP INDEX queue_processing;

-- What is scheduled for later and has no place in the order yet: it is shown, and given its place by its time.
CREATE INDEX queue_scheduled ON command_queue (due_at, id) WHERE order_instant IS NULL;
