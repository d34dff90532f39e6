//! The audit log is kept, in pages, until it is old.

use venue_domain::{AuditQuery, AuditRecord};

use crate::{Factory, given::at, sides::*};

fn record(ms: i64, actor: Option<&str>) -> AuditRecord {
    AuditRecord {
        at: at(ms),
        actor: actor.map(str::to_owned),
        role: Some("admin".to_owned()),
        user_ip: actor.and_then(|_| "192.0.2.7".parse().ok()),
        method: "POST".to_owned(),
        path: "/ir-1/command".to_owned(),
        summary: Some("power_on for port 2".to_owned()),
        status: 200,
        code: None,
        location: Some("/api/v1/commands/7".to_owned()),
        request_id: format!("r-{ms}"),
    }
}

/// See its name.
pub async fn the_trail_comes_in_pages_the_newest_first(factory: &impl Factory<Store: AuditStore>) {
    let store = factory.fresh().await;
    let all: Vec<AuditRecord> =
        (0..5).map(|ms| record(ms, Some(["ann", "bob"][ms as usize % 2]))).collect();
    store.note_audit(all.clone()).await.unwrap();
    let store = factory.reopen(store).await;
    let query = AuditQuery { limit: 2, ..AuditQuery::default() };
    let first = store.audit(query.clone()).await.unwrap();
    assert_eq!(first.records, [all[4].clone(), all[3].clone()]);
    let second = store.audit(AuditQuery { cursor: first.next, ..query.clone() }).await.unwrap();
    let third = store.audit(AuditQuery { cursor: second.next, ..query.clone() }).await.unwrap();
    assert_eq!((third.records, third.next), (vec![all[0].clone()], None));
    let of_bob = AuditQuery { actor: Some("bob".to_owned()), limit: 9, ..query.clone() };
    let of_bob = store.audit(of_bob).await.unwrap().records;
    assert_eq!(of_bob, [all[3].clone(), all[1].clone()]);
    let within = AuditQuery { since: Some(at(1)), until: Some(at(3)), limit: 9, ..query };
    let within = store.audit(within).await.unwrap().records;
    assert_eq!(within, [all[2].clone(), all[1].clone()]);
}

/// See its name.
pub async fn what_is_old_leaves_the_trail_in_slices(factory: &impl Factory<Store: AuditStore>) {
    let store = factory.fresh().await;
    store.note_audit((0..700).map(|ms| record(ms, None)).collect()).await.unwrap();
    assert_eq!(store.prune_audit(at(600)).await, Ok(500));
    assert_eq!(store.prune_audit(at(600)).await, Ok(100));
    assert_eq!(store.prune_audit(at(600)).await, Ok(0));
    let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
    assert_eq!(store.audit(query).await.unwrap().records.len(), 100);
}
