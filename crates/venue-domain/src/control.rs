//! What an operator may ask of those who work on the queue.

/// Stops and resumes the work on the queue, and tells how busy it is.
pub trait QueueControl: Send + Sync {
    /// Begins no further command of the queue. What is in flight runs to its end; commands still
    /// come in, and direct ones are sent.
    fn pause(&self);

    /// Goes on.
    fn resume(&self);

    /// Whether it is paused.
    fn is_paused(&self) -> bool;

    /// How busy the queue's places are, 0 to 1: the mean of the last minute of those in use.
    fn utilisation(&self) -> f64;
}
