//! Requests that make a device do something.

use prost::{Message as _, encoding};
use snafu::ensure;

use crate::{
    ArgKind, CallError, EntityId,
    error::{AirTimeSnafu, TimingCountSnafu, TimingSnafu},
    proto,
};

/// A value for an argument of an action.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "one variant per `ArgKind`")]
pub enum ArgValue {
    Bool(bool),
    Int(i32),
    Float(f32),
    Text(String),
    Bools(Vec<bool>),
    Ints(Vec<i32>),
    Floats(Vec<f32>),
    Texts(Vec<String>),
}

impl ArgValue {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> ArgKind {
        match self {
            Self::Bool(_) => ArgKind::Bool,
            Self::Int(_) => ArgKind::Int,
            Self::Float(_) => ArgKind::Float,
            Self::Text(_) => ArgKind::Text,
            Self::Bools(_) => ArgKind::Bools,
            Self::Ints(_) => ArgKind::Ints,
            Self::Floats(_) => ArgKind::Floats,
            Self::Texts(_) => ArgKind::Texts,
        }
    }
}

/// The wire form of a value. A zero or empty value is an empty submessage, which stays in place.
pub(crate) fn argument(value: ArgValue) -> proto::ExecuteServiceArgument {
    let mut argument = proto::ExecuteServiceArgument::default();
    match value {
        ArgValue::Bool(value) => argument.bool_ = value,
        // Field 5, zigzag: a negative number in field 2 would be ten bytes, which the firmware's
        // decoder does not understand.
        ArgValue::Int(value) => argument.int_ = value,
        ArgValue::Float(value) => argument.float_ = value,
        ArgValue::Text(value) => argument.string_ = value,
        ArgValue::Bools(values) => argument.bool_array = values,
        ArgValue::Ints(values) => argument.int_array = values,
        ArgValue::Floats(values) => argument.float_array = values,
        ArgValue::Texts(values) => argument.string_array = values,
    }
    argument
}

/// What answer a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyWanted {
    /// None: the action has none.
    No,
    /// Success or failure.
    Status,
    /// Data too.
    Data,
}

/// A call of an action, checked against the listing of its device.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionCall {
    request: proto::ExecuteServiceRequest,
    /// What answer is asked for.
    pub reply: ReplyWanted,
}

/// Names one call, see [`crate::CallIds`]; `None` where no reply is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId(pub Option<u32>);

impl ActionCall {
    pub(crate) const fn new(
        key: u32,
        args: Vec<proto::ExecuteServiceArgument>,
        reply: ReplyWanted,
    ) -> Self {
        let request =
            proto::ExecuteServiceRequest { key, args, call_id: 0, return_response: false };
        Self { request, reply }
    }

    /// The key of the action.
    #[must_use]
    pub const fn key(&self) -> u32 {
        self.request.key
    }

    /// The size of the payload with `call_id` in it.
    pub(crate) fn payload_size(&self, call_id: u32) -> usize {
        let mut size = self.request.encoded_len();
        if self.reply != ReplyWanted::No {
            size += encoding::uint32::encoded_len(3, &call_id);
        }
        if self.reply == ReplyWanted::Data {
            size += encoding::bool::encoded_len(4, &true);
        }
        size
    }

    /// Appends the payload with `call_id` in it, so that one checked call can be made many times
    /// without being copied.
    pub(crate) fn encode_payload(&self, call_id: u32, out: &mut Vec<u8>) {
        self.request.encode_raw(out);
        if self.reply != ReplyWanted::No {
            encoding::uint32::encode(3, &call_id, out);
        }
        if self.reply == ReplyWanted::Data {
            encoding::bool::encode(4, &true, out);
        }
    }
}

/// Raw infrared for a transmitter entity, within bounds that no board is hurt by.
#[derive(Clone, Debug, PartialEq)]
pub struct InfraredTransmit(proto::InfraredTransmitRequest);

impl InfraredTransmit {
    /// A frame of `timings_us` (microseconds; marks positive, spaces negative, in turn), sent
    /// `repeat_count` times (0 and 1 are once) on a carrier of `carrier_hz` (0 is unmodulated).
    ///
    /// The device checks nothing of it, so the bounds are kept here: 1 to 1000 timings of 1 to
    /// 500,000 us each, at most 2 s on air.
    ///
    /// # Errors
    /// [`CallError::TimingCount`], [`CallError::Timing`] or [`CallError::AirTime`].
    pub fn new(
        entity: EntityId,
        carrier_hz: u32,
        repeat_count: u32,
        timings_us: Vec<i32>,
    ) -> Result<Self, CallError> {
        let count = timings_us.len();
        ensure!((1..=MAX_TIMINGS).contains(&count), TimingCountSnafu { count, limit: MAX_TIMINGS });
        let wrong = |(index, timing): &(usize, &i32)| {
            let mark = index % 2 == 0;
            let fits = (1..=MAX_TIMING_US).contains(&timing.unsigned_abs());
            (**timing > 0) != mark || !fits
        };
        if let Some((index, _)) = timings_us.iter().enumerate().find(wrong) {
            return TimingSnafu { index }.fail();
        }
        let once: u64 = timings_us.iter().map(|timing| u64::from(timing.unsigned_abs())).sum();
        let air_time_ms = once.saturating_mul(u64::from(repeat_count.max(1))) / 1_000;
        let limit_ms = MAX_AIR_TIME_MS;
        ensure!(air_time_ms <= limit_ms, AirTimeSnafu { air_time_ms, limit_ms });
        Ok(Self(proto::InfraredTransmitRequest {
            device_id: entity.device_id,
            key: entity.key,
            carrier_frequency: carrier_hz,
            repeat_count,
            timings: timings_us,
        }))
    }

    /// The transmitter.
    #[must_use]
    pub const fn entity(&self) -> EntityId {
        EntityId { device_id: self.0.device_id, key: self.0.key }
    }

    pub(crate) const fn request(&self) -> &proto::InfraredTransmitRequest {
        &self.0
    }
}

const MAX_TIMINGS: usize = 1_000;
const MAX_TIMING_US: u32 = 500_000;
const MAX_AIR_TIME_MS: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ActionDescription, ArgDescription, SupportsResponse};

    fn send(kinds: &[ArgKind], supports_response: SupportsResponse) -> ActionDescription {
        let argument = |&kind| ArgDescription { name: "x".into(), kind, optional: false };
        ActionDescription {
            name: "send".into(),
            key: 0x89ab_cdef,
            args: kinds.iter().map(argument).collect(),
            supports_response,
        }
    }

    fn payload(call: &ActionCall, call_id: u32) -> Vec<u8> {
        let mut out = Vec::new();
        call.encode_payload(call_id, &mut out);
        assert_eq!(out.len(), call.payload_size(call_id));
        out
    }

    #[test]
    fn a_call_is_the_golden_bytes() {
        let action = send(&[ArgKind::Int, ArgKind::Text, ArgKind::Ints], SupportsResponse::Status);
        let values =
            vec![ArgValue::Int(3), ArgValue::Text("5-1".into()), ArgValue::Ints(vec![1, -2])];
        let call = action.call(values).unwrap();
        let golden = b"\x0d\xef\xcd\xab\x89\x12\x02\x28\x06\x12\x05\x22\x03\x35\x2d\x31\x12\x04\
                       \x38\x02\x38\x03\x18\x07";
        assert_eq!(payload(&call, 7), golden);
    }

    #[test]
    fn a_call_id_is_sent_only_where_a_reply_comes_and_data_only_where_there_are_any() {
        let reads_back = |supports| {
            let call = send(&[], supports).call(Vec::new()).unwrap();
            let bytes = payload(&call, 9);
            proto::ExecuteServiceRequest::decode(&bytes[..]).unwrap()
        };
        let none = reads_back(SupportsResponse::None);
        assert_eq!((none.call_id, none.return_response), (0, false));
        let status = reads_back(SupportsResponse::Status);
        assert_eq!((status.call_id, status.return_response), (9, false));
        let data = reads_back(SupportsResponse::Only);
        assert_eq!((data.call_id, data.return_response), (9, true));
    }

    #[test]
    fn a_zero_argument_keeps_its_place() {
        let action = send(&[ArgKind::Int, ArgKind::Int], SupportsResponse::None);
        let call = action.call(vec![ArgValue::Int(0), ArgValue::Int(-1)]).unwrap();
        assert_eq!(payload(&call, 1)[5..], [0x12, 0x00, 0x12, 0x02, 0x28, 0x01]);
    }

    #[test]
    fn a_wrong_count_or_type_is_refused_here_because_the_device_would_not_say() {
        let action = send(&[ArgKind::Int], SupportsResponse::None);
        let count = action.call(Vec::new()).unwrap_err();
        assert!(matches!(count, CallError::ArgumentCount { expected: 1, given: 0, .. }));
        let kind = action.call(vec![ArgValue::Text("1".into())]).unwrap_err();
        assert!(matches!(kind, CallError::ArgumentType { expected: "int", .. }));
    }

    #[test]
    fn infrared_out_of_bounds_is_refused() {
        let entity = EntityId { device_id: 0, key: 1 };
        let frame = |repeats, timings| InfraredTransmit::new(entity, 38_000, repeats, timings);
        assert!(frame(1, vec![9_000, -4_500, 560]).is_ok());
        assert!(matches!(frame(1, vec![]), Err(CallError::TimingCount { count: 0, .. })));
        assert!(matches!(frame(1, vec![560, 560]), Err(CallError::Timing { index: 1 })));
        assert!(matches!(frame(1, vec![0]), Err(CallError::Timing { index: 0 })));
        assert!(matches!(frame(1, vec![i32::MIN]), Err(CallError::Timing { index: 0 })));
        let long = frame(5, vec![500_000]).unwrap_err();
        assert_eq!(long, CallError::AirTime { air_time_ms: 2_500, limit_ms: 2_000 });
    }
}
