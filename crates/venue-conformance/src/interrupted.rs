//! Keyed requests whose answer was cut off by the end of the service.

use venue_domain::{IdempotencyState, PreviousShutdown};

use crate::{
    Factory,
    given::{at, request},
    sides::*,
};

/// See its name.
pub async fn a_request_that_was_cut_off_stays_without_an_answer(
    factory: &impl Factory<Store: RequestKeys + WorkQueue>,
) {
    let store = factory.fresh().await;
    store.begin_request(request("ann", "f", 0)).await.unwrap();
    let store = factory.reopen(store).await;
    store.start(PreviousShutdown::Clean, at(10)).await.unwrap();
    assert_eq!(
        store.begin_request(request("ann", "f", 11)).await,
        Ok(IdempotencyState::Interrupted)
    );
    assert_eq!(
        store.begin_request(request("ann", "g", 12)).await,
        Ok(IdempotencyState::OtherRequest)
    );
}
