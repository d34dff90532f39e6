//! The wire types of the HTTP interface, shared by daemon and venuectl.
