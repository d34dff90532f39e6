//! Arguments about infrared codes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DeviceArg, OneTvArg};
use crate::parse::{self, OneTv};

#[derive(Debug, Subcommand)]
pub(crate) enum CodesCommand {
    /// List the code sets of the venue, those that come with the daemon, and the files of the library folder
    List(ListCodesArgs),
    /// Show a code set with its keys
    Show(SetArg),
    /// Make a code set from a file: Flipper .ir, SmartIR, Broadlink, irdb, Pronto, lircd.conf, sendir, or a set
    /// that `codes export` printed
    Import(ImportCodesArgs),
    /// Print a code set as JSON, for `codes import`
    Export(SetArg),
    /// Take over a code set that comes with the daemon, or a file of the library folder, and give it to TVs
    Adopt(AdoptCodesArgs),
    /// Learn one key: press it three times in front of the infrared receiver of a board
    ///
    /// Prints the code of the key, and saves nothing. Each press is commented on while it is learned; it takes 20 s at
    /// most.
    Learn(LearnArgs),
    /// Find the code set that a TV obeys: sends harmless keys such as volume up, and asks what you see
    ///
    /// Asks on a terminal. Elsewhere each call sends one code and prints the two calls to go on with: one if the TV
    /// reacted, one if it did not. Power is never sent.
    Find(FindArgs),
    /// Send one code once, to see whether a TV reacts
    ///
    /// Delivered says that the board sent the code, never that the TV reacted. Never queued and never repeated.
    Try(TryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListCodesArgs {
    /// Only this make, or a part of it
    #[arg(long)]
    pub(crate) make: Option<String>,
    /// Only models, names or paths with this in them
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Only tv, box, projector or audio
    #[arg(long, value_parser = KINDS)]
    pub(crate) kind: Option<String>,
    /// Show at most this many files of the library folder, 1 to 1000
    #[arg(long, value_name = "N", default_value = "50", value_parser = parse::number::<u32>(1, 1_000))]
    pub(crate) limit: u32,
    /// Go on behind this file, as the end of the list before says
    #[arg(long, value_name = "PATH")]
    pub(crate) cursor: Option<String>,
}

const KINDS: [&str; 4] = ["tv", "box", "projector", "audio"];

/// One code set.
#[derive(Debug, Args)]
pub(crate) struct SetArg {
    /// A code set of the venue, or one that comes with the daemon, such as lg-tv
    #[arg(value_name = "SET", required_unless_present = "file")]
    pub(crate) set: Option<String>,
    /// A file of the library folder instead, as `codes list` names it
    #[arg(long, value_name = "PATH", conflicts_with = "set")]
    pub(crate) file: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportCodesArgs {
    /// The file; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// flipper, smartir, broadlink, irdb, pronto, lirc or global_cache [default: as the file looks]
    #[arg(long)]
    pub(crate) format: Option<String>,
    /// Which remote is meant, in a lircd.conf with several
    #[arg(long, value_name = "NAME")]
    pub(crate) remote: Option<String>,
    /// Licence of the file
    #[arg(long)]
    pub(crate) licence: Option<String>,
    #[command(flatten)]
    pub(crate) names: SetNames,
    /// Call a key of the file otherwise, such as 'other:TV/Video=source'; an empty name leaves it out
    #[arg(long = "rename", value_name = "OLD=NEW", value_parser = pair)]
    pub(crate) renames: Vec<(String, String)>,
    /// Replace the set of this name, if there is one
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show what would be imported, and save nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What a set is called and for.
#[derive(Debug, Args)]
pub(crate) struct SetNames {
    /// Name of the set [default: from make and model]
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Make of the appliances [default: as the file says]
    #[arg(long)]
    pub(crate) make: Option<String>,
    /// A model; may be given several times [default: as the file says]
    #[arg(long = "model", value_name = "MODEL")]
    pub(crate) models: Vec<String>,
    /// tv, box, projector or audio [default: as the file says]
    #[arg(long, value_parser = KINDS)]
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptCodesArgs {
    /// A code set that comes with the daemon, such as lg-tv
    #[arg(value_name = "SET", required_unless_present = "file")]
    pub(crate) set: Option<String>,
    /// A file of the library folder instead, as `codes list` names it
    #[arg(long, value_name = "PATH", conflicts_with = "set")]
    pub(crate) file: Option<String>,
    #[command(flatten)]
    pub(crate) names: SetNames,
    /// Drive this TV by the set, by HOST/PORT or name; may be given several times
    #[arg(long = "port", value_name = "HOST/PORT", value_parser = parse::one_tv)]
    pub(crate) ports: Vec<OneTv>,
    /// Name of the infrared transmitter of these TVs [default: the one whose name ends in the number of the port]
    #[arg(long, value_name = "NAME", requires = "ports")]
    pub(crate) emitter: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArg,
    /// Name of the receiver, if the board has several
    #[arg(long, value_name = "NAME")]
    pub(crate) receiver: Option<String>,
    /// Name of the key that you press, such as volume_up
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    #[command(flatten)]
    pub(crate) tv: OneTvArg,
    /// Only this make, such as LG
    #[arg(long)]
    pub(crate) make: Option<String>,
    /// Only tv, box, projector or audio
    #[arg(long, value_parser = KINDS)]
    pub(crate) kind: Option<String>,
    /// Name of the infrared transmitter [default: that of the port]
    #[arg(long, value_name = "NAME")]
    pub(crate) emitter: Option<String>,
    /// A code to which the TV reacted
    #[arg(long = "yes", value_name = "KEY=CODE", value_parser = pair)]
    pub(crate) reacted: Vec<(String, String)>,
    /// A code to which it did not react
    #[arg(long = "no", value_name = "KEY=CODE", value_parser = pair)]
    pub(crate) ignored: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = false, args = ["code", "set", "file"])]
pub(crate) struct TryArgs {
    #[command(flatten)]
    pub(crate) tv: OneTvArg,
    /// The key of the set or the file, such as volume_up; with --code what the code is thought to do
    #[arg(value_name = "KEY", required_unless_present = "code")]
    pub(crate) key: Option<String>,
    /// A code, such as nec1:4,2
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// A code set of the venue, or one that comes with the daemon
    #[arg(long)]
    pub(crate) set: Option<String>,
    /// A file of the library folder, as `codes list` names it
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<String>,
    /// Name of the infrared transmitter [default: that of the port]
    #[arg(long, value_name = "NAME")]
    pub(crate) emitter: Option<String>,
    /// How often the code is sent for the press, 1 to 20 [default: as set and protocol need]
    #[arg(long, value_name = "N", value_parser = parse::number::<u8>(1, 20))]
    pub(crate) sends: Option<u8>,
    /// Also send what switches power
    #[arg(long)]
    pub(crate) allow_power: bool,
}

/// Two texts with `=` between them.
fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(left, _)| !left.trim().is_empty());
    let (left, right) =
        pair.ok_or("give two texts with = between them, such as volume_up=nec1:4,2")?;
    Ok((left.trim().to_owned(), right.trim().to_owned()))
}
