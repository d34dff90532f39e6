-- What is handed out next of one port: where others of its device are in flight, only some ports are free. It is
-- in the order of queue_ready, so that nothing that waits for a busy port is read on the way.
CREATE INDEX queue_ready_port ON command_queue (hostname, port, priority DESC, turn, id)
WHERE status = 'pending' AND ready = 1;
