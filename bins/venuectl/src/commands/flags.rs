//! What the fields of requests are called on the command line: who reads an error has typed an argument or
//! a flag, never a field.

use crate::{
    cli::{CodesCommand, Command, DeviceCommand, PortCommand, ScheduleCommand, TokenCommand},
    error::Flags,
};

/// The names of the fields that `command` sends.
pub(super) const fn of(command: &Command) -> Flags {
    match command {
        Command::Tv(_) => TV,
        Command::Batch(_) => BATCH,
        Command::Port(PortCommand::List { .. }) => &[("selector", "SELECTOR")],
        Command::Port(
            PortCommand::Set(_) | PortCommand::Correct { .. } | PortCommand::Clear { .. },
        ) => PORT,
        Command::Device(command) => of_device(command),
        Command::Token(TokenCommand::Create(_)) => TOKEN,
        Command::Schedule(command) => of_schedule(command),
        Command::Queue(_) | Command::History(_) => LIST,
        Command::Preset(_) => PRESET,
        Command::Lock(_) => LOCK,
        Command::Maintenance(_) => MAINTENANCE,
        Command::Source(_) => SOURCE,
        Command::Venue(_) => VENUE,
        Command::Person(_) => PERSON,
        Command::Codes(CodesCommand::Learn(_)) => LEARN,
        Command::Codes(CodesCommand::Try(_)) => TRY,
        Command::Codes(CodesCommand::Find(_)) => FIND,
        Command::Codes(_) => CODES,
        Command::Audit(_) => AUDIT,
        Command::Stats(_) => STATS,
        Command::Events(_) => &[("type", "--type")],
        // They take no field, or fields as the daemon calls them.
        Command::Status
        | Command::Stored(_)
        | Command::Why(_)
        | Command::Backup(_)
        | Command::Config(_)
        | Command::Token(TokenCommand::List | TokenCommand::Revoke { .. })
        | Command::Whoami
        | Command::Setup(_)
        | Command::System(_)
        | Command::Doctor
        | Command::Context(_)
        | Command::Login(_)
        | Command::Logout
        | Command::Explain(_)
        | Command::Api(_)
        | Command::Completion { .. }
        | Command::Man { .. }
        | Command::Alerts
        | Command::Agenda(_)
        | Command::Export { .. }
        | Command::Diff(_)
        | Command::Apply(_)
        | Command::Import(_) => &[],
    }
}

const fn of_schedule(command: &ScheduleCommand) -> Flags {
    match command {
        ScheduleCommand::Add(_) => SCHEDULE,
        ScheduleCommand::Skip(_) | ScheduleCommand::Unskip(_) => &[("on", "--on")],
        ScheduleCommand::Move(_) => &[("on", "--on"), ("to", "--to"), ("put_back", "--put-back")],
        ScheduleCommand::Except { .. } => &[("except", "DATE")],
        // They take no field, or fields as the daemon calls them.
        ScheduleCommand::List
        | ScheduleCommand::Get(_)
        | ScheduleCommand::Set { .. }
        | ScheduleCommand::Remove(_)
        | ScheduleCommand::Next { .. }
        | ScheduleCommand::Runs(_)
        | ScheduleCommand::Preview(_)
        | ScheduleCommand::Run { .. }
        | ScheduleCommand::Pause(_)
        | ScheduleCommand::Resume(_) => &[],
    }
}

const fn of_device(command: &DeviceCommand) -> Flags {
    match command {
        DeviceCommand::Adopt(_) => ADOPT,
        DeviceCommand::Accept { .. } => &[("mac", "MAC")],
        DeviceCommand::Key { .. } => KEY,
        DeviceCommand::Commands { .. } => LIST,
        // They take no field.
        DeviceCommand::List
        | DeviceCommand::Get(_)
        | DeviceCommand::Identify { .. }
        | DeviceCommand::Ping(_)
        | DeviceCommand::Capabilities(_)
        | DeviceCommand::Logs(_)
        | DeviceCommand::Firmware
        | DeviceCommand::Discover
        | DeviceCommand::Remove(_) => &[],
    }
}

const TV: Flags =
    &[("selector", "HOST/PORT"), ("channel", "CHANNEL"), ("input", "INPUT"), ("digit", "KEY")];

const BATCH: Flags = &[
    ("targets", "SELECTOR"),
    ("selectors", "SELECTOR"),
    ("channel", "CHANNEL"),
    ("input", "INPUT"),
    ("digit", "KEY"),
    ("batch_id", "--id"),
    ("priority", "--priority"),
    ("notes", "--notes"),
    ("scheduled_at", "--at"),
    ("limit", "--limit"),
    ("cursor", "--cursor"),
];

const PRESET: Flags = &[
    ("id", "ID"),
    ("selectors", "SELECTOR"),
    ("name", "--name"),
    ("color", "--color"),
    ("order", "--order"),
];

const LOCK: Flags =
    &[("id", "SELECTOR"), ("selector", "SELECTOR"), ("until", "--until"), ("reason", "--reason")];
const MAINTENANCE: Flags =
    &[("id", "HOST|zone=ZONE"), ("until", "--until"), ("reason", "--reason")];
const PERSON: Flags =
    &[("name", "NAME"), ("role", "--role"), ("zones", "--zone"), ("address", "--address")];

const VENUE: Flags = &[("name", "--name"), ("time_zone", "--tz"), ("holidays", "DATE")];

const SOURCE: Flags = &[
    ("id", "ID"),
    ("name", "--name"),
    ("via", "--via"),
    ("order", "--order"),
    ("port", "--port"),
    ("hostname", "--port"),
];

const PORT: Flags = &[
    ("name", "--name"),
    ("appliance", "--appliance"),
    ("zone", "--zone"),
    ("tags", "--tag"),
    ("profile", "--profile"),
    ("default_channel", "--default-channel"),
    ("codeset", "--codeset"),
    ("emitter", "--emitter"),
    ("platform", "--platform"),
    ("source", "--source"),
    ("volume", "--volume"),
    ("power", "--power"),
    ("muted", "--muted"),
    ("channel", "--channel"),
];

const ADOPT: Flags = &[
    ("hostname", "HOST"),
    ("address", "--address"),
    ("mac", "--mac"),
    ("name", "--name"),
    ("zone", "--zone"),
    ("noise_psk", "--key-file"),
];

const KEY: Flags = &[("noise_psk", "--key-file")];

const TOKEN: Flags =
    &[("name", "NAME"), ("role", "--role"), ("zones", "--zone"), ("expires_at", "--expires")];

const SCHEDULE: Flags = &[
    ("cron", "--cron"),
    ("at", "--at"),
    ("put_back", "--put-back"),
    ("zone", "--tz"),
    ("steps", "--do"),
    ("selectors", "SELECTOR"),
    ("except", "--except"),
    ("holidays", "--holidays"),
    ("missed", "--missed"),
    ("overlap", "--overlap"),
    ("name", "--name"),
    ("id", "ID"),
];

const LIST: Flags = &[("hostname", "--device"), ("limit", "--limit"), ("cursor", "--cursor")];

const LEARN: Flags = &[("device", "HOST"), ("receiver", "--receiver"), ("key", "--key")];

const TRY: Flags = &[
    ("code", "--code"),
    ("codeset", "--set"),
    ("file", "--file"),
    ("key", "KEY"),
    ("emitter", "--emitter"),
    ("sends", "--sends"),
    ("port", "HOST/PORT"),
];

const FIND: Flags = &[("make", "--make"), ("kind", "--kind"), ("port", "HOST/PORT")];

const CODES: Flags = &[
    ("starter", "SET"),
    ("file", "--file"),
    ("text", "FILE"),
    ("format", "--format"),
    ("remote", "--remote"),
    ("id", "--id"),
    ("make", "--make"),
    ("kind", "--kind"),
    ("limit", "--limit"),
    ("cursor", "--cursor"),
];

const AUDIT: Flags = &[
    ("actor", "--actor"),
    ("since", "--since"),
    ("until", "--until"),
    ("limit", "--limit"),
    ("cursor", "--cursor"),
];

const STATS: Flags = &[
    ("days", "--days"),
    ("from", "--from"),
    ("to", "--to"),
    ("hostname", "--device"),
    ("device", "--device"),
    ("group", "--group"),
];
