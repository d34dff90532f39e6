//! The command line for what the venue is made of.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use venue_domain::{ChannelNumber, Hostname, PortId};
use venue_registry::{Address, Kind, Label, MacAddress, Selector};

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// List all of one kind: devices, zones, tags, profiles or channels
    List(KindArg),
    /// Show one item
    Get(ItemArg),
    /// Make an item
    Add {
        #[command(flatten)]
        item: ItemArg,
        #[command(flatten)]
        fields: Fields,
    },
    /// Change fields of an item
    Set {
        #[command(flatten)]
        item: ItemArg,
        #[command(flatten)]
        fields: Fields,
    },
    /// Remove an item; what others refer to stays
    Remove(ItemArg),
}

#[derive(Debug, Args)]
pub(crate) struct KindArg {
    /// devices, zones, tags, profiles or channels
    #[arg(value_name = "KIND")]
    pub(crate) kind: Kind,
}

#[derive(Debug, Args)]
pub(crate) struct ItemArg {
    #[command(flatten)]
    pub(crate) kind: KindArg,
    /// The item
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// A field and what it is to be: name="Main bar", order=2, timing={"warm_up_ms":9000}; nothing
    /// behind the = takes it away
    #[arg(value_name = "FIELD=VALUE", value_parser = parse::field)]
    pub(crate) fields: Vec<(String, serde_json::Value)>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PortCommand {
    /// List TVs, all or those that are meant
    List {
        /// Which: zone=ZONE, tag=TAG, HOST, HOST/PORT, tv:NAME or requirements
        #[arg(value_name = "SELECTOR", value_parser = parse::selector)]
        selectors: Vec<Selector>,
    },
    /// Change what is registered of one TV
    Set(PortSettings),
    /// Say what one TV really shows, where its assumed state is wrong; sends nothing
    Correct {
        /// The TV
        #[arg(value_name = "HOST/PORT", value_parser = parse::tv)]
        port: PortId,
        /// Whether it is on
        #[arg(long, value_parser = ["on", "off"], required_unless_present_any = ["muted", "channel"])]
        power: Option<String>,
        /// Whether it is muted
        #[arg(long)]
        muted: Option<bool>,
        /// The channel that it shows
        #[arg(long)]
        channel: Option<ChannelNumber>,
    },
    /// Forget what is registered of one TV
    Clear {
        /// The TV
        #[arg(value_name = "HOST/PORT", value_parser = parse::tv)]
        port: PortId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PortSettings {
    /// The TV
    #[arg(value_name = "HOST/PORT", value_parser = parse::tv)]
    pub(crate) port: PortId,
    /// What people call it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Make and model
    #[arg(long)]
    pub(crate) appliance: Option<String>,
    /// The zone that it belongs to
    #[arg(long)]
    pub(crate) zone: Option<Label>,
    /// Its tags, in place of those that it has; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<Label>,
    /// Its timing profile
    #[arg(long)]
    pub(crate) profile: Option<Label>,
    /// The channel that default-channel means
    #[arg(long, value_name = "CHANNEL", value_parser = parse::channel)]
    pub(crate) default_channel: Option<ChannelNumber>,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// The ESPHome node name
    #[arg(value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Hostname,
    /// Where it is: a name or an IP address, perhaps with :PORT; if nothing is said as it announces
    /// itself, with its MAC address, or else HOST.local
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<Address>,
    /// Which very board it is; another one that calls itself the same is refused
    #[arg(long)]
    pub(crate) mac: Option<MacAddress>,
    /// What people call it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The zone of its TVs
    #[arg(long)]
    pub(crate) zone: Option<Label>,
    /// How many TVs hang on it, on the ports from 1
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = parse::number::<u8>(0, 5))]
    pub(crate) tvs: u8,
    #[command(flatten)]
    pub(crate) key: KeySource,
}

/// Where a key comes from: never from the command line, which everybody on the machine can read.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct KeySource {
    /// A file with the Noise key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Read the Noise key from standard input
    #[arg(long)]
    pub(crate) key_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DocumentFile {
    /// A YAML or JSON document, as export prints it; - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Whether what the document does not name goes
    #[arg(long)]
    pub(crate) prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyOptions {
    #[command(flatten)]
    pub(crate) document: DocumentFile,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Prune without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Devices: hostname, and any of address, mac, name, location, notes. A new one without an address
    /// is looked for at HOST.local
    Devices(CsvFile),
    /// TVs: hostname, port, and any of name, appliance, zone, tags, profile, default_channel; tags with
    /// spaces between. The devices have to be registered; zones and tags that are new are made
    Ports(CsvFile),
    /// Channels: name, number, and any of id, platform, favourite, enabled
    Channels(CsvFile),
}

/// A part of the configuration that fits into a spreadsheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Spreadsheet {
    /// The boards
    Devices,
    /// The TVs
    Ports,
    /// The channels
    Channels,
}

#[derive(Debug, Args)]
pub(crate) struct CsvFile {
    /// A CSV file whose first line names its columns; - for standard input. What has no column stays as
    /// it is; an empty cell takes a value away
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
