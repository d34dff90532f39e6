//! Who may do what: all of it.

use venue_auth::{Denied, Need, Principal, Rights, RightsError, Role, Targets, allows};

use crate::holder;

const BAR: &[Option<&str>] = &[Some("bar")];
const BAR_TWICE: &[Option<&str>] = &[Some("bar"), Some("bar")];
const LOBBY: &[Option<&str>] = &[Some("lobby")];
const BOTH: &[Option<&str>] = &[Some("bar"), Some("lobby")];
const NO_ZONE: &[Option<&str>] = &[None];
const BAR_AND_NONE: &[Option<&str>] = &[Some("bar"), None];
const OTHER_CASE: &[Option<&str>] = &[Some("Bar")];

/// What is aimed at, and whether that is within "bar".
const TARGETS: [(Targets<'_>, bool); 9] = [
    (Targets::Ports(BAR), true),
    (Targets::Ports(BAR_TWICE), true),
    (Targets::Ports(LOBBY), false),
    (Targets::Ports(BOTH), false),
    (Targets::Ports(NO_ZONE), false),
    (Targets::Ports(BAR_AND_NONE), false),
    (Targets::Ports(OTHER_CASE), false),
    (Targets::Ports(&[]), false),
    (Targets::Venue, false),
];

/// The table, written down a second time and by hand: viewer, operator, manager, admin.
const TABLE: [(Need, [bool; 4]); 10] = [
    (Need::Public, [true, true, true, true]),
    (Need::Read, [true, true, true, true]),
    (Need::CommandOne, [false, true, true, true]),
    (Need::CommandBulk, [false, true, true, true]),
    (Need::ManageQueue, [false, true, true, true]),
    (Need::Plan, [false, false, true, true]),
    (Need::People, [false, false, true, true]),
    (Need::Configure, [false, false, false, true]),
    (Need::Secrets, [false, false, false, true]),
    (Need::System, [false, false, false, true]),
];

#[test]
fn the_table_has_every_need_and_every_role() {
    assert_eq!(TABLE.map(|(need, _)| need), Need::ALL);
    assert_eq!(Role::ALL, [Role::Viewer, Role::Operator, Role::Manager, Role::Admin]);
    assert!(Role::ALL.is_sorted());
}

#[test]
fn in_the_whole_venue_the_role_alone_decides() {
    let everything = TARGETS.iter().map(|(targets, _)| *targets).chain([Targets::Nothing]);
    for targets in everything {
        for (need, allowed) in TABLE {
            for (role, allowed) in Role::ALL.into_iter().zip(allowed) {
                let found = allows(&holder(Rights::everywhere(role)), need, targets);
                assert_eq!(found.is_ok(), allowed, "{role} {need:?} {targets:?}");
                if let Err(denied) = found {
                    let Denied::Role { role: of, least } = denied else { panic!("{denied:?}") };
                    assert!(of == role && least > role, "{denied:?}");
                }
            }
        }
    }
}

#[test]
fn with_zones_the_role_decides_first_and_then_every_target_has_to_be_within() {
    for (role, column) in [(Role::Viewer, 0), (Role::Operator, 1)] {
        let limited = holder(Rights::in_zones(role, ["bar", "terrace"]).unwrap());
        for (need, allowed) in TABLE {
            for (targets, within) in TARGETS {
                let found = allows(&limited, need, targets);
                let case = format!("{role} {need:?} {targets:?}: {found:?}");
                if need == Need::Public {
                    assert_eq!(found, Ok(()), "{case}");
                } else if !allowed[column] {
                    assert!(matches!(found, Err(Denied::Role { .. })), "{case}");
                } else if within {
                    assert_eq!(found, Ok(()), "{case}");
                } else {
                    assert_eq!(found, Err(Denied::OutsideZones), "{case}");
                }
            }
            let nothing = allows(&limited, need, Targets::Nothing);
            let looks = matches!(need, Need::Public | Need::Read);
            assert_eq!(nothing.is_ok(), looks, "{role} {need:?}: {nothing:?}");
        }
    }
}

#[test]
fn nobody_may_only_ask_whether_the_daemon_lives_and_local_admins_may_everything() {
    let targets = TARGETS.iter().map(|(targets, _)| *targets).chain([Targets::Nothing]);
    for targets in targets {
        for need in Need::ALL {
            let denied = if need == Need::Public { Ok(()) } else { Err(Denied::Unauthenticated) };
            assert_eq!(allows(&Principal::Anonymous, need, targets), denied);
            for admin in [Principal::Open, Principal::LocalAdmin { uid: 0, gid: 0 }] {
                assert_eq!(allows(&admin, need, targets), Ok(()), "{admin:?}");
            }
        }
    }
}

#[test]
fn lists_are_cut_down_to_what_a_principal_covers() {
    let limited = holder(Rights::in_zones(Role::Viewer, ["bar"]).unwrap());
    let zones = [Some("bar"), Some("lobby"), None];
    assert_eq!(zones.map(|zone| limited.covers(zone)), [true, false, false]);
    assert_eq!(zones.map(|zone| Principal::Open.covers(zone)), [true; 3]);
    assert_eq!(zones.map(|zone| Principal::Anonymous.covers(zone)), [false; 3]);
}

#[test]
fn managers_and_admins_have_no_zones_and_an_empty_list_of_zones_is_no_limit_that_anybody_meant() {
    for role in [Role::Manager, Role::Admin] {
        assert_eq!(Rights::in_zones(role, ["bar"]), Err(RightsError::NotLimited), "{role}");
    }
    let none: [&str; 0] = [];
    assert_eq!(Rights::in_zones(Role::Operator, none), Err(RightsError::NoZones));
}

#[test]
fn the_name_of_an_actor_is_that_of_its_token() {
    assert_eq!(holder(Rights::everywhere(Role::Viewer)).name().as_deref(), Some("tablet"));
    let local = Principal::LocalAdmin { uid: 1000, gid: 7 };
    assert_eq!(local.name().as_deref(), Some("local:1000"));
    assert_eq!((Principal::Open.name(), Principal::Open.role()), (None, Some(Role::Admin)));
    assert_eq!((Principal::Anonymous.name(), Principal::Anonymous.role()), (None, None));
}
