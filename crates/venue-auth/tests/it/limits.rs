//! Limits, in virtual time.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use venue_auth::{
    AuthError, Exceeded, LimitConfig, LimitName, Limits, Presented, Principal, Rights, Role,
    Standing,
};

use crate::{holder, start, text};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Limits with a clock that is moved by hand.
struct Venue {
    limits: Limits,
    now: Instant,
}

impl Venue {
    fn new(config: LimitConfig) -> Self {
        let now = start();
        Self { limits: Limits::new(config, now), now }
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }

    fn command(&self, who: &Principal) -> Result<Standing, Exceeded> {
        self.limits.command(who, Some(HERE), self.now)
    }

    fn bulk(&self, who: &Principal) -> Result<Standing, Exceeded> {
        self.limits.bulk(who, Some(HERE), self.now)
    }

    /// Somebody at `address` fails with a text that nobody tried before.
    fn fail(&self, address: IpAddr) {
        self.fail_with(address, &text());
    }

    fn fail_with(&self, address: IpAddr, text: &Presented) {
        self.limits.failed(address, Some(text), &AuthError::Unknown, self.now);
    }

    /// With a text that nobody tried before.
    fn may_authenticate(&self, address: IpAddr) -> Result<(), Exceeded> {
        self.may_with(address, &text())
    }

    fn may_with(&self, address: IpAddr, text: &Presented) -> Result<(), Exceeded> {
        self.limits.may_authenticate(address, Some(text), self.now)
    }
}

fn usual() -> Venue {
    Venue::new(LimitConfig::default())
}

fn operator() -> Principal {
    holder(Rights::everywhere(Role::Operator))
}

#[test]
fn a_hundred_commands_pass_and_each_is_back_a_minute_after_it_was_used() {
    let (mut venue, tablet) = (usual(), operator());
    for remaining in (0..100).rev() {
        assert_eq!(venue.command(&tablet).unwrap().remaining, remaining);
        venue.pass(100);
    }
    // The first was used 10 s ago.
    let refused = venue.command(&tablet).unwrap_err();
    assert_eq!(refused.retry_after, Duration::from_secs(50));
    venue.pass(49_999);
    let refused = venue.command(&tablet).unwrap_err();
    assert_eq!(refused.retry_after, Duration::from_millis(1));
    venue.pass(1);
    assert_eq!(venue.command(&tablet).unwrap().remaining, 0);
    assert_eq!(venue.command(&tablet).unwrap_err().retry_after, Duration::from_millis(100));
    venue.pass(60_000);
    assert_eq!(venue.command(&tablet).unwrap().remaining, 99);
}

#[test]
fn ten_bulk_requests_pass_in_any_minute_and_commands_are_counted_apart() {
    let (mut venue, tablet) = (usual(), operator());
    // One each 3 s: 19 of 20 came through within a minute while the allowance refilled evenly.
    let passed = (0..20).filter(|_| {
        let passed = venue.bulk(&tablet).is_ok();
        venue.pass(3_000);
        passed
    });
    assert_eq!(passed.count(), 10);
    assert_eq!(venue.command(&tablet).unwrap().remaining, 99);
    assert_eq!(venue.bulk(&tablet).unwrap().remaining, 0, "the first was a minute ago");
}

#[test]
fn steps_of_one_selection_count_once_while_they_follow_within_two_seconds() {
    let (mut venue, tablet) = (usual(), operator());
    let step = |venue: &Venue, selection| {
        venue.limits.step(&tablet, Some(HERE), selection, venue.now).map(|standing| standing.name)
    };
    assert_eq!(step(&venue, 1), Ok(LimitName::Bulk));
    for _ in 0..30 {
        venue.pass(2_000);
        assert_eq!(step(&venue, 1), Ok(LimitName::Commands));
    }
    // A pause, or another selection, begins another operation; a step is not a way round the limit.
    venue.pass(2_001);
    assert_eq!(step(&venue, 1), Ok(LimitName::Bulk));
    assert_eq!(step(&venue, 2), Ok(LimitName::Bulk));
    assert_eq!(step(&venue, 1), Ok(LimitName::Bulk));
    for selection in 3..10 {
        assert_eq!(step(&venue, selection), Ok(LimitName::Bulk), "{selection}");
    }
    assert_eq!(step(&venue, 10).unwrap_err().standing.name, LimitName::Bulk);
    assert!(venue.bulk(&tablet).is_err());
}

#[test]
fn a_flood_of_steps_is_stopped_by_the_limit_of_commands() {
    let (venue, tablet) = (usual(), operator());
    let step = || venue.limits.step(&tablet, Some(HERE), 7, venue.now);
    assert_eq!((0..1_000).filter(|_| step().is_ok()).count(), 1 + 100);
    assert_eq!(step().unwrap_err().standing.name, LimitName::Commands);
}

#[test]
fn what_is_refused_takes_nothing() {
    let (mut venue, tablet) = (usual(), operator());
    while venue.bulk(&tablet).is_ok() {}
    for _ in 0..1000 {
        venue.bulk(&tablet).unwrap_err();
    }
    venue.pass(60_000);
    venue.bulk(&tablet).unwrap();
}

#[test]
fn an_answer_carries_what_the_header_fields_need() {
    let (mut venue, tablet) = (usual(), operator());
    let first = venue.command(&tablet).unwrap();
    let expected = Standing {
        name: LimitName::Commands,
        limit: 100,
        window: Duration::from_secs(60),
        remaining: 99,
        reset: Duration::from_secs(60),
    };
    assert_eq!(first, expected);
    assert_eq!(first.reset_seconds(), 60);
    while venue.command(&tablet).is_ok() {}
    venue.pass(100);
    let refused = venue.command(&tablet).unwrap_err();
    assert_eq!(refused.retry_after_seconds(), 60);
    let reset = Duration::from_millis(59_900);
    assert_eq!(refused.standing, Standing { remaining: 0, reset, ..expected });
    assert_eq!(refused.standing.reset_seconds(), 60);
    assert_eq!(refused.to_string(), "no more than 100 commands a minute: try again in 60 s");
}

#[test]
fn every_actor_has_its_own_and_addresses_count_only_where_nobody_signs_in() {
    let venue = usual();
    let local = |uid| Principal::LocalAdmin { uid, gid: 0 };
    let actors = [operator(), operator(), local(0), local(1000), Principal::Open];
    for actor in &actors {
        while venue.bulk(actor).is_ok() {}
    }
    let elsewhere = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8)));
    for actor in &actors {
        let moved = venue.limits.bulk(actor, elsewhere, venue.now);
        assert_eq!(moved.is_ok(), *actor == Principal::Open, "{actor:?}");
    }
}

#[test]
fn the_tenth_failure_closes_the_door_for_its_address_alone_until_a_minute_later() {
    let mut venue = usual();
    for _ in 0..10 {
        venue.may_authenticate(HERE).unwrap();
        venue.fail(HERE);
    }
    let refused = venue.may_authenticate(HERE).unwrap_err();
    assert_eq!(refused.standing.name, LimitName::Failures);
    assert_eq!(refused.retry_after, Duration::from_secs(60));
    venue.may_authenticate(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    // Asking again does not keep it closed.
    venue.pass(59_999);
    venue.may_authenticate(HERE).unwrap_err();
    venue.pass(1);
    venue.may_authenticate(HERE).unwrap();
    venue.may_authenticate(HERE).unwrap();
}

#[test]
fn who_goes_on_with_an_old_token_is_stopped_alone() {
    let mut venue = usual();
    let old = text();
    for _ in 0..10 {
        venue.may_with(HERE, &old).unwrap();
        venue.fail_with(HERE, &old);
    }
    venue.may_with(HERE, &old).unwrap_err();
    // Somebody else behind the same proxy mistypes, nine times: one text has failed before.
    for _ in 0..9 {
        venue.may_authenticate(HERE).unwrap();
        venue.fail(HERE);
    }
    // The tenth text: whoever guesses is slowed down over all of them.
    let refused = venue.may_authenticate(HERE).unwrap_err();
    assert_eq!(refused.standing.name, LimitName::Failures);
    // The same text from elsewhere is another's.
    venue.may_with(IpAddr::V4(Ipv4Addr::LOCALHOST), &old).unwrap();
    venue.pass(60_000);
    venue.may_with(HERE, &old).unwrap();
}

#[test]
fn what_cannot_be_a_token_is_counted_as_one_text() {
    let venue = usual();
    for _ in 0..10 {
        venue.limits.may_authenticate(HERE, None, venue.now).unwrap();
        venue.limits.failed(HERE, None, &AuthError::Malformed, venue.now);
    }
    venue.limits.may_authenticate(HERE, None, venue.now).unwrap_err();
    venue.may_authenticate(HERE).unwrap();
}

#[test]
fn a_request_without_a_token_is_no_guess() {
    let venue = usual();
    for _ in 0..100 {
        venue.limits.failed(HERE, None, &AuthError::Missing, venue.now);
    }
    venue.may_authenticate(HERE).unwrap();
}

#[test]
fn a_host_does_not_get_more_by_taking_more_addresses_of_its_network() {
    let venue = usual();
    for host in 0..10_u16 {
        venue.fail(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host)));
    }
    let other = |net| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, net, 9, 9, 9, 9));
    venue.may_authenticate(other(1)).unwrap_err();
    venue.may_authenticate(other(2)).unwrap();
    // The same IPv4 address, written as IPv6, is the same.
    let mapped = |ip: Ipv4Addr| IpAddr::V6(ip.to_ipv6_mapped());
    for _ in 0..10 {
        venue.fail(mapped(Ipv4Addr::new(192, 0, 2, 7)));
    }
    venue.may_authenticate(HERE).unwrap_err();
    venue.may_authenticate(mapped(Ipv4Addr::new(192, 0, 2, 8))).unwrap();
}

#[test]
fn the_global_cap_refuses_everybody_and_takes_nothing_of_their_own() {
    let global = NonZeroU32::new(20).unwrap();
    let mut venue = Venue::new(LimitConfig { global, ..LimitConfig::default() });
    let (greedy, modest) = (operator(), operator());
    for _ in 0..10 {
        venue.bulk(&greedy).unwrap();
    }
    // Refused for its own limit: nothing of the others' is used up.
    for _ in 0..50 {
        assert_eq!(venue.bulk(&greedy).unwrap_err().standing.name, LimitName::Bulk);
    }
    for _ in 0..10 {
        venue.command(&modest).unwrap();
    }
    let refused = venue.command(&modest).unwrap_err();
    assert_eq!(refused.standing.name, LimitName::Global);
    assert_eq!((refused.standing.limit, refused.retry_after), (20, Duration::from_secs(60)));
    venue.pass(60_000);
    assert_eq!(venue.command(&modest).unwrap().remaining, 99);
}

#[test]
fn a_flood_of_addresses_does_not_grow_the_memory() {
    let global = NonZeroU32::MAX;
    let config = LimitConfig { actors: 64, global, ..LimitConfig::default() };
    let mut venue = Venue::new(config);
    for address in 0..100_000_u32 {
        let address = IpAddr::V4(Ipv4Addr::from_bits(address));
        venue.fail(address);
        venue.limits.command(&Principal::Open, Some(address), venue.now).unwrap();
        venue.pass(u64::from(address.is_loopback()));
        // Of those that command, of texts and of addresses each.
        assert!(venue.limits.kept() <= 3 * 64);
    }
    // Looking does not remember anything.
    let before = venue.limits.kept();
    venue.may_authenticate(HERE).unwrap();
    assert_eq!(venue.limits.kept(), before);
}

#[test]
fn an_instant_before_the_last_one_gives_nothing_back() {
    let (mut venue, tablet) = (usual(), operator());
    venue.pass(120_000);
    while venue.bulk(&tablet).is_ok() {}
    venue.now -= Duration::from_secs(100);
    assert_eq!(venue.bulk(&tablet).unwrap_err().retry_after, Duration::from_secs(60));
}

#[test]
fn threads_at_the_same_time_get_no_more_than_one_would() {
    let (venue, tablet) = (usual(), operator());
    let passed: usize = thread::scope(|scope| {
        let count = || (0..50).filter(|_| venue.command(&tablet).is_ok()).count();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 100);
}

proptest! {
    /// Against the plainest count, at arbitrary times and limits: never more than the limit in any
    /// minute, never one refused that would fit, and the waits are exact.
    #[test]
    fn a_limit_is_exact_in_every_minute_and_so_are_its_waits(
        limit in 1_u32..200,
        pauses in prop::collection::vec(prop_oneof![Just(0), 0_u64..3_000, 0_u64..70_000], 1..300),
    ) {
        let commands = NonZeroU32::new(limit).unwrap();
        let mut venue = Venue::new(LimitConfig { commands, ..LimitConfig::default() });
        let tablet = operator();
        let (mut now, mut used) = (0, Vec::new());
        for pause in pauses {
            venue.pass(pause);
            now += pause;
            let recent: Vec<u64> = used.iter().copied().filter(|at| at + 60_000 > now).collect();
            let newest_ends = |recent: &[u64]| {
                Duration::from_millis(recent.last().map_or(0, |at| at + 60_000 - now))
            };
            match venue.command(&tablet) {
                Ok(standing) => {
                    prop_assert!(recent.len() < limit as usize);
                    prop_assert_eq!(standing.remaining as usize, limit as usize - recent.len() - 1);
                    prop_assert_eq!(standing.reset, Duration::from_secs(60));
                    used.push(now);
                }
                Err(refused) => {
                    prop_assert_eq!(recent.len(), limit as usize);
                    prop_assert_eq!(
                        refused.retry_after,
                        Duration::from_millis(recent[0] + 60_000 - now)
                    );
                    prop_assert_eq!(refused.standing.reset, newest_ends(&recent));
                }
            }
        }
    }
}
