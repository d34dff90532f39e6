//! `venuectl device discover` and `device adopt`: from a board on the network to one of the venue's.

use serde_json::{Map, Value, json};
use venue_api::{ConfigItem, Discovered, DiscoveredBoard, Discovery};

use super::config::{key, set_key, shown};
use crate::{
    cli::AdoptArgs,
    client::{Answer, Client},
    error::{Failure, NoAddressSnafu, WhichBoardSnafu},
    format::or_none,
    output::Report,
    table::{
        self,
        Column::{Always, Wide},
    },
};

const DISCOVERED: &str = "/api/v1/discovered";

pub(super) async fn run(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<Discovered>(DISCOVERED).await?;
    let table = if !value.enabled {
        "discovery is off: set discovery.enabled = true in the daemon's configuration file\n"
            .to_owned()
    } else if value.items.is_empty() {
        "no board announces itself on the daemon's network\n".to_owned()
    } else {
        let header = [
            Always("HOSTNAME"),
            Always("ADDRESS"),
            Always("MAC"),
            Always("ESPHOME"),
            Always("KEY"),
            Wide("NAME"),
            Wide("BOARD"),
            Wide("PROJECT"),
            Always("STATE"),
        ];
        table::columns(header, value.items.iter().map(row), client.view().is_wide())
    };
    Ok(Report { document, table, warning: None })
}

fn row(board: &DiscoveredBoard) -> [String; 9] {
    let registered = board.registered.as_deref().unwrap_or_default();
    let state = match board.state {
        Discovery::New => "new".to_owned(),
        Discovery::Registered => "registered".to_owned(),
        Discovery::OtherMac => format!("registered with MAC {registered}: another board"),
        Discovery::OtherName => format!("registered as {registered}"),
    };
    let key = if board.encrypted { "needed" } else { "none" };
    [
        board.hostname.clone(),
        board.address.clone(),
        or_none(board.mac.as_deref()),
        or_none(board.esphome_version.as_deref()),
        key.to_owned(),
        or_none(board.friendly_name.as_deref()),
        or_none(board.board.as_deref()),
        or_none(board.project_name.as_deref()),
        state,
    ]
}

pub(super) async fn adopt(client: &Client, args: &AdoptArgs) -> Result<Report, Failure> {
    let key = key(&args.key)?;
    let place = place(client, args).await?;
    let ports = (1..=args.tvs).map(|index| match &args.zone {
        Some(zone) => json!({"index": index, "zone": zone}),
        None => json!({"index": index}),
    });
    let mut value = Map::new();
    value.insert("hostname".into(), json!(args.device));
    value.insert("address".into(), Value::String(place.address));
    value.insert("ports".into(), ports.collect());
    if let Some(mac) = place.mac {
        value.insert("mac".into(), Value::String(mac));
    }
    if let Some(name) = &args.name {
        value.insert("name".into(), json!(name));
    }
    let made = client.create::<_, ConfigItem>("/api/v1/config/devices", &value).await?;
    if let Some(key) = key {
        return set_key(client, &args.device, Some(key)).await;
    }
    let mut report = shown(made)?;
    if place.wants_key {
        let device = &args.device;
        report.table.push_str(&format!(
            "the board needs its Noise key: `venuectl device key {device} --key-file FILE`\n"
        ));
    }
    Ok(report)
}

/// Where a board is, which one it is, and whether it says that it wants a key.
struct Place {
    address: String,
    mac: Option<String>,
    wants_key: bool,
}

/// The address that was given, or else the one that the board announces.
async fn place(client: &Client, args: &AdoptArgs) -> Result<Place, Failure> {
    let mac = args.mac.map(|mac| mac.to_string());
    if let Some(address) = &args.address {
        return Ok(Place { address: address.to_string(), mac, wants_key: false });
    }
    let discovered = client.get::<Discovered>(DISCOVERED).await?.value;
    let same_name = |board: &DiscoveredBoard| board.hostname == args.device.as_str();
    let seen: Vec<_> = discovered.items.into_iter().filter(same_name).collect();
    match chosen(&seen, mac.as_deref()) {
        Some(board) => Ok(Place {
            address: board.address.clone(),
            mac: board.mac.clone().or(mac),
            wants_key: board.encrypted,
        }),
        None if seen.is_empty() && !discovered.enabled => {
            Err(NoAddressSnafu { device: args.device.to_string() }.build().into())
        }
        // Found by its name when it comes.
        None if seen.is_empty() => {
            Ok(Place { address: format!("{}.local", args.device), mac, wants_key: false })
        }
        None => {
            let place = |board: DiscoveredBoard| match board.mac {
                Some(mac) => format!("{} with MAC {mac}", board.address),
                None => board.address,
            };
            let found: Vec<_> = seen.into_iter().map(place).collect();
            Err(WhichBoardSnafu { device: args.device.to_string(), found }.build().into())
        }
    }
}

/// The one board that is meant; never a guess among several, or against the MAC address that was given.
fn chosen<'a>(seen: &'a [DiscoveredBoard], mac: Option<&str>) -> Option<&'a DiscoveredBoard> {
    let is_it = |board: &&DiscoveredBoard| match (mac, &board.mac) {
        (Some(given), Some(announced)) => given == announced,
        (Some(_), None) | (None, _) => true,
    };
    let mut fitting = seen.iter().filter(is_it);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(address: &str, mac: Option<&str>) -> DiscoveredBoard {
        DiscoveredBoard {
            hostname: "ir-1".to_owned(),
            address: address.to_owned(),
            mac: mac.map(str::to_owned),
            friendly_name: None,
            esphome_version: None,
            board: None,
            project_name: None,
            encrypted: false,
            state: Discovery::New,
            registered: None,
        }
    }

    #[test]
    fn a_board_is_chosen_only_if_it_is_the_only_one() {
        let (one, two) = (board("192.0.2.1:6053", Some("m1")), board("192.0.2.2:6053", Some("m2")));
        let both = [one.clone(), two.clone()];
        assert_eq!(chosen(&both[..1], None), Some(&one));
        assert_eq!(chosen(&both, None), None, "two boards of one name");
        assert_eq!(chosen(&both, Some("m2")), Some(&two));
        assert_eq!(chosen(&both[..1], Some("m9")), None, "another board than the one given");
        assert_eq!(chosen(&[], None), None);
    }
}
