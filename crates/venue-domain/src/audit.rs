//! Who did what, from where, and what came of it.

use std::{future::Future, net::IpAddr};

use crate::{store_error::StoreError, time::Timestamp};

/// One request that did something, or was not allowed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it was answered.
    pub at: Timestamp,
    /// Who: the name of a token, `local:UID`, or nothing where everybody is let in.
    pub actor: Option<String>,
    /// As what: viewer, operator, manager or admin.
    pub role: Option<String>,
    /// From where; nothing for the unix socket.
    pub user_ip: Option<IpAddr>,
    /// How: `POST`.
    pub method: String,
    /// Where to: the path.
    pub path: String,
    /// What, in a few words: `channel 501 for port 2`. Never a secret.
    pub summary: Option<String>,
    /// What came of it, as HTTP says it.
    pub status: u16,
    /// The kind of problem, if it was one.
    pub code: Option<String>,
    /// Where what came of it is shown: its batch or command.
    pub location: Option<String>,
    /// The request's id, as in the log.
    pub request_id: String,
}

/// Which records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this actor only.
    pub actor: Option<String>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// Those before this one, where the page before ended.
    pub cursor: Option<i64>,
    /// How many at the most.
    pub limit: u32,
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The records, the newest first.
    pub records: Vec<AuditRecord>,
    /// Where the next page goes on; nothing if this is the last.
    pub next: Option<i64>,
}

/// Keeps the audit log: who did what.
pub trait AuditStore: Send + Sync {
    /// Adds records, in this order.
    fn note_audit(
        &self,
        records: Vec<AuditRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A page of the audit log.
    fn audit(
        &self,
        query: AuditQuery,
    ) -> impl Future<Output = Result<AuditPage, StoreError>> + Send;

    /// Forgets at most 500 records that are older than `before`; tells how many.
    fn prune_audit(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
