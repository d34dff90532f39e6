//! Keyed requests whose answers name direct commands.

use venue_domain::{Reason, Status};

use crate::{
    Factory,
    given::{command, direct, ended_request, request},
    sides::*,
};

/// See its name.
pub async fn an_answer_is_kept_with_the_commands_that_it_names(
    factory: &impl Factory<Store: RequestKeys + CommandQueue + QueueView>,
) {
    let store = factory.fresh().await;
    store.begin_request(request("ann", "f", 0)).await.unwrap();
    let pressed = direct(command("power", "ir-1/2", 1), Reason::Delivered);
    let ended = ended_request(vec![pressed.clone()]);
    store.end_request(ended.clone()).await.unwrap();
    let store = factory.reopen(store).await;
    let found = store.command(pressed.command.id).await.unwrap().expect("it was answered");
    assert_eq!((found.record.status, found.attempts.len()), (Status::Completed, 1));
    // What is recorded behind the answer as well is one command.
    store.record(vec![pressed.clone()]).await.unwrap();
    store.end_request(ended).await.unwrap();
    assert_eq!(store.command(pressed.command.id).await, Ok(Some(found)));
}
