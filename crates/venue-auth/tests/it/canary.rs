//! The text of a token is nowhere but where it is asked for.

use venue_auth::{
    Access, AuthError, LimitConfig, Limits, Need, Principal, Rights, Role, Targets, TokenHash,
    TokenId, TokenName, TokenSet, TokenSnapshot, Tokens, allows,
};

use crate::{NOON, issue, present, start};

#[test]
fn nothing_prints_the_text_or_the_hash_of_a_token() {
    let rights = Rights::in_zones(Role::Operator, ["bar"]).unwrap();
    let (token, record) = issue(rights, None);
    let (secret, hash) = (token.reveal(), String::from(record.hash));
    let body = secret.strip_prefix("ven_").unwrap();
    let presented = present(&token);
    let tokens = Tokens::new(TokenSet::new([record.clone()]).unwrap());
    let principal = tokens.authenticate(&presented, NOON).unwrap();
    let now = start();
    let limits = Limits::new(LimitConfig::default(), now);
    let standing = limits.command(&principal, None, now);
    let snapshot = TokenSnapshot::of(&tokens.current());
    let denied = allows(&principal, Need::Secrets, Targets::Venue);
    // A token in the place of something else, too: what refuses it does not repeat it.
    let misplaced = (
        secret.parse::<TokenName>().unwrap_err(),
        secret.parse::<TokenId>().unwrap_err(),
        TokenHash::try_from(secret.to_owned()).unwrap_err(),
    );
    let printed = [
        format!("{token:?} {record:?} {presented:?} {tokens:?} {principal:?} {limits:?}"),
        format!("{token:#?} {record:#?} {presented:#?} {tokens:#?} {principal:#?} {limits:#?}"),
        format!(
            "{standing:?} {snapshot:?} {denied:?} {} {:?}",
            denied.unwrap_err(),
            Access::Tokens
        ),
        format!("{misplaced:?} {} {} {}", misplaced.0, misplaced.1, misplaced.2),
        format!("{:?} {}", principal.name(), record.id),
    ];
    for text in printed {
        assert!(!text.contains(body), "{text}");
        assert!(!text.contains(&hash), "{text}");
    }
    let stored = serde_json::to_string(&snapshot).unwrap();
    assert!(stored.contains(&hash) && !stored.contains(body), "{stored}");
}

#[test]
fn what_the_caller_reads_is_the_same_for_every_token_that_is_not_valid() {
    let (_token, record) = issue(Rights::everywhere(Role::Viewer), None);
    let id = record.id;
    let not_valid = [
        AuthError::Malformed,
        AuthError::Unknown,
        AuthError::Expired { id },
        AuthError::Revoked { id },
    ];
    for error in not_valid {
        assert_eq!(error.to_string(), "the token is not valid");
        assert!(error.is_guess());
    }
    assert!(AuthError::Missing.to_string().contains("Authorization: Bearer"));
    assert!(!AuthError::Missing.is_guess());
    let reasons = not_valid.map(|error| error.reason());
    assert_eq!(reasons, ["malformed", "unknown", "expired", "revoked"]);
    assert_eq!(Access::OpenLoopback.without_token(), Ok(Principal::Open));
}
