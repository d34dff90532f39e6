//! A code that a person tries on an appliance.

/// A code that is sent once through a port, whatever drives the port, so that a person sees whether the
/// appliance reacts (docs/semantics.md, rule 1.17).
///
/// It is no part of what is stored of its action: the history tells the name, and nobody can send it again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TriedCode {
    /// The code, as the transport reads it.
    pub code: String,
    /// How often one press sends it; what its protocol needs unless given.
    pub sends: Option<u8>,
    /// The transmitter; that of the port unless given.
    pub emitter: Option<String>,
}
