//! Infrared from here: the keys of a command as transmissions of the board's infrared entity.

use std::time::Duration;

use esphome_pool::{
    CallRequest, EvidenceWanted,
    codec::{EntityId, EntityKind, InfraredLimits, InfraredTransmit, Listing, PeerDescription},
};
use venue_domain::{
    Action, CannotDrive, Command, CommandId, PortIndex, TimingProfile, Transmitter,
};
use venue_infrared::{Press as KeyPress, Transmission, encode};

use super::{
    driving::{InfraredPort, Typing},
    flight::{Flight, FlightKind, Press},
    keys::keys,
    toggle::{ToggleUse, Toggles},
};

/// From this version of its API on a board says when a transmission has left
/// (`InfraredRFTransmitCompleteResponse`, id 153; ESPHome 2026.10).
const COMPLETES: (u32, u32) = (1, 18);

/// Bounds of one message. A pause between two presses is part of the array where a channel is one message;
/// the codec keeps the message below 8,192 bytes, which every board and firmware takes.
const LIMITS: InfraredLimits = InfraredLimits {
    timings: InfraredLimits::MAX_TIMINGS,
    timing_us: 1_000_000,
    air_time_ms: 10_000,
};

/// The transmissions of one command.
#[derive(Debug)]
pub(super) struct Transmissions {
    pub(super) emitter: EntityId,
    /// One for each press.
    pub(super) presses: Vec<KeyTransmission>,
    pub(super) toggle: Option<ToggleUse>,
}

/// One press of a key.
#[derive(Debug)]
pub(super) struct KeyTransmission {
    pub(super) key: String,
    pub(super) sent: Transmission,
    /// What of its pause is not in the message, because the board would be deaf for too long.
    pub(super) rest: Duration,
    /// The least pause before a second press of the same key: one that comes sooner is taken for the first one held.
    pub(super) press_pause: Duration,
    /// Its toggle bit, if the key has one.
    pub(super) toggle: Option<bool>,
}

impl Transmissions {
    /// The pause behind each press, `gap` at least: two presses of one key in a row may need more to be two.
    fn pauses(&self, gap: Duration) -> impl Iterator<Item = Duration> {
        let next = self.presses.iter().skip(1).map(Some).chain([None]);
        self.presses.iter().zip(next).map(move |(press, next)| match next {
            Some(next) if next.key == press.key => gap.max(press.press_pause),
            Some(_) | None => gap,
        })
    }
}

/// What `action` is on this port and board.
///
/// # Errors
/// [`CannotDrive`] names the emitter or the key that is missing, or why a key cannot be sent.
pub(super) fn transmissions(
    (action, id): (&Action, CommandId),
    (index, port): (PortIndex, &InfraredPort),
    peer: &PeerDescription,
    toggles: &Toggles,
) -> Result<Transmissions, CannotDrive> {
    let emitter = emitter(port.emitter.as_deref(), index, &peer.listing)?;
    let first = toggles.first(index, id);
    let (mut next, mut toggles_in_it) = (first, false);
    let keys = keys(action, &port.codes.entry);
    let mut presses = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(code) = port.codes.code(&key) else {
            return Err(CannotDrive::NoKey { key: key.into_owned() });
        };
        let sends = port.codes.sends_of(&key).unwrap_or(1);
        let pressed = encode(code, KeyPress { toggle: next, sends });
        let fitted = pressed.and_then(|sent| match is_timed_by_software(port.typing, peer) {
            true => sent.timed_by_software(),
            false => Ok((sent, Duration::ZERO)),
        });
        let (sent, rest) = fitted.map_err(|error| unsendable(&key, &error))?;
        let toggle = code.has_toggle_bit().then_some(next);
        if toggle.is_some() {
            (next, toggles_in_it) = (!next, true);
        }
        let (key, press_pause) = (key.into_owned(), code.press_pause());
        presses.push(KeyTransmission { key, sent, rest, press_pause, toggle });
    }
    let used = ToggleUse { port: index, command: id, first, next };
    Ok(Transmissions { emitter, presses, toggle: toggles_in_it.then_some(used) })
}

/// What is sent for `command`: one message for each press, or one for all where the board times infrared
/// by hardware.
///
/// # Errors
/// As [`transmissions`].
pub(super) fn flight(
    command: &Command,
    port: &InfraredPort,
    (epoch, peer): (u64, &PeerDescription),
    profile: &TimingProfile,
    toggles: &Toggles,
) -> Result<Flight, CannotDrive> {
    let index = command.target.port;
    let what = (&command.action, command.id);
    let all = transmissions(what, (index, port), peer, toggles)?;
    let completes = peer.api_version >= COMPLETES;
    let evidence =
        if completes { EvidenceWanted::InfraredComplete } else { EvidenceWanted::Barrier };
    let in_one = is_one_message(port.typing, peer) && all.presses.len() > 1;
    let kind = FlightKind::of(&command.action, profile);
    let gap = kind.gap(profile);
    let joined = in_one.then(|| joined(&all, gap, evidence)).flatten();
    let presses = match joined {
        Some(joined) => vec![joined],
        None => {
            let pauses: Vec<Duration> = all.pauses(gap).collect();
            let presses = all.presses.into_iter().zip(pauses);
            let press = |(press, pause)| self::press(all.emitter, press, evidence, pause);
            presses.map(press).collect::<Result<_, _>>()?
        }
    };
    let mut presses = presses.into_iter();
    let Some(first) = presses.next() else {
        return Err(CannotDrive::NoKey { key: command.action.name().to_owned() });
    };
    Ok(Flight { epoch, first, rest: presses.collect(), toggle: all.toggle, kind })
}

fn press(
    emitter: EntityId,
    KeyTransmission { key, sent, rest, toggle, press_pause: _ }: KeyTransmission,
    evidence: EvidenceWanted,
    pause: Duration,
) -> Result<Press, CannotDrive> {
    let (carrier, air_time) = (sent.carrier().hz(), sent.air_time());
    let timings = sent.into_timings();
    let request = InfraredTransmit::with_limits(emitter, carrier, 1, timings, LIMITS);
    let request = CallRequest::Infrared(request.map_err(|error| unsendable(&key, &error))?);
    Ok(Press { request, evidence, air_time: Some(air_time), pause: pause + rest, toggle })
}

/// All presses in one message, with the pauses between them; `None` if that would be too long, or if they
/// need different carriers.
fn joined(all: &Transmissions, gap: Duration, evidence: EvidenceWanted) -> Option<Press> {
    let carrier = all.presses.first()?.sent.carrier();
    let (mut timings, mut air_time) = (Vec::<i32>::new(), Duration::ZERO);
    let mut pause_before = Duration::ZERO;
    for (KeyTransmission { sent, .. }, pause) in all.presses.iter().zip(all.pauses(gap)) {
        if sent.carrier() != carrier {
            return None;
        }
        if let Some(last) = timings.last_mut() {
            // An array ends in the pause that its frame needs.
            *last -= i32::try_from(pause_before.as_micros()).ok()?;
            air_time += pause_before;
        }
        timings.extend_from_slice(sent.timings());
        air_time += sent.air_time();
        pause_before = pause;
    }
    let request = InfraredTransmit::with_limits(all.emitter, carrier.hz(), 1, timings, LIMITS);
    let request = CallRequest::Infrared(request.ok()?);
    // They leave together, or none does.
    let toggle = all.presses.iter().find_map(|press| press.toggle);
    Some(Press { request, evidence, air_time: Some(air_time), pause: Duration::ZERO, toggle })
}

/// Whether several presses go in one message. A board that times infrared by software is deaf while it
/// sends; one that does not say when a transmission has left would be told too much at once.
pub(super) fn is_one_message(typing: Typing, peer: &PeerDescription) -> bool {
    match typing {
        Typing::Frames => false,
        Typing::OneMessage => true,
        Typing::ByBoard => {
            peer.api_version >= COMPLETES && has_remote_control_timer(&peer.device_info.model)
        }
    }
}

/// Whether the board is deaf while it sends, so that one message must be short.
pub(super) fn is_timed_by_software(typing: Typing, peer: &PeerDescription) -> bool {
    match typing {
        Typing::Frames => true,
        Typing::OneMessage => false,
        Typing::ByBoard => !has_remote_control_timer(&peer.device_info.model),
    }
}

/// The transmitter of a port whose board times each of them by hardware and says when one is done; its key is
/// all that a completion names.
pub(super) fn transmitter(
    port: &InfraredPort,
    index: PortIndex,
    peer: &PeerDescription,
) -> Option<Transmitter> {
    let alone = peer.api_version >= COMPLETES && is_one_message(port.typing, peer);
    let emitter = alone.then(|| emitter(port.emitter.as_deref(), index, &peer.listing));
    let EntityId { device_id, key } = emitter?.ok()?;
    Some(Transmitter(u64::from(device_id) << 32 | u64::from(key)))
}

/// Whether the chip has Espressif's remote control peripheral: every ESP32 but C2 and C61. A board tells the
/// name of its model only; one that says nothing of its chip is taken for one without.
fn has_remote_control_timer(model: &str) -> bool {
    let model = model.to_ascii_lowercase();
    let without = ["c2", "c61"].iter().any(|chip| model.contains(chip));
    model.contains("esp32") && !without
}

/// The transmitter of a port on this board.
///
/// # Errors
/// [`CannotDrive`], if there is none of this name, or more than one.
fn emitter(
    name: Option<&str>,
    port: PortIndex,
    listing: &Listing,
) -> Result<EntityId, CannotDrive> {
    let number = port.number().to_string();
    let is_named = |entity: &str| match name {
        Some(name) => entity == name,
        None => {
            let before = entity.strip_suffix(&number);
            before.is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_digit()))
        }
    };
    let emitter = || name.map(str::to_owned);
    let named = listing.entities.iter().filter(|entity| is_named(&entity.name));
    let infrared = named.filter_map(|entity| {
        let EntityKind::Infrared { capabilities, .. } = entity.kind else { return None };
        Some((entity, capabilities & 1 == 1))
    });
    let (transmit, receive): (Vec<_>, Vec<_>) = infrared.partition(|(_, transmits)| *transmits);
    match (transmit.as_slice(), receive.as_slice()) {
        ([(entity, _)], _) => Ok(entity.id()),
        ([], [(entity, _), ..]) => Err(CannotDrive::OnlyReceives { emitter: entity.name.clone() }),
        ([], []) => Err(CannotDrive::NoEmitter { emitter: emitter() }),
        _ => Err(CannotDrive::SeveralEmitters { emitter: emitter() }),
    }
}

fn unsendable(key: &str, error: &dyn std::error::Error) -> CannotDrive {
    CannotDrive::Unsendable { key: key.to_owned(), cause: error.to_string() }
}
