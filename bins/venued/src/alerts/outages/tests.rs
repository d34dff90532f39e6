use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// Looks at boards, each with the second at which it was lost; the venue has more than one network.
struct Venue {
    outages: Outages,
    start: Instant,
}

impl Venue {
    fn new() -> Self {
        Self { outages: Outages::default(), start: Instant::now() }
    }

    /// What is the matter in the given second: the id, of which boards, and for how many seconds already. What is not an
    /// alert yet is left out.
    fn look(&mut self, second: u64, away: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
        let at = |second| self.start + Duration::from_secs(second);
        let one = |(hostname, address, lost): &(&str, &str, u64)| Away {
            hostname: hostname.parse().unwrap(),
            network: Network::of(None, address),
            lost: at(*lost),
        };
        let now = at(second);
        let conditions = self.outages.look(away.iter().map(one).collect(), PATIENCE, now);
        let due = conditions.iter().filter(|one| one.lasted.unwrap() >= one.patience);
        let told = due.map(|one| (one.id(), one.boards.join(" "), one.lasted.unwrap().as_secs()));
        told.collect()
    }
}

const A: (&str, &str, u64) = ("ir-a", "10.0.3.7:6053", 0);
const B: (&str, &str, u64) = ("ir-b", "10.0.3.8:6053", 9);
const C: (&str, &str, u64) = ("ir-c", "10.0.3.9:6053", 18);
const TOGETHER: &str = "devices_offline:10.0.3.0/24";

fn told(id: &str, boards: &str, lasted: u64) -> (String, String, u64) {
    (id.to_owned(), boards.to_owned(), lasted)
}

#[test]
fn boards_of_a_network_that_are_lost_together_are_one_alert_until_the_last_is_back() {
    let mut venue = Venue::new();
    assert_eq!(venue.look(59, &[A, B, C]), []);
    assert_eq!(venue.look(60, &[A, B, C]), [told(TOGETHER, "ir-a ir-b ir-c", 60)]);
    assert_eq!(venue.look(70, &[A, C]), [told(TOGETHER, "ir-a ir-c", 70)]);
    // Also the one that went first: the alert keeps its name and its beginning.
    assert_eq!(venue.look(80, &[C]), [told(TOGETHER, "ir-c", 80)]);
    // Who was back for a while and is lost anew is no part of it.
    let again = ("ir-b", B.1, 85);
    assert_eq!(
        venue.look(145, &[again, C]),
        [told(TOGETHER, "ir-c", 145), told("device_offline:ir-b", "", 60)]
    );
    assert_eq!(venue.look(150, &[]), []);
}

#[test]
fn who_is_lost_alone_elsewhere_or_later_is_an_alert_of_its_own() {
    let mut venue = Venue::new();
    let later = ("ir-d", "10.0.3.10:6053", 40);
    let elsewhere = ("ir-e", "10.0.4.7:6053", 0);
    let unknown = [("ir-f", "ir-f.local:6053", 0), ("ir-g", "ir-g.local:6053", 0)];
    let away = [A, later, elsewhere, unknown[0], unknown[1]];
    let mut ids: Vec<_> = venue.look(100, &away).into_iter().map(|(id, ..)| id).collect();
    ids.sort();
    let alone = ["ir-a", "ir-d", "ir-e", "ir-f", "ir-g"].map(|one| format!("device_offline:{one}"));
    assert_eq!(ids, alone);
}

#[test]
fn who_is_back_before_it_was_an_alert_makes_no_group_of_who_stays_away() {
    let mut venue = Venue::new();
    assert_eq!(venue.look(20, &[A, B]), []);
    assert_eq!(venue.look(30, &[A]), []);
    assert_eq!(venue.look(60, &[A]), [told("device_offline:ir-a", "", 60)]);
}

#[test]
fn a_second_outage_of_a_network_is_another_alert() {
    let mut venue = Venue::new();
    let second = [("ir-d", "10.0.3.10:6053", 100), ("ir-e", "10.0.3.11:6053", 101)];
    assert_eq!(venue.look(60, &[A, B]), [told(TOGETHER, "ir-a ir-b", 60)]);
    let number = format!("{TOGETHER}:2");
    assert_eq!(
        venue.look(160, &[A, B, second[0], second[1]]),
        [told(TOGETHER, "ir-a ir-b", 160), told(&number, "ir-d ir-e", 60)]
    );
    assert_eq!(venue.look(170, &second), [told(&number, "ir-d ir-e", 70)]);
}

#[test]
fn a_list_is_bounded_and_everybody_is_counted() {
    let names: Vec<_> = (0..900).map(|number| format!("ir-{number:06x}")).collect();
    let away: Vec<_> =
        names.iter().map(|name| (name.as_str(), "[fd00::1:2:3:4]:6053", 0)).collect();
    let mut venue = Venue::new();
    venue.look(60, &away);
    let start = venue.start;
    let one = |(hostname, address, _): &(&str, &str, u64)| Away {
        hostname: hostname.parse().unwrap(),
        network: Network::of(None, address),
        lost: start,
    };
    let now = start + Duration::from_secs(61);
    let conditions = venue.outages.look(away.iter().map(one).collect(), PATIENCE, now);
    let [condition] = conditions.as_slice() else { panic!("{conditions:?}") };
    assert_eq!((condition.count, condition.boards.len()), (Some(900), NAMED));
    assert_eq!(
        condition.summary,
        "900 boards in fd00::/64 cannot be reached, since about the same time"
    );
}

#[test]
fn a_network_is_that_of_the_session_or_of_the_registered_address() {
    let of = |session: Option<&str>, registered| {
        let session = session.map(|address| address.parse().unwrap());
        Network::of(session, registered).map(|network| network.to_string())
    };
    assert_eq!(of(None, "10.0.3.7:6053").as_deref(), Some("10.0.3.0/24"));
    assert_eq!(of(Some("10.0.4.7:6053"), "ir-a.local:6053").as_deref(), Some("10.0.4.0/24"));
    assert_eq!(of(Some("10.0.4.7:6053"), "10.0.3.7:6053").as_deref(), Some("10.0.4.0/24"));
    assert_eq!(of(Some("[::ffff:10.0.4.7]:6053"), "x:1").as_deref(), Some("10.0.4.0/24"));
    assert_eq!(of(None, "[2001:db8:1:2::7]:6053").as_deref(), Some("2001:db8:1:2::/64"));
    assert_eq!(of(None, "[fe80::7%eth0]:6053").as_deref(), Some("fe80::/64"));
    assert_eq!(of(None, "ir-a.local:6053"), None);
}
