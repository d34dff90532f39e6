//! What people know better than what was delivered.

use venue_domain::{AssumedStateChange, CORRECTION, Reason};

use crate::{
    Factory,
    given::{at, command, direct},
    sides::*,
};

/// See its name.
pub async fn the_assumed_state_is_corrected_and_the_next_delivery_is_newer(
    factory: &impl Factory<Store: AssumedStateStore + Queue>,
) {
    let store = factory.fresh().await;
    let sent = |name, instant| direct(command(name, "ir-1/2", instant), Reason::Delivered);
    store.record(vec![sent("power_on", 10)]).await.unwrap();
    let target = command("power_on", "ir-1/2", 10).target;
    let off = AssumedStateChange { power: Some(Some(false)), ..AssumedStateChange::default() };
    let said =
        store.correct(target.clone(), off.clone(), Some("ann".into()), at(90)).await.unwrap();
    assert_eq!((said.power, said.last_command.as_str()), (Some(false), CORRECTION));
    assert_eq!(said.corrected_by.as_deref(), Some("ann"));
    let other = command("power_on", "ir-2/1", 10).target;
    store.correct(other.clone(), off, None, at(91)).await.unwrap();
    let store = factory.reopen(store).await;
    let all = store.port_status(None).await.unwrap();
    assert_eq!(all.iter().map(|status| &status.port).collect::<Vec<_>>(), [&target, &other]);
    assert_eq!(all[0], said);
}

/// See its name.
pub async fn a_delivered_toggle_leads_from_what_is_known_to_the_opposite_once(
    factory: &impl Factory<Store: AssumedStateStore + Queue>,
) {
    let store = factory.fresh().await;
    let sent = |name, instant| direct(command(name, "ir-1/2", instant), Reason::Delivered);
    store.record(vec![sent("power", 5)]).await.unwrap();
    assert_eq!(store.port_status(None).await.unwrap()[0].power, None);
    store.record(vec![sent("power_on", 10)]).await.unwrap();
    let toggle = sent("power", 200);
    store.record(vec![toggle.clone()]).await.unwrap();
    assert_eq!(store.port_status(None).await.unwrap()[0].power, Some(false));
    // What is recorded again was pressed once.
    store.record(vec![toggle]).await.unwrap();
    let store = factory.reopen(store).await;
    assert_eq!(store.port_status(None).await.unwrap()[0].power, Some(false));
    store.record(vec![sent("volume_up", 900), sent("power", 500)]).await.unwrap();
    assert_eq!(store.port_status(None).await.unwrap()[0].power, None, "it is told late");
}
