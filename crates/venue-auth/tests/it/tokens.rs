//! Whose a token is, from when until when.

use std::time::Duration;

use venue_auth::{
    AuthError, IssueError, Principal, Rights, Role, TokenName, TokenRecord, TokenSet,
    TokenSetError, Tokens,
};
use venue_domain::Timestamp;

use crate::{NOON, issue, present};

const MS: Duration = Duration::from_millis(1);

fn viewer() -> Rights {
    Rights::everywhere(Role::Viewer)
}

fn set(records: impl IntoIterator<Item = TokenRecord>) -> TokenSet {
    TokenSet::new(records).unwrap()
}

#[test]
fn a_token_is_recognised_as_what_was_issued_and_another_one_is_unknown() {
    let rights = Rights::in_zones(Role::Operator, ["bar"]).unwrap();
    let (token, record) = issue(rights.clone(), None);
    let (stranger, _) = issue(viewer(), None);
    let tokens = Tokens::new(set([record.clone(), issue(viewer(), None).1]));
    let found = tokens.authenticate(&present(&token), NOON).unwrap();
    let Principal::Token(holder) = found else { panic!("{found:?}") };
    assert_eq!((holder.id, &holder.name, &holder.rights), (record.id, &record.name, &rights));
    let unknown = tokens.authenticate(&present(&stranger), NOON);
    assert_eq!(unknown, Err(AuthError::Unknown));
    let nobody = Tokens::default().authenticate(&present(&token), NOON);
    assert_eq!(nobody, Err(AuthError::Unknown));
    let unread = Tokens::new(TokenSet::unread());
    assert_eq!(unread.authenticate(&present(&token), NOON), Err(AuthError::Unread));
    assert!(!unread.current().is_empty(), "there may be some");
}

#[test]
fn a_token_is_valid_until_the_millisecond_before_it_expires() {
    let end = NOON.plus(Duration::from_secs(60));
    let (token, record) = issue(viewer(), Some(end));
    let id = record.id;
    let tokens = Tokens::new(set([record]));
    let at = |now| tokens.authenticate(&present(&token), now).map(|_| ());
    assert_eq!(at(end.minus(MS)), Ok(()));
    assert_eq!(at(end), Err(AuthError::Expired { id }));
    assert_eq!(at(Timestamp::from_unix_ms(i64::MAX)), Err(AuthError::Expired { id }));
}

#[test]
fn a_revoked_token_stays_dead_also_where_the_clock_was_set_back_or_it_expired_as_well() {
    let (token, record) = issue(viewer(), Some(NOON.plus(MS)));
    let id = record.id;
    let tokens = Tokens::new(set([TokenRecord { revoked_at: Some(NOON), ..record }]));
    for now in [NOON.minus(Duration::from_secs(1)), NOON, NOON.plus(MS)] {
        let found = tokens.authenticate(&present(&token), now);
        assert_eq!(found, Err(AuthError::Revoked { id }));
    }
}

#[test]
fn a_change_of_the_set_is_in_force_at_once_and_forgets_no_use() {
    let ((first, one), (_second, two)) = (issue(viewer(), None), issue(viewer(), None));
    let tokens = Tokens::new(set([one.clone(), two.clone()]));
    let before = tokens.current();
    tokens.authenticate(&present(&first), NOON).unwrap();
    let last_used = |id| {
        let records = tokens.current().records();
        records.into_iter().find(|record| record.id == id).unwrap().last_used
    };
    assert_eq!((last_used(one.id), last_used(two.id)), (Some(NOON), None));

    let revoked = TokenRecord { revoked_at: Some(NOON), ..one.clone() };
    tokens.replace(set([revoked, two]));
    let found = tokens.authenticate(&present(&first), NOON.plus(MS));
    assert_eq!(found, Err(AuthError::Revoked { id: one.id }));
    assert_eq!(last_used(one.id), Some(NOON), "kept, and the refused try is no use");
    assert!(before.records().iter().all(|record| record.revoked_at.is_none()), "it changed");
}

#[test]
fn the_last_use_never_goes_back() {
    let (token, record) = issue(viewer(), None);
    let stored = TokenRecord { last_used: Some(NOON), ..record };
    let tokens = Tokens::new(set([stored.clone()]));
    tokens.authenticate(&present(&token), NOON.minus(MS)).unwrap();
    assert_eq!(tokens.current().records(), std::slice::from_ref(&stored));
    let later = TokenRecord { last_used: Some(NOON.plus(MS)), ..stored };
    tokens.replace(set([later.clone()]));
    assert_eq!(tokens.current().records(), [later]);
}

#[test]
fn a_set_with_two_of_one_id_or_one_hash_is_refused() {
    let ((_, one), (_, two)) = (issue(viewer(), None), issue(viewer(), None));
    let same_id = TokenRecord { id: one.id, ..two.clone() };
    let same_hash = TokenRecord { hash: one.hash, ..two.clone() };
    let refused = |second| TokenSet::new([one.clone(), second]).unwrap_err();
    assert_eq!(refused(same_id), TokenSetError::DuplicateId { id: one.id });
    assert_eq!(refused(same_hash), TokenSetError::DuplicateHash { id: two.id });
}

#[test]
fn to_revoke_the_last_token_does_not_look_like_a_venue_without_authentication() {
    let (_, record) = issue(viewer(), None);
    assert!(!set([TokenRecord { revoked_at: Some(NOON), ..record }]).is_empty());
    assert!(set([]).is_empty());
}

#[test]
fn no_token_is_made_that_is_expired_from_the_start_or_has_no_name_to_show() {
    let name: TokenName = "tablet".parse().unwrap();
    let issued = TokenRecord::issue(name, viewer(), Some(NOON), NOON);
    assert_eq!(issued.unwrap_err(), IssueError::AlreadyExpired);
    let long = "x".repeat(65);
    for wrong in ["", "a\nb", "ven_abc", " ven_abc", long.as_str()] {
        assert!(wrong.parse::<TokenName>().is_err(), "{wrong:?}");
    }
    assert!("Küche 2".parse::<TokenName>().is_ok());
}
