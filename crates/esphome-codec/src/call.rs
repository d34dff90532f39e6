//! Requests that make a device do something.

use prost::{Message as _, encoding};

use crate::{
    ActionDescription, ArgKind, CallError, EntityId, Message, SupportsResponse,
    error::{ArgumentCountSnafu, ArgumentTypeSnafu},
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

/// A command to an entity that has no evidence of its own: a ping behind it shows that the device has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntityCommand {
    /// Presses a button (`ButtonCommandRequest`, id 62).
    PressButton(EntityId),
    /// Turns a switch on or off (`SwitchCommandRequest`, id 33).
    SetSwitch(EntityId, bool),
}

impl EntityCommand {
    /// The entity.
    #[must_use]
    pub const fn entity(&self) -> EntityId {
        match self {
            Self::PressButton(entity) | Self::SetSwitch(entity, _) => *entity,
        }
    }

    pub(crate) fn message(&self) -> Message {
        let EntityId { device_id, key } = self.entity();
        match self {
            Self::PressButton(_) => proto::ButtonCommandRequest { key, device_id }.into(),
            Self::SetSwitch(_, state) => {
                proto::SwitchCommandRequest { key, state: *state, device_id }.into()
            }
        }
    }
}

impl ActionDescription {
    /// A call of this action with `values`, one per argument and of its type.
    ///
    /// The device would silently ignore a wrong count and run a wrong type with 0 or an empty
    /// text, so both are refused here.
    ///
    /// # Errors
    /// [`CallError::ArgumentCount`] or [`CallError::ArgumentType`].
    pub fn call(&self, values: Vec<ArgValue>) -> Result<ActionCall, CallError> {
        let (expected, given) = (self.args.len(), values.len());
        if expected != given {
            return ArgumentCountSnafu { action: &self.name, expected, given }.fail();
        }
        if let Some((arg, _)) = self.args.iter().zip(&values).find(|(a, v)| a.kind != v.kind()) {
            let (action, argument) = (&self.name, &arg.name);
            return ArgumentTypeSnafu { action, argument, expected: arg.kind.name() }.fail();
        }
        let reply = match self.supports_response {
            SupportsResponse::None | SupportsResponse::Unrecognised(_) => ReplyWanted::No,
            SupportsResponse::Optional | SupportsResponse::Status => ReplyWanted::Status,
            SupportsResponse::Only => ReplyWanted::Data,
        };
        let args = values.into_iter().map(argument).collect();
        Ok(ActionCall::new(self.key, args, reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ActionDescription, ArgDescription, CallError, SupportsResponse};

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
    fn a_button_and_a_switch_are_commanded_with_their_sub_device() {
        let entity = EntityId { device_id: 3, key: 0x0102_0304 };
        let payload = |command: EntityCommand| {
            let (message, mut out) = (command.message(), Vec::new());
            message.encode_payload(&mut out);
            (message.id(), out)
        };
        let pressed = payload(EntityCommand::PressButton(entity));
        assert_eq!(pressed, (62, b"\x0d\x04\x03\x02\x01\x10\x03".to_vec()));
        let on = payload(EntityCommand::SetSwitch(entity, true));
        assert_eq!(on, (33, b"\x0d\x04\x03\x02\x01\x10\x01\x18\x03".to_vec()));
    }
}
