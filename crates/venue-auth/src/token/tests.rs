use super::*;

#[test]
fn a_token_has_the_form_that_scanners_look_for_and_its_hash_is_that_of_its_text() {
    let token = NewToken::from_bits(Kind::Token, &[0; 32]);
    assert_eq!(token.reveal(), format!("ven_{}", "A".repeat(43)));
    // printf %s ven_AAA... | sha256sum
    let hash = String::from(token.hash());
    assert_eq!(hash, "0578d8dbb15b0347913567d54fa58f69554c8804a5f8e45c49feaee25d45e95f");
    assert_eq!(TokenHash::try_from(hash), Ok(token.hash()));
}

#[test]
fn what_is_not_exactly_a_hash_is_refused_without_being_repeated() {
    let good = String::from(NewToken::from_bits(Kind::Token, &[7; 32]).hash());
    let cut = good.get(1..).map(str::to_owned);
    for wrong in [cut, Some(format!("{good}0")), Some(good.to_uppercase()), Some("ven_x".into())] {
        let wrong = wrong.unwrap();
        let error = TokenHash::try_from(wrong.clone()).unwrap_err();
        assert!(!error.to_string().contains(&wrong));
    }
}

#[test]
fn hashes_are_equal_only_if_every_bit_is() {
    let hash = NewToken::from_bits(Kind::Token, &[7; 32]).hash();
    for bit in 0..256 {
        let mut other = hash;
        other.0[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(hash, other);
    }
    assert_eq!(hash, NewToken::from_bits(Kind::Token, &[7; 32]).hash());
}

/// How long a comparison takes cannot be tested reliably; that it is the one which takes equally
/// long can: there is no other way to compare, as the bytes are private and nothing derives it.
#[test]
fn hashes_are_compared_in_constant_time_and_in_no_other_way() {
    let source = include_str!("../token.rs");
    for derive in source.lines().filter(|line| line.starts_with("#[derive(")) {
        let compares = derive.contains("PartialEq") || derive.contains("Ord");
        assert!(!compares || derive.contains("Snafu"), "{derive}");
    }
    assert_eq!(source.matches("self.0.ct_eq(&other.0).into()").count(), 1);
    assert!(source.contains("pub struct TokenHash([u8; 32]);"));
}
