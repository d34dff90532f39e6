//! The transmitters of a board at work: what is on the air, who is told of its end, and what the
//! appliances make of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use esphome_codec::{Message, proto};
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Actions, DecodedFrame, Eye, InfraredConfig, Transmission, TransmitTiming,
    receiver::Receiver,
    timings::{alternating, entity_key},
};
use crate::{board::Board, record::Log};

/// The transmitters of one board.
#[derive(Debug)]
pub(crate) struct Air {
    pub(super) config: InfraredConfig,
    emitters: Vec<Mutex<EmitterState>>,
    board: Arc<Board>,
    sent: Mutex<Log<Transmission>>,
    sent_total: watch::Sender<usize>,
    /// What the eye hears.
    pub(super) heard: broadcast::Sender<Message>,
    /// How many transmissions keep the board from reading.
    blocking: watch::Sender<usize>,
    /// Counts the restarts of the board: what is on the air ends with one.
    restarts: watch::Sender<u64>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct EmitterState {
    /// The request whose end has not been reported.
    pending: Option<Pending>,
    /// When it is through with what it was handed.
    free_at: Instant,
    receiver: Option<Receiver>,
}

/// Who is told how a request ended. The firmware keeps one per transmitter: a second request takes
/// its place, and the first one is told `false` although its frame is on the air.
#[derive(Clone, Debug)]
struct Pending {
    number: usize,
    asker: Asker,
}

/// The session that asked for a transmission.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) session: u64,
    pub(crate) tell: mpsc::UnboundedSender<Message>,
    /// Whether firmware and client know message 153.
    pub(crate) hears: bool,
}

impl Asker {
    /// Message 153, if its session is still there.
    pub(crate) fn tell(&self, device_id: u32, key: u32, success: bool) {
        if self.hears {
            let done = proto::InfraredTransmitComplete { device_id, key, success };
            // A client that has gone is told nothing.
            drop(self.tell.send(done.into()));
        }
    }
}

/// The chip of a board, as far as clients notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chip {
    /// The model that it tells.
    pub(crate) model: &'static str,
    /// The largest frame that it takes, in bytes.
    pub(crate) inbound_limit: usize,
}

/// What is wrong with a transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Nothing: its end is reported when it comes.
    AtTheEnd,
    /// Its end is reported so much later.
    Late(Duration),
    /// It is reported as failed at once, and goes out all the same.
    Displaced,
    /// It is never reported.
    Never,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was handed to its transmitter.
    Yes,
    /// It cannot be sent: no such transmitter, or no timings.
    No,
}

impl Air {
    pub(crate) fn new(config: InfraredConfig, board: Arc<Board>, stop: CancellationToken) -> Self {
        let emitter = |emitter: &super::Emitter| {
            let receiver = emitter.appliance.clone().map(Receiver::new);
            Mutex::new(EmitterState { pending: None, free_at: Instant::now(), receiver })
        };
        Self {
            emitters: config.emitters.iter().map(emitter).collect(),
            config,
            board,
            sent: Mutex::default(),
            sent_total: watch::Sender::new(0),
            heard: broadcast::Sender::new(EVENT_ROOM),
            blocking: watch::Sender::new(0),
            restarts: watch::Sender::new(0),
            stop,
        }
    }

    /// Whether it is stock firmware, without anything of the family.
    pub(crate) fn is_stock(&self) -> bool {
        self.config.actions == Actions::None
    }

    /// The family's boards are ESP8266s; their infrared entities do not show it.
    pub(crate) fn chip(&self) -> Chip {
        match self.config.timing {
            _ if !self.is_stock() => Chip { model: "esp01_1m", inbound_limit: 8_192 },
            TransmitTiming::Software => Chip { model: "d1_mini", inbound_limit: 8_192 },
            TransmitTiming::Hardware => Chip { model: "esp32dev", inbound_limit: 32_768 },
        }
    }

    pub(crate) fn sent(&self) -> Vec<Transmission> {
        lock(&self.sent).to_vec()
    }

    pub(crate) fn sent_total(&self) -> watch::Receiver<usize> {
        self.sent_total.subscribe()
    }

    /// How many transmissions keep the board from reading now, and its changes.
    pub(crate) fn blocking(&self) -> watch::Receiver<usize> {
        self.blocking.subscribe()
    }

    /// The board starts anew: nothing more of what it was handed leaves, and nobody is told.
    pub(crate) fn restart(&self) {
        for emitter in &self.emitters {
            let mut emitter = lock(emitter);
            emitter.pending = None;
            emitter.free_at = Instant::now();
        }
        self.restarts.send_modify(|count| *count += 1);
    }

    /// The entities, as they are listed.
    pub(crate) fn listing(&self) -> impl Iterator<Item = proto::ListEntitiesInfraredResponse> {
        let transmitter = |emitter: &super::Emitter| proto::ListEntitiesInfraredResponse {
            key: entity_key(&emitter.name),
            name: emitter.name.clone(),
            capabilities: TRANSMIT,
            ..proto::ListEntitiesInfraredResponse::default()
        };
        self.config.emitters.iter().map(transmitter).chain(self.config.eye.iter().map(listed))
    }

    /// Hands a request to its transmitter.
    pub(crate) fn transmit(
        self: &Arc<Self>,
        request: &proto::InfraredTransmitRequest,
        asker: &Asker,
        report: Report,
    ) -> Taken {
        // None of the transmitters belongs to a sub-device.
        let own = |emitter: &super::Emitter| entity_key(&emitter.name) == request.key;
        let index = self.config.emitters.iter().position(own).filter(|_| request.device_id == 0);
        let Some((index, emitter)) = index.and_then(|i| Some((i, self.emitters.get(i)?))) else {
            return Taken::No;
        };
        if request.timings.is_empty() {
            return Taken::No;
        }
        let now = Instant::now();
        let mut emitter = lock(emitter);
        let waits = emitter.free_at > now;
        let transmission = Transmission {
            asked: now,
            starts: emitter.free_at.max(now),
            port: u8::try_from(index + 1).unwrap_or(u8::MAX),
            session: asker.session,
            carrier_hz: request.carrier_frequency,
            timings_us: repeated(request),
        };
        emitter.free_at = transmission.ends();
        let number = self.record(transmission.clone());
        let displaced = emitter.pending.replace(Pending { number, asker: asker.clone() });
        if let Some(displaced) = displaced {
            displaced.asker.tell(0, request.key, false);
        }
        if report == Report::Displaced {
            asker.tell(0, request.key, false);
            emitter.pending = None;
        }
        drop(emitter);
        let durations = alternating(&transmission.timings_us);
        let carrier_hz = self.on_air(transmission.carrier_hz);
        let frames = self.read(index, carrier_hz, &durations);
        // The eye hears what its own board transmits.
        self.shine_into_eye(transmission.starts, carrier_hz, &durations, number as u64);
        let blocks = match self.config.timing {
            TransmitTiming::Software => Blocks::ToTheEnd,
            TransmitTiming::Hardware if waits => Blocks::UntilItBegins,
            TransmitTiming::Hardware => Blocks::Nothing,
        };
        let blocking = (blocks != Blocks::Nothing).then(|| Blocking::new(self));
        let task = OnAir { index, number, transmission, frames, report, key: request.key };
        let air = Arc::clone(self);
        self.spawn(async move { air.run(task, blocks, blocking).await });
        Taken::Yes
    }

    /// Runs a task until it is done, or the board starts anew or stops.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut restarted = self.restarts.subscribe();
        let task = async move {
            tokio::select! {
                biased;
                _ = restarted.changed() => {}
                () = task => {}
            }
        };
        drop(tokio::spawn(self.stop.clone().run_until_cancelled_owned(task)));
    }

    fn record(&self, transmission: Transmission) -> usize {
        let mut sent = lock(&self.sent);
        sent.push(transmission);
        self.sent_total.send_replace(sent.total());
        sent.total()
    }

    /// The frames that the appliance of an emitter will read, if it hears the carrier at all.
    pub(super) fn read(
        &self,
        index: usize,
        carrier_hz: u32,
        durations: &[u32],
    ) -> Vec<DecodedFrame> {
        let protocol = self.emitters.get(index).and_then(|emitter| {
            let emitter = lock(emitter);
            let receiver = emitter.receiver.as_ref()?;
            receiver.hears(carrier_hz).then(|| receiver.protocol())
        });
        match (protocol, &self.config.decoder) {
            (Some(protocol), Some(decoder)) => decoder.decode(protocol, durations),
            _ => Vec::new(),
        }
    }

    /// The carrier that a board makes of the one asked for: software rounds the period to whole
    /// microseconds.
    const fn on_air(&self, carrier_hz: u32) -> u32 {
        match self.config.timing {
            TransmitTiming::Hardware => carrier_hz,
            TransmitTiming::Software => match carrier_hz {
                0 => 0,
                asked => {
                    let period = (1_000_000 + asked / 2) / asked;
                    1_000_000 / if period == 0 { 1 } else { period }
                }
            },
        }
    }

    /// One transmission from its first mark to the report of its end.
    async fn run(&self, mut task: OnAir, blocks: Blocks, blocking: Option<Blocking>) {
        sleep_until(task.transmission.starts).await;
        let kept = blocking.filter(|_| blocks == Blocks::ToTheEnd);
        let frames = std::mem::take(&mut task.frames);
        self.shine_on(task.index, task.transmission.starts, frames).await;
        sleep_until(task.transmission.ends()).await;
        if let Report::Late(later) = task.report {
            sleep(later).await;
        }
        self.complete(&task);
        // The board reads on once the answer is on its way.
        drop(kept);
    }

    /// Light that began at `starts` reaches the appliance of an emitter, frame by frame.
    pub(super) async fn shine_on(&self, index: usize, starts: Instant, frames: Vec<DecodedFrame>) {
        for frame in frames {
            let at = starts + Duration::from_micros(frame.ends_us);
            sleep_until(at).await;
            self.press(index, frame, at);
        }
    }

    fn press(&self, index: usize, frame: DecodedFrame, at: Instant) {
        let Some(emitter) = self.emitters.get(index) else { return };
        let key = lock(emitter).receiver.as_mut().and_then(|receiver| receiver.take(frame, at));
        if let Some(key) = key {
            self.board.press(u8::try_from(index + 1).unwrap_or(u8::MAX), key);
        }
    }

    /// Reports the end of a transmission, if nobody has taken its place meanwhile.
    fn complete(&self, task: &OnAir) {
        let Some(emitter) = self.emitters.get(task.index) else { return };
        let pending = lock(emitter).pending.take_if(|pending| pending.number == task.number);
        if let Some(pending) = pending
            && task.report != Report::Never
        {
            pending.asker.tell(0, task.key, true);
        }
    }
}

/// One transmission that is under way.
struct OnAir {
    index: usize,
    number: usize,
    transmission: Transmission,
    frames: Vec<DecodedFrame>,
    report: Report,
    key: u32,
}

/// For how long a transmission keeps the board from reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocks {
    Nothing,
    UntilItBegins,
    ToTheEnd,
}

/// Keeps the board from reading until it is dropped.
struct Blocking(watch::Sender<usize>);

impl Blocking {
    fn new(air: &Air) -> Self {
        air.blocking.send_modify(|count| *count += 1);
        Self(air.blocking.clone())
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

fn repeated(request: &proto::InfraredTransmitRequest) -> Vec<i32> {
    // As many values as any array within the bounds of a message has.
    let times = usize::try_from(request.repeat_count.max(1)).unwrap_or(usize::MAX);
    let times = times.min(MOST_VALUES / request.timings.len().max(1)).max(1);
    request.timings.repeat(times)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Never held across an await; a poisoned lock still guards a usable simulation.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entity transmits (field `capabilities` of message 135).
const TRANSMIT: u32 = 1;

/// A bound on what one request puts on the air.
const MOST_VALUES: usize = 100_000;

/// Bursts that wait to be sent to a client; more than these are dropped, as the firmware does.
pub(super) const EVENT_ROOM: usize = 16;

/// The entity of an eye, as it is listed.
pub(super) fn listed(eye: &Eye) -> proto::ListEntitiesInfraredResponse {
    proto::ListEntitiesInfraredResponse {
        key: entity_key(&eye.name),
        name: eye.name.clone(),
        capabilities: RECEIVE,
        receiver_frequency: eye.frequency_hz,
        ..proto::ListEntitiesInfraredResponse::default()
    }
}

/// The entity receives (field `capabilities` of message 135).
const RECEIVE: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_sign_melt_into_one() {
        let timings = [-9, 560, 40, -300, 0, -200, 560];
        assert_eq!(alternating(&timings), [600, 500, 560]);
    }
}
