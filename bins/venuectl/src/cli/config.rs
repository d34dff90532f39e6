//! The command line for what the venue is made of.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use venue_domain::{ChannelNumber, Hostname};
use venue_registry::{Address, Kind, Label, MacAddress, Selector, VolumeAt};

use crate::parse::{self, OneTv};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// List all items of a kind: devices, zones, tags, profiles, channels, codesets, sources or presets
    List(KindArg),
    /// Show one item
    Get(ItemArg),
    /// Add an item
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
    /// Remove an item; one that other items refer to cannot be removed
    Remove(ItemArg),
}

#[derive(Debug, Args)]
pub(crate) struct KindArg {
    /// devices, zones, tags, profiles, channels, codesets, sources or presets
    #[arg(value_name = "KIND")]
    pub(crate) kind: Kind,
}

#[derive(Debug, Args)]
pub(crate) struct ItemArg {
    #[command(flatten)]
    pub(crate) kind: KindArg,
    /// The item's id
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// A field and its new value, such as name="Main bar", order=2 or timing={"warm_up_ms":9000}; an empty value
    /// removes the field
    #[arg(value_name = "FIELD=VALUE", value_parser = parse::field)]
    pub(crate) fields: Vec<(String, serde_json::Value)>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PortCommand {
    /// List all TVs, or those that selectors name
    List {
        /// The TVs: zone=ZONE, tag=TAG, HOST, HOST/PORT, tv:NAME, or requirements such as 'zone in (bar,patio)'
        #[arg(value_name = "SELECTOR", value_parser = parse::selector)]
        selectors: Vec<Selector>,
        #[command(flatten)]
        more: super::MoreTvs,
    },
    /// Register a TV, or change its registration
    Set(PortSettings),
    /// Correct the assumed state of a TV to what it really shows; sends nothing
    Correct {
        /// The TV, by HOST/PORT or name
        #[arg(value_name = "HOST/PORT", value_parser = parse::one_tv)]
        port: OneTv,
        /// Whether the TV is on
        #[arg(long, value_parser = ["on", "off"], required_unless_present_any = ["muted", "channel"])]
        power: Option<String>,
        /// Whether the TV is muted
        #[arg(long)]
        muted: Option<bool>,
        /// The channel that the TV shows
        #[arg(long)]
        channel: Option<ChannelNumber>,
    },
    /// Remove the registration of a TV
    Clear {
        /// The TV, by HOST/PORT or name
        #[arg(value_name = "HOST/PORT", value_parser = parse::one_tv)]
        port: OneTv,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PortSettings {
    /// The TV, by HOST/PORT or, if it is registered, by its name
    #[arg(value_name = "HOST/PORT", value_parser = parse::one_tv)]
    pub(crate) port: OneTv,
    /// Display name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Make and model
    #[arg(long)]
    pub(crate) appliance: Option<String>,
    /// Zone of the TV
    #[arg(long)]
    pub(crate) zone: Option<Label>,
    /// A tag; may be given several times, and replaces all previous tags
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<Label>,
    /// Timing profile
    #[arg(long)]
    pub(crate) profile: Option<Label>,
    /// Channel that `tv default-channel` selects
    #[arg(long, value_name = "CHANNEL", value_parser = parse::channel)]
    pub(crate) default_channel: Option<ChannelNumber>,
    /// Code set that drives the TV, one of the venue; `codes adopt` takes one over
    #[arg(long, value_name = "SET")]
    pub(crate) codeset: Option<Label>,
    /// Infrared transmitter of the TV, with a code set [default: the one whose name ends in the number of the port]
    #[arg(long, value_name = "NAME")]
    pub(crate) emitter: Option<String>,
    /// Platform that its tuner or box receives, such as satellite: the channels have numbers by platform
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<String>,
    /// Source that the TV shows: channels and keys go there. An empty one removes it: the TV shows its own tuner
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// What volume and mute go to, of a TV with a source: tv or source
    #[arg(long, value_name = "WHICH")]
    pub(crate) volume: Option<VolumeAt>,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// ESPHome node name of the board
    #[arg(value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Hostname,
    /// Host name or IP address of the board, perhaps with :PORT. Default: the address that it announces,
    /// together with its MAC address; otherwise HOST.local. Needed where the daemon does not listen for boards
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<Address>,
    /// MAC address of the board; another board that answers under this name is refused
    #[arg(long)]
    pub(crate) mac: Option<MacAddress>,
    /// Display name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Zone of its TVs
    #[arg(long)]
    pub(crate) zone: Option<Label>,
    /// Number of TVs, on the ports from 1
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = parse::number::<u8>(0, 5))]
    pub(crate) tvs: u8,
    #[command(flatten)]
    pub(crate) key: KeySource,
}

/// Where a key comes from: never from the command line, which everybody on the machine can read.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct KeySource {
    /// File with the Noise key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Read the Noise key from standard input
    #[arg(long)]
    pub(crate) key_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DocumentFile {
    /// YAML or JSON document, as `export` prints it; - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Also remove items that the document does not name
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
    /// Confirm --prune
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import devices; columns: hostname, and any of address, mac, name, location, notes
    ///
    /// A new device without an address is looked up at HOST.local.
    Devices(CsvFile),
    /// Import TVs; columns: hostname, port, and any of name, appliance, zone, tags, profile,
    /// default_channel, platform, codeset, emitter, source, volume
    ///
    /// Tags are separated by spaces. The devices must be registered; new zones and tags are added.
    Ports(CsvFile),
    /// Import channels; columns: name, number, and any of id, platform, favourite, enabled, number:PLATFORM
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
    /// CSV file whose first line names its columns; - for standard input. A missing column leaves its field
    /// unchanged; an empty cell removes the value
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
