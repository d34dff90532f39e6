//! What a request is for: whether its loss leaves something unknown.

/// Whether a request changes something: then its loss leaves the outcome unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Reads,
    /// It sends a command.
    Acts,
    /// It changes what the daemon has to do.
    Manages,
}

impl Intent {
    /// How a sentence about a lost answer begins.
    pub(crate) const fn doubt(self) -> &'static str {
        match self {
            Self::Reads => "",
            Self::Acts => "outcome unknown, the command may have been sent: ",
            Self::Manages => "outcome unknown, the daemon may have done it: ",
        }
    }
}
