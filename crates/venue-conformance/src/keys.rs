//! Keyed requests are carried out once.

use venue_domain::IdempotencyState;

use crate::{
    Factory,
    given::{answer, ended_request, request},
    sides::*,
};

/// See its name.
pub async fn a_repeated_request_gets_the_stored_answer(factory: &impl Factory<Store: RequestKeys>) {
    let store = factory.fresh().await;
    assert_eq!(store.begin_request(request("ann", "f", 0)).await, Ok(IdempotencyState::New));
    assert_eq!(store.begin_request(request("ann", "f", 1)).await, Ok(IdempotencyState::Running));
    store.end_request(ended_request(vec![])).await.unwrap();
    let store = factory.reopen(store).await;
    assert_eq!(
        store.begin_request(request("ann", "f", 2)).await,
        Ok(IdempotencyState::Answered(answer()))
    );
}

/// See its name.
pub async fn a_key_is_bound_to_its_caller_and_its_request(
    factory: &impl Factory<Store: RequestKeys>,
) {
    let store = factory.fresh().await;
    assert_eq!(store.begin_request(request("ann", "f", 0)).await, Ok(IdempotencyState::New));
    assert_eq!(store.begin_request(request("bob", "f", 1)).await, Ok(IdempotencyState::New));
    assert_eq!(
        store.begin_request(request("ann", "g", 2)).await,
        Ok(IdempotencyState::OtherRequest)
    );
    store.end_request(ended_request(vec![])).await.unwrap();
    assert_eq!(
        store.begin_request(request("ann", "g", 3)).await,
        Ok(IdempotencyState::OtherRequest)
    );
    assert_eq!(store.begin_request(request("bob", "f", 4)).await, Ok(IdempotencyState::Running));
}

/// See its name.
pub async fn a_request_of_which_nothing_was_done_may_come_again(
    factory: &impl Factory<Store: RequestKeys>,
) {
    let store = factory.fresh().await;
    store.begin_request(request("ann", "f", 0)).await.unwrap();
    store.forget_request("ann".into(), "k-1".into()).await.unwrap();
    assert_eq!(store.begin_request(request("ann", "f", 1)).await, Ok(IdempotencyState::New));
    store.end_request(ended_request(vec![])).await.unwrap();
    store.forget_request("ann".into(), "k-1".into()).await.unwrap();
    let stays = store.begin_request(request("ann", "f", 2)).await;
    assert_eq!(stays, Ok(IdempotencyState::Answered(answer())), "what was answered is remembered");
}

/// See its name.
pub async fn a_key_is_forgotten_when_it_is_old(factory: &impl Factory<Store: RequestKeys>) {
    let store = factory.fresh().await;
    let day = 24 * 60 * 60 * 1000;
    store.begin_request(request("ann", "f", 0)).await.unwrap();
    store.end_request(ended_request(vec![])).await.unwrap();
    let almost = store.begin_request(request("ann", "f", day - 1)).await;
    assert_eq!(almost, Ok(IdempotencyState::Answered(answer())));
    assert_eq!(store.begin_request(request("ann", "g", day)).await, Ok(IdempotencyState::New));
}

/// See its name.
pub async fn a_key_is_read_without_being_noted(factory: &impl Factory<Store: RequestKeys>) {
    let store = factory.fresh().await;
    assert_eq!(store.find_request(request("ann", "f", 0)).await, Ok(None));
    assert_eq!(
        store.begin_request(request("ann", "f", 1)).await,
        Ok(IdempotencyState::New),
        "not noted"
    );
    let own = store.find_request(request("ann", "f", 1)).await;
    assert_eq!(own, Ok(Some(IdempotencyState::New)), "whoever asks is the one who noted it");
    assert_eq!(
        store.find_request(request("ann", "f", 2)).await,
        Ok(Some(IdempotencyState::Running))
    );
    assert_eq!(
        store.find_request(request("ann", "g", 2)).await,
        Ok(Some(IdempotencyState::OtherRequest))
    );
    assert_eq!(store.find_request(request("bob", "f", 2)).await, Ok(None));
    store.end_request(ended_request(vec![])).await.unwrap();
    let store = factory.reopen(store).await;
    let known = store.find_request(request("ann", "f", 3)).await;
    assert_eq!(known, Ok(Some(IdempotencyState::Answered(answer()))));
    let day = 24 * 60 * 60 * 1000;
    assert_eq!(store.find_request(request("ann", "f", day + 1)).await, Ok(None));
}
