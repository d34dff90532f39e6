//! The command line of `venued`.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use clap::{Args, CommandFactory, Parser, Subcommand};
use snafu::ResultExt;
use tokio::runtime::Runtime;
use venue_domain::Clock;

use crate::{
    Daemon, Failure,
    clock::SystemClock,
    config::{Config, LogFormat},
    config_path::CONFIGURATION,
    demo::Demo,
    error::{ManualSnafu, SystemSnafu},
    files, manual,
    restore::{self, RestoreArgs, RestoreError, VerifyArgs},
    setup_command::{self, SetupArgs},
    signals::StopSignal,
    telemetry,
    tls_init::{self, TlsInitArgs, TlsTrustArgs},
};

/// Controls the screens of a venue: takes commands over HTTP, and sends them to infrared boards.
///
/// Exit codes: 0 after SIGTERM or SIGINT, 1 when it cannot run, 2 for wrong arguments, 75 while
/// another venued uses the database, 78 for a configuration that cannot be used. `verify` and
/// `restore` end with 0 when it is done, 1 when it failed, 2 for wrong arguments, 3 for a file or folder that
/// does not exist, 5 while venued uses the database.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    serve: ServeArgs,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The configuration file.
    #[arg(long, env = "VENUED_CONFIG", default_value = CONFIGURATION)]
    config: PathBuf,
    /// Checks the configuration, prints a summary, and exits.
    #[arg(long)]
    check_config: bool,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Starts a complete simulated venue with its daemon.
    #[command(after_help = DEMO_EXAMPLES)]
    Demo {
        /// Address on which HTTP is served.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Folder for the venue's configuration [default: a temporary folder].
        #[arg(long)]
        state: Option<PathBuf>,
        /// Number of boards, with five TVs each.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=400))]
        boards: u16,
    },
    /// Checks that a backup is sound; needs no daemon.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Replaces the database with a backup, while venued is stopped.
    ///
    /// The current database is moved aside. Commands that were waiting in the backup are not sent, because newer
    /// commands may have been sent since it was made; commands scheduled for later stay.
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore(RestoreArgs),
    /// Makes certificates for HTTPS.
    #[command(subcommand, after_help = TLS_EXAMPLES)]
    Tls(TlsCommand),
    /// Sets up a new venue: its name and time zone, who signs in, and HTTPS for tablets.
    ///
    /// It asks what is not given, writes the configuration file, and leaves for the daemon what it does at its next start.
    /// Run again it says what is there, and overwrites nothing.
    #[command(after_help = SETUP_EXAMPLES)]
    Setup(SetupArgs),
    /// Writes the manual pages into a folder.
    #[command(hide = true, after_help = MAN_EXAMPLES)]
    Man {
        /// The folder.
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum TlsCommand {
    /// Makes an authority of the venue's own and a certificate for this machine, and says how tablets trust it.
    ///
    /// The certificate is for the names and addresses of this machine, for localhost, and for what is given. An
    /// authority that is there already is used again.
    #[command(after_help = TLS_EXAMPLES)]
    Init(TlsInitArgs),
    /// Says how tablets, computers and venuectl come to trust the venue's own authority.
    #[command(after_help = TLS_EXAMPLES)]
    Trust(TlsTrustArgs),
}

impl Cli {
    /// Does what the command line says, until it is done or told to stop.
    ///
    /// # Errors
    /// [`Failure`], with its exit code.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Some(Subcommands::Demo { listen, state, boards }) => demo(listen, state, boards),
            Some(Subcommands::Verify(args)) => print(restore::verify(&args)),
            Some(Subcommands::Restore(args)) => print(restore::restore(&args, SystemClock.now())),
            Some(Subcommands::Tls(TlsCommand::Init(args))) => {
                say(&tls_init::init(&args, SystemClock.wall().for_calendar())?);
                Ok(())
            }
            Some(Subcommands::Tls(TlsCommand::Trust(args))) => {
                say(&tls_init::trusted(&args)?);
                Ok(())
            }
            Some(Subcommands::Setup(args)) => {
                say(&setup_command::run(&args, SystemClock.wall().for_calendar())?);
                Ok(())
            }
            Some(Subcommands::Man { folder }) => {
                manual::write(Self::command(), &folder).context(ManualSnafu { path: folder })
            }
            None if self.serve.check_config => check(&self.serve),
            None => serve(&self.serve),
        }
    }
}

#[expect(clippy::print_stdout, reason = "what the check found is data")]
fn check(args: &ServeArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config)?;
    telemetry::check(&config.log_filter)?;
    let tvs: usize = config.devices.iter().map(|device| device.record.ports.len()).sum();
    let (file, devices) = (args.config.display(), config.devices.len());
    println!("{file} is good: {devices} devices, {tvs} TVs, HTTP on {}", config.listen);
    Ok(())
}

fn print(result: Result<String, RestoreError>) -> Result<(), Failure> {
    say(&result?);
    Ok(())
}

fn say(text: &str) {
    // The exit code tells as well, to whoever closed stdout.
    let _printed: io::Result<()> = io::stdout().write_all(text.as_bytes());
}

fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config)?;
    // Dropped last: until then it writes out what is logged.
    let _logs = telemetry::init(config.log_format, &config.log_filter)?;
    files::raise_limit();
    block_on(async {
        let stop = StopSignal::listen().context(SystemSnafu)?;
        let daemon = Daemon::start(config).await?;
        Ok(daemon.run(stop.received()).await?)
    })
}

fn demo(listen: SocketAddr, state: Option<PathBuf>, boards: u16) -> Result<(), Failure> {
    let _logs = telemetry::init(LogFormat::Auto, "info")?;
    files::raise_limit();
    block_on(async {
        let stop = StopSignal::listen().context(SystemSnafu)?;
        let demo = Demo::start(listen, state, boards).await?;
        Ok(demo.run(stop.received()).await?)
    })
}

/// Runs `work`, and ends without what still blocks a thread then, such as a read of a disk that hangs.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = runtime()?;
    let ended = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT_OVER);
    ended
}

const EXAMPLES: &str = "\
Examples:
  venued --config /etc/venued/venued.toml
  venued --check-config
  venued demo";

const DEMO_EXAMPLES: &str = "\
Examples:
  venued demo
  venued demo --boards 200 --listen 127.0.0.1:8081 --state venue-demo";

const VERIFY_EXAMPLES: &str = "\
Examples:
  venued verify /var/lib/venued/backups/venue-001790000000250.db
  venued verify /mnt/nas/venue/venue-001790000000250.db.age --passphrase-file backup.passphrase";

const RESTORE_EXAMPLES: &str = "\
Examples:
  systemctl stop venued
  venued restore /var/lib/venued/backups/venue-001790000000250.db
  venued restore /mnt/nas/venue/venue-001790000000250.db.age --passphrase-file backup.passphrase
  systemctl start venued";

const TLS_EXAMPLES: &str = "\
Examples:
  venued tls init
  venued tls init venue.lan 192.168.1.10
  venued tls init --renew
  venued tls trust";

const SETUP_EXAMPLES: &str = "\
Examples:
  venued setup
  venued setup --non-interactive --name Oak --tz Australia/Sydney --listen 0.0.0.0:8443 --admin Rosa --admin-password-file rosa.password";

const MAN_EXAMPLES: &str = "\
Examples:
  venued man /usr/local/share/man/man1";

/// So long what blocks is waited for, when all else has ended.
const LEFT_OVER: Duration = Duration::from_millis(500);

/// Two threads serve a thousand sessions; more would only cost memory.
fn runtime() -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("venued").enable_all().build().context(SystemSnafu)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines below "Examples:" that start `venued`.
    fn examples(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().skip_while(|line| *line != "Examples:");
        lines.filter(|line| line.starts_with("  venued ")).map(str::to_owned).collect()
    }

    #[test]
    fn every_command_has_examples_that_parse() {
        let command = Cli::command();
        command.clone().debug_assert();
        for command in command.get_subcommands().chain([&command]) {
            let examples = examples(command);
            assert!(!examples.is_empty(), "{} has no example", command.get_name());
            for line in examples {
                let parsed = Cli::try_parse_from(line.split_whitespace());
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }
}
