//! A recorder whose scheduler knows as well what has ended.

use venue_domain::{DirectRecord, EndedCommands, Recorder};

use crate::waker::Waker;

/// The recorder of a router beside a scheduler: what ends with a change of the router's, the scheduler has to
/// know as well, for what was scheduled of it raises no fence any more.
#[derive(Clone, Debug)]
pub struct NotifyingRecorder<R> {
    recorder: R,
    waker: Waker,
}

impl<R: Recorder> NotifyingRecorder<R> {
    /// Tells `recorder` everything, and `waker` what has ended.
    #[must_use]
    pub const fn new(recorder: R, waker: Waker) -> Self {
        Self { recorder, waker }
    }
}

impl<R: Recorder> Recorder for NotifyingRecorder<R> {
    fn record(&self, record: DirectRecord) {
        self.recorder.record(record);
    }

    fn ended(&self, ended_commands: EndedCommands) {
        self.waker.ended(&ended_commands);
        self.recorder.ended(ended_commands);
    }
}
