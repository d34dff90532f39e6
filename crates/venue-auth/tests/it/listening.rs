//! Where the daemon may listen, and who comes over the unix socket.

use venue_auth::{
    Access, AuthError, ListenError, LocalAdmins, NotLocalAdmin, PeerCredentials, Principal, access,
};

const LOOPBACK: [&str; 4] =
    ["127.0.0.1:8080", "127.9.9.9:80", "[::1]:8080", "[::ffff:127.0.0.1]:80"];
const LAN: [&str; 9] = [
    "0.0.0.0:80",
    "[::]:80",
    "10.1.2.3:80",
    "172.16.0.1:80",
    "192.168.1.9:80",
    "169.254.7.7:80",
    "100.64.0.1:80",
    "[fd12::1]:80",
    "[fe80::1]:80",
];
const INTERNET: [&str; 5] =
    ["8.8.8.8:80", "172.32.0.1:80", "100.128.0.1:80", "[2606:4700::1]:80", "[::ffff:8.8.8.8]:80"];

#[test]
fn the_table_of_addresses_tokens_and_the_insecure_choice_is_this_one() {
    for insecure in [false, true] {
        for address in LOOPBACK.iter().chain(&LAN).chain(&INTERNET) {
            let listen = address.parse().unwrap();
            assert_eq!(access(listen, true, insecure), Ok(Access::Tokens), "{address}");
        }
        for address in LOOPBACK {
            let listen = address.parse().unwrap();
            assert_eq!(access(listen, false, insecure), Ok(Access::OpenLoopback), "{address}");
        }
    }
    for address in LAN.iter().chain(&INTERNET) {
        let listen = address.parse().unwrap();
        assert_eq!(access(listen, false, false), Err(ListenError::Unprotected { listen }));
    }
    for address in LAN {
        assert_eq!(access(address.parse().unwrap(), false, true), Ok(Access::OpenLan), "{address}");
    }
    for address in INTERNET {
        let listen = address.parse().unwrap();
        assert_eq!(access(listen, false, true), Err(ListenError::Internet { listen }));
    }
}

#[test]
fn a_refusal_names_the_key_and_what_would_be_right() {
    for (address, insecure) in [("192.168.1.9:80", false), ("8.8.8.8:80", true)] {
        let error = access(address.parse().unwrap(), false, insecure).unwrap_err().to_string();
        for word in ["http.listen", address, "http.allow_insecure_lan", "http.require_tokens"] {
            assert!(error.contains(word), "{error}");
        }
    }
}

#[test]
fn without_a_token_somebody_is_admin_only_where_no_tokens_are_configured() {
    assert_eq!(Access::Tokens.without_token(), Err(AuthError::Missing));
    assert_eq!(Access::OpenLoopback.without_token(), Ok(Principal::Open));
    assert_eq!(Access::OpenLan.without_token(), Ok(Principal::Open));
}

#[test]
fn root_the_daemons_user_and_the_admin_group_administer_and_nobody_else_does() {
    let peer = |uid, gid, groups: &[u32]| PeerCredentials { uid, gid, groups: groups.to_vec() };
    let admins = LocalAdmins { own_uid: 990, group: Some(991) };
    for peer in [peer(0, 0, &[]), peer(990, 1, &[]), peer(1000, 991, &[]), peer(1000, 7, &[3, 991])]
    {
        let PeerCredentials { uid, gid, .. } = peer;
        assert_eq!(admins.admit(&peer), Ok(Principal::LocalAdmin { uid, gid }));
    }
    let refused = NotLocalAdmin { uid: 1000, group: Some(991) };
    assert!(refused.to_string().contains("the group 991"), "{refused}");
    assert_eq!(admins.admit(&peer(1000, 0, &[0, 990])), Err(refused));
    let alone = LocalAdmins { group: None, ..admins };
    let refused = NotLocalAdmin { uid: 1000, group: None };
    assert_eq!(alone.admit(&peer(1000, 991, &[991])), Err(refused));
}
