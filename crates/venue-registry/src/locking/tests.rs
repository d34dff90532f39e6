use venue_domain::Configuration;

use super::*;
use crate::{
    Base, Document, Edit, Expected, Kind,
    registry::tests::{read, venue},
};

const NOW: WallTime = WallTime::from_unix_ms(1_000_000);

fn at(ms: i64) -> WallTime {
    WallTime::from_unix_ms(ms)
}

fn lock(id: &str, until_ms: Option<i64>) -> Lock {
    let (id, by) = (id.parse().unwrap(), Some("anna".to_owned()));
    Lock { id, reason: Some("private party".to_owned()), by, since_ms: NOW.unix_ms(), until_ms }
}

fn edited(configuration: &mut Configuration, edit: Edit) -> Result<usize, EditError> {
    let changes = edit.decide(configuration, &Base::default())?;
    configuration.apply(&changes, configuration.revision + 1);
    Ok(changes.len())
}

fn put(configuration: &mut Configuration, lock: Lock, now: WallTime) -> Result<usize, EditError> {
    edited(configuration, Edit::Lock { lock, replace: false, now })
}

fn locked(configuration: &Configuration, port: &str, now: WallTime) -> Option<String> {
    let registry = read(configuration);
    registry.lock_of(&port.parse().unwrap(), now).map(|lock| lock.id.to_string())
}

#[test]
fn a_lock_holds_for_its_tv_or_all_of_its_zone_until_its_end() {
    let mut venue = venue();
    put(&mut venue, lock("zone:bar", Some(2_000_000)), NOW).unwrap();
    put(&mut venue, lock("port:ir-2:1", None), NOW).unwrap();
    for (port, holds) in [("ir-1/1", true), ("ir-1/3", true), ("ir-2/1", true), ("ir-2/5", false)] {
        assert_eq!(locked(&venue, port, NOW).is_some(), holds, "{port}");
    }
    assert_eq!(locked(&venue, "ir-1/1", at(1_999_999)).as_deref(), Some("zone:bar"));
    assert_eq!(locked(&venue, "ir-1/1", at(2_000_000)), None, "it has ended");
    assert!(locked(&venue, "ir-2/1", at(i64::MAX)).is_some(), "this one has no end");
    let registry = read(&venue);
    let bar: LockTarget = "zone:bar".parse().unwrap();
    let ports: Vec<_> = registry.locked_ports(&bar).map(|port| port.to_string()).collect();
    assert_eq!(ports, ["ir-1/1", "ir-1/2", "ir-1/3"]);
}

#[test]
fn of_the_locks_of_a_tv_and_its_zone_the_one_that_ends_last_is_told() {
    let mut venue = venue();
    put(&mut venue, lock("zone:bar", Some(2_000_000)), NOW).unwrap();
    put(&mut venue, lock("port:ir-1:1", Some(3_000_000)), NOW).unwrap();
    assert_eq!(locked(&venue, "ir-1/1", NOW).as_deref(), Some("port:ir-1:1"));
    let replaced = Edit::Lock { lock: lock("zone:bar", None), replace: true, now: NOW };
    edited(&mut venue, replaced).unwrap();
    assert_eq!(locked(&venue, "ir-1/1", NOW).as_deref(), Some("zone:bar"), "it was replaced");
    assert_eq!(read(&venue).locks(NOW).count(), 2);
}

#[test]
fn a_lock_that_holds_is_replaced_only_where_that_is_said() {
    let mut venue = venue();
    put(&mut venue, lock("zone:bar", Some(2_000_000)), NOW).unwrap();
    let other = Lock { by: Some("ben".to_owned()), ..lock("zone:bar", None) };
    let refused = put(&mut venue, other.clone(), at(1_999_999)).unwrap_err();
    let words = "zone:bar is already locked by anna until 1970-01-01T00:33:20Z (private party): say replace to lock it \
                 otherwise";
    assert_eq!(refused.to_string(), words);
    let again = Lock { since_ms: 1_500_000, ..lock("zone:bar", Some(2_000_000)) };
    put(&mut venue, again, NOW).unwrap();
    assert!(put(&mut venue, other, at(2_000_000)).is_ok(), "that one has ended");
}

#[test]
fn what_has_ended_is_as_if_it_were_not_there_and_goes_with_the_next_lock() {
    let mut venue = venue();
    put(&mut venue, lock("zone:bar", Some(2_000_000)), NOW).unwrap();
    let later = at(2_000_000);
    assert_eq!(read(&venue).locks(later).count(), 0);
    let unlock = |id: &str| Edit::Unlock { id: id.parse().unwrap(), now: later };
    let error = edited(&mut venue, unlock("zone:bar")).unwrap_err();
    assert_eq!(error, EditError::NotLocked { id: "zone:bar".to_owned() });
    assert_eq!(put(&mut venue, lock("zone:patio", None), later), Ok(2), "one is put, one goes");
    assert_eq!(venue.items.iter().filter(|item| item.kind == ItemKind::Lock).count(), 1);
    assert_eq!(edited(&mut venue, unlock("zone:patio")), Ok(1));
    assert_eq!(locked(&venue, "ir-2/1", later), None);
}

#[test]
fn what_cannot_be_locked_is_refused_with_its_field() {
    let nameless = Lock { reason: Some("\u{7}".to_owned()), ..lock("zone:bar", None) };
    for (lock, field) in [
        (lock("zone:cellar", None), "id"),
        (lock("port:ir-1:5", None), "id"),
        (lock("zone:bar", Some(NOW.unix_ms())), "until"),
        (nameless, "reason"),
    ] {
        let error = put(&mut venue(), lock, NOW).unwrap_err();
        let EditError::Shape { field: found, .. } = &error else { panic!("{error}") };
        assert_eq!(found, field);
    }
}

#[test]
fn a_document_neither_carries_a_lock_nor_takes_one_away() {
    let mut venue = venue();
    let document = Document::of(&read(&venue));
    put(&mut venue, lock("zone:bar", None), NOW).unwrap();
    assert_eq!(Document::of(&read(&venue)), document);
    let (document, expected) = (Box::new(document), Expected::Any);
    assert_eq!(edited(&mut venue, Edit::Apply { document, prune: true, expected }), Ok(0));
    assert!(locked(&venue, "ir-1/1", NOW).is_some());
    // What a lock is for may go; the lock is of nothing then, and in nobody's way.
    let (kind, id, expected) = (Kind::Device, "ir-2".to_owned(), Expected::Any);
    put(&mut venue, lock("port:ir-2:1", None), NOW).unwrap();
    edited(&mut venue, Edit::Remove { kind, id, expected }).unwrap();
    assert_eq!(locked(&venue, "ir-2/1", NOW).as_deref(), Some("port:ir-2:1"));
}
