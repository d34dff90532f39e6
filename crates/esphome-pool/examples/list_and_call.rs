//! Lists what a device has, and calls one of its actions.
//!
//! `cargo run -p esphome-pool --example list_and_call -- HOST[:PORT] [--key BASE64]
//! [ACTION [ARG=VALUE …]]`

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{error::Error, sync::Arc, time::Duration};

use esphome_pool::{
    Call, CallEnd, CallRequest, DeviceConfig, DeviceHandle, DeviceState, EvidenceWanted, Pool,
    PoolConfig, SessionInfo, Written,
    codec::{
        ActionDescription, ArgDescription, ArgKind, ArgValue, Encryption, Psk, SupportsResponse,
    },
};
use tokio::time::{Instant, timeout};

const USAGE: &str = "usage: list_and_call HOST[:PORT] [--key BASE64] [ACTION [ARG=VALUE …]]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let pool = Pool::new(PoolConfig::default());
    let (device, session) = timeout(PATIENCE, connect(&pool, &wanted)).await??;
    list(&session);
    if let Some(name) = &wanted.action {
        let listing = &session.peer.listing;
        let action = listing.action(name).ok_or_else(|| format!("there is no action {name}"))?;
        call(&device, action, &wanted.values).await?;
    }
    pool.shutdown(PATIENCE).await;
    Ok(())
}

/// For the session, for the call, and for the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the command line says.
struct Wanted {
    address: String,
    encryption: Encryption,
    action: Option<String>,
    /// Names and values of arguments.
    values: Vec<(String, String)>,
}

impl Wanted {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut words, mut encryption) = (Vec::new(), Encryption::Plaintext);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--key" => {
                    let key = args.next().ok_or(USAGE)?;
                    encryption = Encryption::Noise(Psk::from_base64(&key)?);
                }
                "--help" | "-h" => return Err(USAGE.into()),
                _ => words.push(arg),
            }
        }
        let mut words = words.into_iter();
        let host = words.next().ok_or(USAGE)?;
        // The port of the native API, unless another is given.
        let address = if host.contains(':') { host } else { format!("{host}:6053") };
        let action = words.next();
        let pair = |word: String| match word.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(USAGE),
        };
        let values = words.map(pair).collect::<Result<_, _>>()?;
        Ok(Self { address, encryption, action, values })
    }
}

/// Opens a session with whoever answers: only the address is known.
async fn connect(
    pool: &Pool,
    wanted: &Wanted,
) -> Result<(DeviceHandle, Arc<SessionInfo>), Box<dyn Error>> {
    let encryption = wanted.encryption.clone();
    let device = pool.add(DeviceConfig { encryption, ..DeviceConfig::at(&wanted.address) })?;
    let mut states = device.watch();
    let settled = states.wait_for(|s| !matches!(s, DeviceState::Connecting { .. })).await?.clone();
    match settled {
        DeviceState::Online(session) => Ok((device, session)),
        DeviceState::Misconfigured { cause, .. } => Err(format!("{cause:?}").into()),
        DeviceState::Offline { cause, .. } => Err(cause.to_string().into()),
        DeviceState::Connecting { .. } | DeviceState::Stopped => Err("stopped".into()),
    }
}

fn list(session: &SessionInfo) {
    let peer = &session.peer;
    println!("{} at {}: ESPHome {}", peer.name, session.address, peer.device_info.esphome_version);
    println!("actions:");
    for action in &peer.listing.actions {
        let args: Vec<_> = action.args.iter().map(described).collect();
        println!("  {}({})", action.name, args.join(", "));
    }
    println!("entities:");
    for entity in &peer.listing.entities {
        let unit = &entity.unit_of_measurement;
        println!("  {} {:?} {unit} ({})", entity.kind.name(), entity.name, entity.id());
    }
}

fn described(arg: &ArgDescription) -> String {
    let optional = if arg.optional { "?" } else { "" };
    format!("{}{optional}: {}", arg.name, arg.kind.name())
}

async fn call(
    device: &DeviceHandle,
    action: &ActionDescription,
    values: &[(String, String)],
) -> Result<(), Box<dyn Error>> {
    if let Some((name, _)) = values.iter().find(|(n, _)| action.args.iter().all(|a| a.name != *n)) {
        return Err(format!("{} has no argument {name}", action.name).into());
    }
    let value = |arg: &ArgDescription| match values.iter().find(|(name, _)| *name == arg.name) {
        Some((_, text)) => read_value(arg.kind, text),
        None => Err(format!("the argument {} is missing", described(arg)).into()),
    };
    let request = action.call(action.args.iter().map(value).collect::<Result<_, _>>()?)?;
    // The best evidence that the device offers.
    let evidence = match action.supports_response {
        SupportsResponse::None | SupportsResponse::Unrecognised(_) => EvidenceWanted::Barrier,
        SupportsResponse::Optional | SupportsResponse::Only | SupportsResponse::Status => {
            EvidenceWanted::Reply
        }
    };
    let call = Call::new(CallRequest::Action(request), evidence);
    let report = device.call(call, Instant::now() + PATIENCE).await;
    println!("{}: {}, after {:?}", action.name, evidence_in_words(&report.end), report.took);
    Ok(())
}

/// The elements of an array are separated by commas.
fn read_value(kind: ArgKind, text: &str) -> Result<ArgValue, Box<dyn Error>> {
    let parts = || text.split(',').filter(|part| !part.is_empty());
    Ok(match kind {
        ArgKind::Bool => ArgValue::Bool(text.parse()?),
        ArgKind::Int => ArgValue::Int(text.parse()?),
        ArgKind::Float => ArgValue::Float(text.parse()?),
        ArgKind::Text => ArgValue::Text(text.to_owned()),
        ArgKind::Bools => ArgValue::Bools(parts().map(str::parse).collect::<Result<_, _>>()?),
        ArgKind::Ints => ArgValue::Ints(parts().map(str::parse).collect::<Result<_, _>>()?),
        ArgKind::Floats => ArgValue::Floats(parts().map(str::parse).collect::<Result<_, _>>()?),
        ArgKind::Texts => ArgValue::Texts(parts().map(str::to_owned).collect()),
        ArgKind::Unrecognised(number) => return Err(format!("unknown type {number}").into()),
    })
}

fn evidence_in_words(end: &CallEnd) -> String {
    match end {
        CallEnd::Replied { success: true, data, .. } => {
            format!("the device replied: done {}", String::from_utf8_lossy(data))
        }
        CallEnd::Replied { error_message, .. } => {
            format!("the device replied: failed, {error_message}")
        }
        CallEnd::InfraredDone { success } => format!("infrared done: {success}"),
        CallEnd::Barrier => "consumed by the device, which does not reply to it".to_owned(),
        CallEnd::NothingInTime { written: Written::Started } => "sent, and nothing came".to_owned(),
        CallEnd::SessionLost { written: Written::Started, cause } => {
            format!("sent, and the session was lost: {cause}")
        }
        CallEnd::SessionLost { written: Written::Skipped, cause } => {
            format!("not sent, the session was lost: {cause}")
        }
        CallEnd::Invalid(error) => format!("not sent: {error}"),
        CallEnd::NothingInTime { written: Written::Skipped }
        | CallEnd::NotConnected { .. }
        | CallEnd::Withdrawn
        | CallEnd::Stopped => "not sent".to_owned(),
    }
}
