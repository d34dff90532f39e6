//! The `Authorization` header, and everything that is nearly one.

use proptest::prelude::*;
use venue_auth::{AuthError, Presented, Rights, Role, TokenSet, Tokens};

use crate::{NOON, issue};

fn read(value: &[u8]) -> Result<Presented, AuthError> {
    Presented::from_headers([value])
}

/// Whose it is, if it is read at all.
fn is_accepted(tokens: &Tokens, value: &[u8]) -> bool {
    read(value).and_then(|presented| tokens.authenticate(&presented, NOON)).is_ok()
}

fn one_token() -> (Tokens, String) {
    let (token, record) = issue(Rights::everywhere(Role::Admin), None);
    (Tokens::new(TokenSet::new([record]).unwrap()), token.reveal().to_owned())
}

#[test]
fn the_scheme_is_read_in_any_case_and_with_any_number_of_spaces_behind_it() {
    let (tokens, token) = one_token();
    for before in ["Bearer ", "bearer ", "BEARER ", "Bearer    "] {
        assert!(is_accepted(&tokens, format!("{before}{token}").as_bytes()), "{before:?}");
    }
}

#[test]
fn a_near_miss_is_no_token() {
    let (tokens, token) = one_token();
    let body = token.strip_prefix("ven_").unwrap();
    let (head, tail) = token.split_at(token.len() - 1);
    let misses = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        token.clone(),
        format!("Bearer{token}"),
        format!("Bearer\t{token}"),
        format!(" Bearer {token}"),
        format!("Bearer {token} "),
        format!("Bearer {token}="),
        format!("Bearer {token}A"),
        format!("Bearer {head}"),
        format!("Bearer {body}"),
        format!("Bearer VEN_{body}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token},Bearer {token}"),
        format!("Basic {token}"),
        format!("Bearer ven_{}", "!".repeat(43)),
        format!("Bearer ven_{}", "+".repeat(43)),
    ];
    for miss in misses {
        assert_eq!(read(miss.as_bytes()).unwrap_err(), AuthError::Malformed, "{miss:?}");
    }
    // Two of the six bits of the last character belong to nothing, and have to be zero.
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    for (value, digit) in digits.enumerate() {
        let twin = format!("Bearer {head}{digit}");
        assert_eq!(read(twin.as_bytes()).is_ok(), value % 4 == 0, "{twin:?}");
        assert_eq!(is_accepted(&tokens, twin.as_bytes()), tail.starts_with(digit), "{twin:?}");
    }
}

#[test]
fn no_header_is_missing_and_two_are_malformed_even_if_they_say_the_same() {
    let (_tokens, token) = one_token();
    let value = format!("Bearer {token}");
    let value = value.as_bytes();
    assert_eq!(Presented::from_headers([]).unwrap_err(), AuthError::Missing);
    assert_eq!(Presented::from_headers([value, value]).unwrap_err(), AuthError::Malformed);
    assert_eq!(read(b"Bearer ven_short").unwrap_err(), AuthError::Malformed);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_never_a_token(value in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(read(&value).is_err());
    }

    #[test]
    fn any_one_byte_changed_added_or_cut_is_a_miss(
        place in 7_usize..54,
        byte in any::<u8>(),
    ) {
        let (tokens, token) = one_token();
        let good = format!("Bearer {token}").into_bytes();
        prop_assert!(is_accepted(&tokens, &good));
        let mut changed = good.clone();
        changed[place] = byte;
        prop_assert_eq!(is_accepted(&tokens, &changed), changed == good);
        let mut longer = good.clone();
        longer.insert(place, byte);
        // One more space before the token is allowed.
        prop_assert_eq!(is_accepted(&tokens, &longer), place == 7 && byte == b' ');
        let mut shorter = good;
        shorter.remove(place);
        prop_assert!(!is_accepted(&tokens, &shorter));
    }

    #[test]
    fn every_token_that_is_made_is_read(_ in 0..64) {
        let (tokens, token) = one_token();
        prop_assert_eq!(token.len(), 47);
        let value = format!("Bearer {token}");
        prop_assert!(is_accepted(&tokens, value.as_bytes()));
    }
}
