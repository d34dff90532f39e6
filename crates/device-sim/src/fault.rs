//! What can be wrong with a board.

use std::{str::FromStr, time::Duration};

use esphome_codec::MacAddress;
use snafu::Snafu;

/// One thing that is wrong with a board, from now on. Open sessions feel it too where that makes
/// sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Nobody listens; open sessions stay.
    RefuseConnect,
    /// New connections are closed without a byte: all slots are taken.
    SlotsFull,
    /// A connection is closed after this many bytes from the client.
    CloseAfter(usize),
    /// Reads and runs everything, answers nothing.
    Silent,
    /// Reads nothing. What piled up is run when the fault is cleared, as after SIGSTOP.
    Hung,
    /// Reads nothing, and sessions that felt it never recover.
    HalfOpen,
    /// Answers with garbage.
    Garble,
    /// Takes this long for whatever comes in one piece.
    Delay(Duration),
    /// Has another key than it should.
    WrongKey,
    /// Has another MAC address than it should.
    WrongMac(MacAddress),
    /// Has another name than it should.
    WrongName(String),
    /// Runs actions and does not reply to them; transmits, and does not report the end.
    DropReplies,
    /// Does not answer pings.
    NoPong,
    /// Runs an action, or takes a transmission, and closes at once.
    CloseAfterAction,
    /// Of so many calls in a hundred half are lost on their way, and of half the reply.
    Lossy(u8),
    /// Says no to every call, and runs none. Where the firmware has replies.
    RefuseCalls,
    /// Runs actions and transmits, and replies so much later.
    LateReplies(Duration),
    /// Loses every call, and replies once more to those of before, of earlier sessions too. Where the
    /// firmware has replies.
    OldReplies,
    /// Writes log lines as fast as they are taken.
    Flood,
    /// Says at once that a transmission failed, and transmits it all the same: as if another client
    /// of the board had sent something to the same transmitter.
    Displaced,
    /// Hangs as with [`Fault::Hung`] once it has taken so many more transmissions.
    HungAfter(usize),
}

impl Fault {
    /// Whether sessions read anything.
    pub(crate) const fn is_deaf(&self) -> bool {
        matches!(self, Self::Hung | Self::HalfOpen)
    }
}

/// What is lost of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    Nothing,
    Call,
    Reply,
}

/// What is lost of the call number `call` to the board number `board`: the same each time, with
/// exactly `percent` losses in a hundred calls.
pub(crate) fn lost(percent: u8, board: u64, call: u64) -> Lost {
    // Steps that share no factor with 100 meet every number below it once in a hundred.
    let place = board.wrapping_mul(37).wrapping_add(call.wrapping_mul(61)) % 100;
    if place >= u64::from(percent) {
        Lost::Nothing
    } else if place.is_multiple_of(2) {
        Lost::Call
    } else {
        Lost::Reply
    }
}

/// The text names no fault.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is no fault: none, refuse, slots-full, close-after=BYTES, silent, hung, half-open, \
     garble, delay=MS, wrong-key, wrong-mac, wrong-name=NAME, drop-replies, no-pong, \
     close-after-action, lossy=PERCENT, refuse-calls, late-replies=MS, old-replies, flood, displaced, \
     hung-after=TRANSMISSIONS"
))]
pub struct UnknownFault {
    /// The text.
    pub text: String,
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let known = match (name, value) {
            ("none", None) => Some(Self::None),
            ("refuse", None) => Some(Self::RefuseConnect),
            ("slots-full", None) => Some(Self::SlotsFull),
            ("close-after", Some(bytes)) => bytes.parse().ok().map(Self::CloseAfter),
            ("silent", None) => Some(Self::Silent),
            ("hung", None) => Some(Self::Hung),
            ("half-open", None) => Some(Self::HalfOpen),
            ("garble", None) => Some(Self::Garble),
            ("delay", Some(ms)) => ms.parse().ok().map(Duration::from_millis).map(Self::Delay),
            ("wrong-key", None) => Some(Self::WrongKey),
            ("wrong-mac", None) => MacAddress::try_from(OTHER_MAC).ok().map(Self::WrongMac),
            ("wrong-name", Some(name)) => Some(Self::WrongName(name.to_owned())),
            ("drop-replies", None) => Some(Self::DropReplies),
            ("no-pong", None) => Some(Self::NoPong),
            ("close-after-action", None) => Some(Self::CloseAfterAction),
            ("lossy", Some(percent)) => percent.parse().ok().map(Self::Lossy),
            ("refuse-calls", None) => Some(Self::RefuseCalls),
            ("late-replies", Some(ms)) => {
                ms.parse().ok().map(Duration::from_millis).map(Self::LateReplies)
            }
            ("old-replies", None) => Some(Self::OldReplies),
            ("flood", None) => Some(Self::Flood),
            ("displaced", None) => Some(Self::Displaced),
            ("hung-after", Some(count)) => count.parse().ok().map(Self::HungAfter),
            _ => None,
        };
        known.ok_or_else(|| UnknownFault { text: text.to_owned() })
    }
}

/// The address of a board that is not ours.
const OTHER_MAC: [u8; 6] = [0x02, 0x5e, 0x4d, 0xff, 0xff, 0xff];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_and_a_wrong_one_lists_them() {
        let names = [
            "none",
            "refuse",
            "slots-full",
            "close-after=9",
            "silent",
            "hung",
            "half-open",
            "garble",
            "delay=20",
            "wrong-key",
            "wrong-mac",
            "wrong-name=x",
            "drop-replies",
            "no-pong",
            "close-after-action",
            "lossy=30",
            "refuse-calls",
            "late-replies=300",
            "old-replies",
            "flood",
            "displaced",
            "hung-after=2",
        ];
        for name in names {
            assert!(name.parse::<Fault>().is_ok(), "{name}");
        }
        for board in 0..9 {
            let of = |what| (0..100).filter(|call| lost(30, board, *call) == what).count();
            assert_eq!((of(Lost::Call), of(Lost::Reply), of(Lost::Nothing)), (15, 15, 70));
        }
        assert_eq!("delay=20".parse(), Ok(Fault::Delay(Duration::from_millis(20))));
        for wrong in ["", "delay", "delay=x", "silent=1", "asleep"] {
            let error = wrong.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("half-open"), "{error}");
        }
    }
}
