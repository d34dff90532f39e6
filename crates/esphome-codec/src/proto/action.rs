//! Actions: their listing, their call, their reply.

/// One action of the device (id 41).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesServicesResponse {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its key.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its arguments, in order.
    #[prost(message, repeated, tag = "3")]
    pub args: Vec<ListEntitiesServicesArgument>,
    /// 0 none, 1 optional, 2 only, 100 status.
    #[prost(int32, tag = "4")]
    pub supports_response: i32,
    /// What it is for.
    #[prost(string, tag = "5")]
    pub description: String,
}

/// One argument of an action.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesServicesArgument {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// 0 bool, 1 int, 2 float, 3 string, 4 to 7 arrays of these.
    #[prost(int32, tag = "2")]
    pub r#type: i32,
    /// Whether it may be left empty.
    #[prost(bool, tag = "5")]
    pub optional: bool,
}

/// Calls an action (id 42).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ExecuteServiceRequest {
    /// The key of the action.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The arguments, by position.
    #[prost(message, repeated, tag = "2")]
    pub args: Vec<ExecuteServiceArgument>,
    /// Names the call for its reply; 0 asks for none.
    #[prost(uint32, tag = "3")]
    pub call_id: u32,
    /// Whether data is wanted with the reply.
    #[prost(bool, tag = "4")]
    pub return_response: bool,
}

/// One argument of a call: the field for its type is filled.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ExecuteServiceArgument {
    /// A truth value.
    #[prost(bool, tag = "1")]
    pub bool_: bool,
    /// A number, for API below 1.3.
    #[prost(int32, tag = "2")]
    pub legacy_int: i32,
    /// A float.
    #[prost(float, tag = "3")]
    pub float_: f32,
    /// A text.
    #[prost(string, tag = "4")]
    pub string_: String,
    /// A number.
    #[prost(sint32, tag = "5")]
    pub int_: i32,
    /// Truth values.
    #[prost(bool, repeated, packed = "false", tag = "6")]
    pub bool_array: Vec<bool>,
    /// Numbers.
    #[prost(sint32, repeated, packed = "false", tag = "7")]
    pub int_array: Vec<i32>,
    /// Floats.
    #[prost(float, repeated, packed = "false", tag = "8")]
    pub float_array: Vec<f32>,
    /// Texts.
    #[prost(string, repeated, tag = "9")]
    pub string_array: Vec<String>,
}

/// The reply to a call (id 131).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ExecuteServiceResponse {
    /// The call.
    #[prost(uint32, tag = "1")]
    pub call_id: u32,
    /// Whether the action succeeded.
    #[prost(bool, tag = "2")]
    pub success: bool,
    /// Why not.
    #[prost(string, tag = "3")]
    pub error_message: String,
    /// JSON.
    #[prost(bytes = "vec", tag = "4")]
    pub response_data: Vec<u8>,
}
