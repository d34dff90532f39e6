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

fn work(id: &str, until_ms: Option<i64>) -> Maintenance {
    let (id, by) = (id.parse().unwrap(), Some("anna".to_owned()));
    Maintenance { id, reason: Some("new switch".to_owned()), by, since_ms: 0, until_ms }
}

fn edited(configuration: &mut Configuration, edit: Edit) -> Result<usize, EditError> {
    let changes = edit.decide(configuration, &Base::default())?;
    configuration.apply(&changes, configuration.revision + 1);
    Ok(changes.len())
}

fn put(venue: &mut Configuration, maintenance: Maintenance) -> Result<usize, EditError> {
    edited(venue, Edit::Maintain { maintenance, now: NOW })
}

fn of(venue: &Configuration, device: &str, now: WallTime) -> Option<String> {
    let registry = read(venue);
    registry.maintenance_of(&device.parse().unwrap(), now).map(|one| one.id.to_string())
}

#[test]
fn what_is_maintained_names_it() {
    for text in ["zone:bar", "device:ir-1", "device:ir.lan"] {
        assert_eq!(text.parse::<MaintenanceTarget>().unwrap().to_string(), text);
    }
    for text in ["bar", "zone:", "zone:Main Bar", "port:ir-1:2", "device:", ""] {
        let error = text.parse::<MaintenanceTarget>().unwrap_err();
        assert!(error.to_string().contains("device:ir-dc4516"), "{text}: {error}");
    }
}

#[test]
fn a_zone_takes_the_boards_that_serve_nothing_else_along_until_its_end() {
    let mut venue = venue();
    put(&mut venue, work("zone:bar", Some(2_000_000))).unwrap();
    assert_eq!(of(&venue, "ir-1", NOW).as_deref(), Some("zone:bar"));
    assert_eq!(of(&venue, "ir-2", NOW), None, "it serves others too");
    assert_eq!(of(&venue, "ir-1", at(2_000_000)), None, "it is over");
    let registry = read(&venue);
    let of_tv = |port: &str| registry.maintenance_at(&port.parse().unwrap(), NOW).is_some();
    assert!(of_tv("ir-1/1") && !of_tv("ir-2/1"));
    let bar = "zone:bar".parse().unwrap();
    let boards: Vec<_> = registry.maintained(&bar, NOW).map(ToString::to_string).collect();
    assert_eq!(boards, ["ir-1"]);
    put(&mut venue, work("device:ir-1", Some(3_000_000))).unwrap();
    assert_eq!(of(&venue, "ir-1", NOW).as_deref(), Some("device:ir-1"), "it ends later");
    put(&mut venue, work("zone:bar", None)).unwrap();
    assert_eq!(of(&venue, "ir-1", NOW).as_deref(), Some("zone:bar"), "it was begun anew");
}

#[test]
fn what_cannot_be_maintained_or_has_no_end_ahead_is_refused_by_field() {
    let mut venue = venue();
    for (one, field) in [
        (work("zone:baar", None), "id"),
        (work("device:ir-9", None), "id"),
        (work("zone:bar", Some(NOW.unix_ms())), "until"),
        (Maintenance { reason: Some(" ".to_owned()), ..work("zone:bar", None) }, "reason"),
    ] {
        let refused = put(&mut venue, one.clone()).unwrap_err();
        assert!(
            matches!(&refused, EditError::Shape { field: wrong, .. } if wrong == field),
            "{one:?}: {refused}"
        );
    }
    let end = |now| Edit::EndMaintenance { id: "zone:bar".parse().unwrap(), now };
    assert!(matches!(edited(&mut venue, end(NOW)), Err(EditError::NotMaintained { .. })));
    put(&mut venue, work("zone:bar", Some(2_000_000))).unwrap();
    assert!(matches!(edited(&mut venue, end(at(2_000_000))), Err(EditError::NotMaintained { .. })));
    assert_eq!(edited(&mut venue, end(NOW)), Ok(1));
    assert_eq!(of(&venue, "ir-1", NOW), None);
}

#[test]
fn what_is_over_goes_with_the_next_one_and_no_document_carries_it() {
    let mut venue = venue();
    put(&mut venue, work("zone:bar", Some(2_000_000))).unwrap();
    let later = Edit::Maintain { maintenance: work("device:ir-2", None), now: at(2_000_000) };
    assert_eq!(edited(&mut venue, later), Ok(2), "one goes, one comes");
    let document = Document::of(&read(&venue));
    let apply = Edit::Apply { document: Box::new(document), prune: true, expected: Expected::Any };
    assert_eq!(edited(&mut venue, apply), Ok(0));
    assert_eq!(of(&venue, "ir-2", NOW).as_deref(), Some("device:ir-2"));
}

#[test]
fn it_goes_with_its_device_or_zone_and_is_no_news_of_whoever_takes_the_name() {
    let mut venue = venue();
    put(&mut venue, work("device:ir-2", None)).unwrap();
    let remove =
        Edit::Remove { kind: Kind::Device, id: "ir-2".to_owned(), expected: Expected::Any };
    assert_eq!(edited(&mut venue, remove), Ok(3), "the device, its key, its maintenance");
    assert_eq!(read(&venue).maintenances(NOW).count(), 0);
    let zone = serde_json::json!({"id": "attic", "name": "Attic"});
    edited(&mut venue, Edit::Create { kind: Kind::Zone, value: zone }).unwrap();
    put(&mut venue, work("zone:attic", None)).unwrap();
    let lock = crate::Lock {
        id: "zone:attic".parse().unwrap(),
        reason: None,
        by: None,
        since_ms: 0,
        until_ms: None,
    };
    edited(&mut venue, Edit::Lock { lock, replace: false, now: NOW }).unwrap();
    let remove = Edit::Remove { kind: Kind::Zone, id: "attic".to_owned(), expected: Expected::Any };
    assert_eq!(edited(&mut venue, remove), Ok(3));
    let left = read(&venue);
    assert_eq!((left.maintenances(NOW).count(), left.locks(NOW).count()), (0, 0));
}
