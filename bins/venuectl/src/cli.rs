//! The command line of `venuectl`.

mod api;
mod backup;
mod batch;
mod codes;
mod config;
mod context;
mod examples;
mod global;
mod groups;
mod lock;
mod login;
mod maintenance;
mod person;
mod preset;
mod queue;
mod schedule;
mod setup;
mod source;
mod system;
mod token;
mod venue;

pub(crate) use self::{
    api::{ApiArgs, ExplainArgs},
    backup::BackupCommand,
    batch::{BatchCommand, BatchOptions, MoreTvs, TvsArg, Watching},
    codes::{
        AdoptCodesArgs, CodesCommand, FindArgs, ImportCodesArgs, LearnArgs, ListCodesArgs, SetArg,
        SetNames, TryArgs,
    },
    config::{
        AdoptArgs, ApplyOptions, ConfigCommand, CsvFile, DocumentFile, ImportCommand, KeySource,
        PortCommand, PortSettings, Spreadsheet,
    },
    context::ContextCommand,
    lock::{LockCommand, NewLock},
    login::LoginArgs,
    maintenance::{MaintenanceCommand, NewMaintenance},
    person::{ChangedPerson, NewPerson, PersonCommand},
    preset::{PresetCapture, PresetCommand},
    queue::{CommandArg, ListArgs, NamedPage, Page, QueueCommand, StoredCommand},
    schedule::{AgendaArgs, MoveArgs, NewSchedule, RunArgs, ScheduleCommand},
    setup::SetupCommand,
    source::{SourceCommand, SourceSettings},
    system::{StatsArgs, SystemCommand},
    token::{AuditArgs, NewToken, TokenCommand},
    venue::{HolidayCommand, HolidayDates, VenueCommand, VenueSettings},
};

use std::{path::PathBuf, time::Duration};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use snafu::OptionExt;
use venue_domain::{Action, Hostname, InputName, SignalCode};
use venue_registry::MacAddress;

use crate::{
    error::{InputError, NoTvSnafu},
    exit,
    output::Format,
    parse::{self, TvTarget},
    server_url::ServerUrl,
    suggest,
};

/// Controls the TVs of a venue through its daemon, venued.
///
/// A TV is named HOST/PORT, such as ir-dc4516/2: the infrared board, and its output from 1 to 5.
#[derive(Debug, Parser)]
#[command(name = "venuectl", version, after_long_help = exit::HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Address of the daemon: http://HOST:PORT, https://HOST:PORT or unix:PATH. Default: that of the context in use,
    /// then the unix socket of the daemon on this machine if it can be used, then http://127.0.0.1:8080
    #[arg(long, global = true, value_name = "URL", env = "VENUECTL_SERVER")]
    pub(crate) server: Option<ServerUrl>,
    /// The venue to ask, one of `venuectl context list`
    #[arg(long, global = true, value_name = "NAME", env = "VENUECTL_CONTEXT")]
    pub(crate) context: Option<String>,
    /// File with your token. At the unix socket the system tells the daemon who you are
    #[arg(long, global = true, value_name = "FILE", env = "VENUECTL_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// File with the authority to trust for https://, such as the ca.pem of `venued tls init`. Default: those that
    /// this machine trusts
    #[arg(long, global = true, value_name = "FILE", env = "VENUECTL_CA")]
    pub(crate) ca: Option<PathBuf>,
    /// Output format
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// How long to wait for an answer, such as 500ms or 10s; a healthy daemon answers within 6 s
    #[arg(long, global = true, value_name = "TIME", default_value = "10s", value_parser = parse::time)]
    pub(crate) timeout: Duration,
    /// Print nothing on stdout; errors still go to stderr
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Whether the list is shown anew whenever it changes.
    #[arg(skip)]
    pub(crate) is_watched: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the daemon's mode and how many devices are online; exits with 1 unless all are
    Status,
    /// Show, find and register devices
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Send a command to one TV, or to those that a selector names
    #[command(subcommand)]
    Tv(OneTvCommand),
    /// Send one command to many TVs through the queue, and follow its progress
    #[command(subcommand)]
    Batch(BatchCommand),
    /// Show, pause and resume the queue
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Show or cancel one command
    #[command(subcommand, name = "command")]
    Stored(StoredCommand),
    /// Explain the status of a command in one sentence
    Why(CommandArg),
    /// List commands that have ended, newest first
    History(ListArgs),
    /// Make, fetch, bring and restore backups of the database
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Show and change the configuration, item by item
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show TVs, and change their registration
    #[command(subcommand)]
    Port(PortCommand),
    /// Add, invite and remove the people who sign in on the page with a PIN
    #[command(subcommand)]
    Person(PersonCommand),
    /// Create, list and revoke tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Show the audit log: who did what, newest first
    Audit(AuditArgs),
    /// Sign in with your name and your PIN or password; the session is kept under a context, and nobody else reads it
    Login(LoginArgs),
    /// Sign out, and forget the session
    Logout,
    /// Show your name, role and zones, as the daemon sees you
    Whoami,
    /// Show whether a new venue is set up yet, and the code for that
    #[command(subcommand)]
    Setup(SetupCommand),
    /// Show and run system tasks: health sweep, firmware check, logs, retention
    #[command(subcommand)]
    System(SystemCommand),
    /// Show how many commands were delivered, failed or expired, per day
    Stats(StatsArgs),
    /// Check the daemon, its database and its devices, and say how to repair what is wrong
    Doctor,
    /// List, set and choose contexts: the venues that you administer, each with its address and token
    #[command(subcommand)]
    Context(ContextCommand),
    /// Explain an item or a field: what it means, its type and what is allowed
    Explain(ExplainArgs),
    /// Send one request to the daemon as it is given, and print the answer as it comes
    Api(ApiArgs),
    /// Print the completion script for a shell
    Completion {
        /// The shell
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
    /// Print events as they happen, one JSON object per line, until interrupted
    Events(EventsArgs),
    /// Show the active alerts, each with what to do; exits with 1 if there are any
    Alerts,
    /// Find, try, import and learn the infrared codes of remote controls
    #[command(subcommand)]
    Codes(CodesCommand),
    /// Show and change sources: what TVs show where that is not their own tuner, such as set-top boxes
    #[command(subcommand)]
    Source(SourceCommand),
    /// Show, capture, run and change presets: states of a part of the venue, under a name
    #[command(subcommand)]
    Preset(PresetCommand),
    /// Lock zones and TVs, so that only managers command them: a private party
    #[command(subcommand)]
    Lock(LockCommand),
    /// Work on boards and zones without alerts: that they do not answer is expected until then
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Show and change the venue itself: its name, and the time zone of all times that people read and write
    #[command(subcommand)]
    Venue(VenueCommand),
    /// Show and change schedules, and run, skip or pause them
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Show what the schedules do next: runs, and what is put back
    Agenda(AgendaArgs),
    /// Print the configuration, with its schedules, as YAML for `apply`; or one part of it as CSV
    ///
    /// Noise keys and tokens are never included.
    Export {
        /// Print only this part, as CSV for a spreadsheet
        #[arg(value_name = "PART", value_enum)]
        part: Option<Spreadsheet>,
    },
    /// Show what applying a document would change; exits with 1 if there is any difference
    Diff(DocumentFile),
    /// Change the configuration to what a document says; either all of it or nothing is applied
    Apply(ApplyOptions),
    /// Import devices, TVs or channels from a CSV file
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// List all devices
    List,
    /// Show the daemon's state of a device, without contacting it
    Get(DeviceArg),
    /// Blink the LED of a board, so that somebody can find it
    Identify {
        /// The board, or a TV of it
        #[arg(value_name = "HOST[/PORT]", value_parser = parse::board)]
        board: Hostname,
        /// 1 starts blinking, 0 stops it
        #[arg(long, value_name = "N", default_value = "1", value_parser = parse::code)]
        code: SignalCode,
    },
    /// Ping a device; exits with 1 if it does not answer
    Ping(DeviceArg),
    /// Show the firmware, actions and entities of a device
    Capabilities(DeviceArg),
    /// Show the last commands of a device: first those that wait, then those that have ended, newest first
    Commands {
        #[command(flatten)]
        device: DeviceArg,
        /// Show at most this many, 1 to 1000
        #[arg(long, value_name = "N", default_value = "20", value_parser = parse::number::<u32>(1, 1_000))]
        limit: u32,
    },
    /// Show the log of a device, as it was collected last
    Logs(DeviceArg),
    /// List the firmware and the available update of each device, as of the last check
    Firmware,
    /// List boards that announce themselves on the network, and how each is registered
    Discover,
    /// Register a device, with its Noise key if it has one
    Adopt(AdoptArgs),
    /// Remove a device with its key and its TVs
    Remove(DeviceArg),
    /// Accept a new board after the old one was replaced
    Accept {
        #[command(flatten)]
        device: DeviceArg,
        /// MAC address of the new board, as `venuectl device get` shows it
        #[arg(value_name = "MAC")]
        mac: MacAddress,
    },
    /// Set the Noise key of a device, or remove it if no key is given
    Key {
        #[command(flatten)]
        device: DeviceArg,
        #[command(flatten)]
        key: KeySource,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Only these events, separated by commas: names such as batch.progress, or prefixes such as device.*
    #[arg(long = "type", value_name = "EVENTS", value_parser = parse::events)]
    pub(crate) types: Option<String>,
    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = parse::number::<u64>(0, 1_000_000))]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DeviceArg {
    /// The device, by its hostname
    #[arg(value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Hostname,
}

/// What one TV is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum OneTvCommand {
    #[command(flatten)]
    Any(TvCommand<TvArg>),
    /// Press digits one after the other, as on a remote control; to select a channel, use `channel`
    Digits {
        /// 1 to 8 digits
        #[arg(value_name = "DIGITS", value_parser = parse::digits)]
        digits: parse::Digits,
        #[command(flatten)]
        at: TvArg,
    },
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
    /// Mute, on devices that can mute without toggling
    MuteOn(A),
    /// Unmute, on devices that can unmute without toggling
    MuteOff(A),
    /// One step louder
    #[command(visible_alias = "volume-up")]
    VolUp(A),
    /// One step quieter
    #[command(visible_alias = "volume-down")]
    VolDown(A),
    /// Louder or quieter, by one step or several
    Volume {
        /// up, down, or steps such as +5 or -3, at most 20
        #[arg(value_name = "STEPS", value_parser = parse::volume, allow_hyphen_values = true)]
        steps: Action,
        #[command(flatten)]
        at: A,
    },
    /// Next channel
    #[command(visible_alias = "channel-up")]
    ChUp(A),
    /// Previous channel
    #[command(visible_alias = "channel-down")]
    ChDown(A),
    /// Select the default channel of the TV
    DefaultChannel(A),
    /// Select a channel
    Channel {
        /// 1 to 5 digits, perhaps with a sub-channel such as 5.1 (060 and 60 are different channels); or a channel of
        /// the line-up by its id or name, such as 'Fox Sports 1'
        #[arg(value_name = "CHANNEL", value_parser = parse::channel_or_name)]
        channel: String,
        #[command(flatten)]
        at: A,
    },
    /// Select an input
    Input {
        /// The input, such as hdmi1
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
    /// The TV: HOST/PORT, its name such as 'TV 12' (or tv:NAME), or source=SOURCE for a box. A selector of several
    /// TVs, such as zone=bar, queues a batch and watches it, as `batch create --watch` does
    #[arg(value_name = "HOST/PORT", value_parser = parse::tv_target, required_unless_present = "selector")]
    pub(crate) place: Option<TvTarget>,
    /// The TVs that this selector names, such as zone=bar or all
    #[arg(short = 'l', long, value_name = "SELECTOR", value_parser = parse::selected, conflicts_with = "place")]
    pub(crate) selector: Option<TvTarget>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl TvArg {
    /// What is meant.
    ///
    /// # Errors
    /// Neither is given, which clap has told already.
    pub(crate) fn target(&self) -> Result<&TvTarget, InputError> {
        self.place.as_ref().or(self.selector.as_ref()).context(NoTvSnafu)
    }
}

/// One TV and no more.
#[derive(Debug, Args)]
pub(crate) struct OneTvArg {
    /// The TV: HOST/PORT, its name such as 'TV 12' (or tv:NAME), or source=SOURCE for a box
    #[arg(value_name = "HOST/PORT", value_parser = parse::tv_target)]
    pub(crate) target: TvTarget,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl Cli {
    /// The arguments of this process; ends the process where they are wrong, or help is asked for.
    pub(crate) fn of_process() -> Self {
        let parsed = Self::described().try_get_matches();
        let parsed = parsed.and_then(|matches| {
            let mut cli = Self::from_arg_matches(&matches)?;
            cli.global.settle(&matches, matches!(cli.command, Command::Context(_)))?;
            Ok(cli)
        });
        parsed.unwrap_or_else(|error| suggest::checked(error).exit())
    }

    /// The command line with its examples, as help, manual and completions show it.
    pub(crate) fn described() -> clap::Command {
        groups::added_to(examples::added_to(Self::command()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (&["tv", "on", "ir-1"], "[HOST/PORT]", "HOST/PORT such as ir-dc4516/2"),
            (&["tv", "channel", "ir-1/2", "501"], "<CHANNEL>", "1 to 5 digits"),
            (&["tv", "key", "mute", "ir-1/2"], "<KEY>", "0 to 9"),
            (&["device", "get", "ir-1/2"], "<HOST>", "such as ir-1"),
            (&["batch", "create", "on"], "<SELECTOR>", "SELECTOR"),
            (&["batch", "create", "on", "zone bar"], "[SELECTOR]", "zone=ZONE"),
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
