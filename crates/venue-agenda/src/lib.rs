//! The schedules of a venue: what is stored of them, how they are edited, and what is due.
//!
//! Everything here is a value or a rule over values. An [`Agenda`] is read from the items that a store
//! keeps; an [`AgendaEdit`] says which items have to change; [`Agenda::due`] says what a service has to
//! do now, and when it has to look again.

mod agenda;
mod definition;
mod document;
mod due;
mod edit;

pub use agenda::{Agenda, Entry};
pub use definition::Definition;
pub use document::{VenueDocument, VenueDocumentError};
pub use due::{Due, Told};
pub use edit::{AgendaEdit, AgendaError};
