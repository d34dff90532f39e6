//! A batch that is made.

use venue_api::{BatchAccepted, BulkBody};
use venue_domain::BatchId;

use crate::{
    client::{Answer, Client},
    error::Failure,
    intent::Intent,
};

/// The batch gets its name here, so that it can be found whatever becomes of the answer.
pub(super) async fn create(
    client: &Client,
    id: &BatchId,
    body: &BulkBody,
) -> Result<Answer<BatchAccepted>, Failure> {
    let created = client.post("/api/v1/batches", body, Intent::Manages).await;
    created.map_err(|failure| {
        if failure.has_unknown_outcome() {
            Failure::Batch { batch: id.clone(), source: Box::new(failure) }
        } else {
            failure
        }
    })
}
