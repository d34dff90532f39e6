//! The command line of `venuectl`.

mod backup;
mod batch;
mod codes;
mod config;
mod queue;
mod schedule;
mod system;
mod token;

pub(crate) use self::{
    backup::BackupCommand,
    batch::{BatchCommand, BatchOptions, TvsArg, Watching},
    codes::{CodesCommand, LearnArgs},
    config::{
        AdoptArgs, ApplyOptions, ConfigCommand, CsvFile, DocumentFile, ImportCommand, KeySource,
        PortCommand, PortSettings, Spreadsheet,
    },
    queue::{CommandArg, ListArgs, NamedPage, Page, QueueCommand, StoredCommand},
    schedule::{NewSchedule, ScheduleCommand},
    system::{StatsArgs, SystemCommand},
    token::{AuditArgs, NewToken, TokenCommand},
};

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use venue_domain::{Action, ChannelNumber, Hostname, InputName, SignalCode};
use venue_registry::MacAddress;

use crate::{
    exit,
    output::Format,
    parse::{self, OneTv},
    server_url::ServerUrl,
};

/// Controls a venue's TVs through its daemon, venued.
///
/// A TV is named HOST/PORT, such as ir-dc4516/2: the infrared board and its output, 1 to 5.
#[derive(Debug, Parser)]
#[command(name = "venuectl", version, after_help = exit::HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Where the daemon is: http://HOST:PORT or unix:PATH; the socket of this machine's daemon if it can
    /// be used, and otherwise http://127.0.0.1:8080
    #[arg(long, global = true, value_name = "URL", env = "VENUECTL_SERVER")]
    pub(crate) server: Option<ServerUrl>,
    /// A file with the token that says who asks; at the unix socket the system says it
    #[arg(long, global = true, value_name = "FILE", env = "VENUECTL_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How to print: for people, or the daemon's own document
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// How long to wait for the daemon's answer; it answers within 6 s unless it is in trouble
    #[arg(long, global = true, value_name = "TIME", default_value = "10s", value_parser = parse::time)]
    pub(crate) timeout: Duration,
    /// Print nothing on stdout: the exit code tells, and errors still go to stderr
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the daemon and how many devices are online; exits with 1 unless all are
    Status,
    /// Show devices, and find them
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Send a command to one TV
    #[command(subcommand)]
    Tv(OneTvCommand),
    /// Send one command to many TVs through the queue, and see what becomes of it
    #[command(subcommand)]
    Batch(BatchCommand),
    /// Show the queue, stop it, and let it go on
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Show one command, or withdraw it
    #[command(subcommand, name = "command")]
    Stored(StoredCommand),
    /// Say why a command is where it is
    Why(CommandArg),
    /// Show commands that have ended, the newest first
    History(ListArgs),
    /// Copy the daemon's database, and go back to a copy
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Show and change what the venue is made of, item by item
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show TVs, and change what is registered of one
    #[command(subcommand)]
    Port(PortCommand),
    /// Make tokens, list them and take them back
    #[command(subcommand)]
    Token(TokenCommand),
    /// Show who did what, the newest first
    Audit(AuditArgs),
    /// Show as whom the daemon sees you
    Whoami,
    /// Show what the venue does for itself, and have it done
    #[command(subcommand)]
    System(SystemCommand),
    /// Show what was delivered and what was not, day by day
    Stats(StatsArgs),
    /// Check what stands between you and a working venue: the daemon, its store, its devices
    Doctor,
    /// Print a completion script for a shell
    Completion {
        /// For which shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man {
        /// The folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Show what happens as it happens, one JSON object a line, until interrupted
    Events(EventsArgs),
    /// Show what somebody should look at; exits with 1 if there is something
    Alerts,
    /// Learn the infrared codes of remote controls
    #[command(subcommand)]
    Codes(CodesCommand),
    /// Show, make and steer what fires by itself
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Print the whole configuration as YAML, schedules among it, to be applied again; keys and tokens
    /// are never in it. With the name of a part: that as CSV, for a spreadsheet
    Export {
        /// Only this, as CSV
        #[arg(value_name = "PART", value_enum)]
        part: Option<Spreadsheet>,
    },
    /// Show what applying a document would change; exits with 1 if anything would
    Diff(DocumentFile),
    /// Make the configuration as a document says, all of it or nothing
    Apply(ApplyOptions),
    /// Take over devices, TVs or channels from a CSV file
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// List all devices
    List,
    /// Show what is known of a device, without asking it
    Get(DeviceArg),
    /// Blink the LED of a board, so that a person finds it
    Identify {
        /// The board, or a TV of it
        #[arg(value_name = "HOST[/PORT]", value_parser = parse::board)]
        board: Hostname,
        /// 1 to blink, 0 to stop
        #[arg(long, value_name = "N", default_value = "1", value_parser = parse::code)]
        code: SignalCode,
    },
    /// Ask a device for a sign of life; exits with 1 if none comes
    Ping(DeviceArg),
    /// Show what a device can do
    Capabilities(DeviceArg),
    /// Show the last commands of a device: those that wait, then those that have ended, the newest first
    Commands {
        #[command(flatten)]
        device: DeviceArg,
        /// How many at most, 1 to 1000
        #[arg(long, value_name = "N", default_value = "20", value_parser = parse::number::<u32>(1, 1_000))]
        limit: u32,
    },
    /// Show what a device said, as it was collected last
    Logs(DeviceArg),
    /// List what runs where and what is offered to be installed, as it was checked last
    Firmware,
    /// List boards that announce themselves on the network, and what is known of them
    Discover,
    /// Register a device, and its Noise key
    Adopt(AdoptArgs),
    /// Remove a device, with its key and what is registered of its ports
    Remove(DeviceArg),
    /// Accept the board that answers in place of the one before, which was replaced
    Accept {
        #[command(flatten)]
        device: DeviceArg,
        /// Its MAC address, as `venuectl device get` shows it
        #[arg(value_name = "MAC")]
        mac: MacAddress,
    },
    /// Give a device another Noise key, or none
    Key {
        #[command(flatten)]
        device: DeviceArg,
        #[command(flatten)]
        key: KeySource,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Which: names such as batch.progress, or beginnings such as device.*; commas between
    #[arg(long = "type", value_name = "EVENTS", value_parser = parse::events)]
    pub(crate) types: Option<String>,
    /// End after so many
    #[arg(long, value_name = "N", value_parser = parse::number::<u64>(0, 1_000_000))]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DeviceArg {
    /// The device
    #[arg(value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Hostname,
}

/// What one TV is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum OneTvCommand {
    #[command(flatten)]
    Any(TvCommand<TvArg>),
    /// Press digits one after the other, as on the remote control; `channel` is better where a whole
    /// channel is meant
    Digits {
        /// 1 to 8 digits
        #[arg(value_name = "DIGITS", value_parser = parse::digits)]
        digits: parse::Digits,
        #[command(flatten)]
        at: TvArg,
    },
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UpOrDown {
    /// One step more
    Up,
    /// One step less
    Down,
}

/// What a TV is to do; `A` says which, or which ones.
#[derive(Debug, Subcommand)]
pub(crate) enum TvCommand<A: Args> {
    /// Switch on
    On(A),
    /// Switch off
    Off(A),
    /// Toggle power
    Power(A),
    /// Toggle mute
    Mute(A),
    /// Mute, if the device can do it without toggling
    MuteOn(A),
    /// Unmute, if the device can do it without toggling
    MuteOff(A),
    /// One step louder
    #[command(visible_alias = "volume-up")]
    VolUp(A),
    /// One step quieter
    #[command(visible_alias = "volume-down")]
    VolDown(A),
    /// One step louder or quieter
    Volume {
        /// Which way
        #[arg(value_enum)]
        way: UpOrDown,
        #[command(flatten)]
        at: A,
    },
    /// Next channel
    #[command(visible_alias = "channel-up")]
    ChUp(A),
    /// Previous channel
    #[command(visible_alias = "channel-down")]
    ChDown(A),
    /// Select the channel that the TV has by default
    DefaultChannel(A),
    /// Select a channel
    Channel {
        /// 1 to 5 digits; 060 is not 60
        #[arg(value_name = "CHANNEL", value_parser = parse::channel)]
        channel: ChannelNumber,
        #[command(flatten)]
        at: A,
    },
    /// Select an input
    Input {
        /// Its name, such as hdmi1
        #[arg(value_name = "INPUT", value_parser = parse::input)]
        input: InputName,
        #[command(flatten)]
        at: A,
    },
    /// Press one key of the remote control
    Key {
        /// 0 to 9, up, down, left, right, ok, back, home, menu, guide, info or exit
        #[arg(value_name = "KEY", value_parser = parse::key)]
        key: Action,
        #[command(flatten)]
        at: A,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TvArg {
    /// The TV: HOST/PORT, or tv:NAME
    #[arg(value_name = "HOST/PORT", value_parser = parse::one_tv)]
    pub(crate) target: OneTv,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_anywhere() {
        let before = ["venuectl", "-o", "json", "--timeout", "3s", "tv", "on", "ir-1/2"];
        let after = ["venuectl", "tv", "on", "ir-1/2", "--timeout", "3s", "-o", "json"];
        for words in [before, after] {
            let cli = Cli::try_parse_from(words).unwrap();
            assert_eq!(cli.global.timeout, Duration::from_secs(3));
            assert_eq!(cli.global.output, Format::Json);
        }
    }

    #[test]
    fn a_wrong_argument_is_named_with_what_would_be_right() {
        let table: [(&[&str], &str, &str); 10] = [
            (&["tv", "on", "ir-1"], "<HOST/PORT>", "HOST/PORT such as ir-dc4516/2"),
            (&["tv", "channel", "ir-1/2", "501"], "<CHANNEL>", "1 to 5 digits"),
            (&["tv", "key", "mute", "ir-1/2"], "<KEY>", "0 to 9"),
            (&["device", "get", "ir-1/2"], "<HOST>", "such as ir-1"),
            (&["batch", "create", "on"], "<SELECTOR>", "SELECTOR"),
            (&["batch", "create", "on", "zone bar"], "<SELECTOR>", "zone=ZONE"),
            (&["batch", "create", "on", "ir-1/2", "--at", "15:00"], "--at", "offset from UTC"),
            (
                &["batch", "create", "on", "ir-1/2", "--priority", "11"],
                "--priority",
                "from -10 to 10",
            ),
            (&["why", "batch_1"], "<ID>", "such as 17"),
            (&["status", "--server", "venue"], "--server <URL>", "http://127.0.0.1:8080"),
        ];
        for (words, argument, right) in table {
            let words = ["venuectl"].iter().chain(words);
            let error = Cli::try_parse_from(words).unwrap_err();
            let told = error.to_string();
            assert_eq!(error.exit_code(), 2, "{told}");
            assert!(told.contains(argument) && told.contains(right), "{told}");
        }
    }
}
