//! What has outlived its life ends, and is never sent.

use venue_domain::{Expired, Reason, StoreError, Timestamp};

use crate::txn::{End, WriteTxn};

/// So many rows end in one step at most, so that nobody waits long behind it.
const SLICE: usize = 500;

/// Ends waiting commands whose life was over at `now`.
pub(crate) fn expire(txn: &mut WriteTxn<'_>, now: Timestamp) -> Result<Expired, StoreError> {
    for id in txn.queue.overdue(now, SLICE) {
        let summary = txn.summary(id)?;
        txn.finish(&summary, &End::plain(Reason::Expired), now)?;
    }
    let next_expiry = txn.queue.next_expiry();
    Ok(Expired { next_expiry, ended_commands: txn.ended_commands(now)? })
}
