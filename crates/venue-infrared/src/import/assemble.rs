//! From the records of a file to keys: names are mapped, and what would be wrong on a port is dropped.

use std::collections::BTreeMap;

use crate::{Code, KeyName, same_signal};

use super::{
    Finding, Format, Import, names,
    recognise::recognised,
    record::{Record, Records},
};

/// A key on its way into the import.
struct Candidate {
    line: Option<usize>,
    name: String,
    code: Code,
}

pub(super) fn assemble(format: Format, records: Records) -> Import {
    let Records { make, models, kind, all, dropped, warnings } = records;
    let mut import = Import {
        format,
        make,
        models,
        kind,
        keys: BTreeMap::new(),
        sends: BTreeMap::new(),
        dropped,
        warnings,
    };
    let names: Vec<String> = all.iter().map(|record| record.name.to_lowercase()).collect();
    let mut taken: BTreeMap<KeyName, Candidate> = BTreeMap::new();
    for record in all {
        take(&mut import, &mut taken, &names, record);
    }
    same_for_on_and_off(&mut import, &mut taken);
    import.keys = taken.into_iter().map(|(key, candidate)| (key, candidate.code)).collect();
    import.sends.retain(|key, _| import.keys.contains_key(key));
    import
}

fn take(
    import: &mut Import,
    taken: &mut BTreeMap<KeyName, Candidate>,
    names: &[String],
    record: Record,
) {
    let Record { line, name, key, code, sends, warnings } = recognised(record);
    let finding = |why: String| Finding { line, what: name.clone(), why };
    let code = match code {
        Ok(code) => code,
        Err(why) => return import.dropped.push(finding(why)),
    };
    if let Some(twin) = twin_of(&name, names) {
        let why = format!(
            "it is the twin of {twin}: the same key with the other toggle bit, which is flipped here for \
             each press"
        );
        return import.dropped.push(finding(why));
    }
    let mut key = key.unwrap_or_else(|| names::key(&name));
    if let Some(first) = taken.get(&key) {
        let place = first.line.map(|line| format!(" in line {line}")).unwrap_or_default();
        if first.code == code {
            let why = format!("{key} is there already{place}, with the same code");
            return import.dropped.push(finding(why));
        }
        let Some(free) = free_name(&name, taken) else {
            let why = format!("{key} is there already{place}, with another code");
            return import.dropped.push(finding(why));
        };
        let why = format!("{key} is there already{place}, with another code: this one is {free}");
        import.warnings.push(finding(why));
        key = free;
    }
    import.warnings.extend(warnings.into_iter().map(finding));
    if let Some(sends) = sends {
        import.sends.insert(key.clone(), sends);
    }
    taken.insert(key, Candidate { line, name, code });
}

/// The key whose twin this is: databases of the Flipper hold `power_r` beside `power`.
fn twin_of<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let lower = name.to_lowercase();
    let bare = lower.strip_suffix("_r")?;
    names.iter().find(|other| *other == bare).map(String::as_str)
}

/// A name for a second code of the same name.
fn free_name(name: &str, taken: &BTreeMap<KeyName, Candidate>) -> Option<KeyName> {
    /// Nobody has more of them.
    const MOST: usize = 9;
    let mut free = (1..=MOST).map(|number| match number {
        1 => KeyName::other(name),
        number => KeyName::other(&format!("{name} {number}")),
    });
    free.find(|key| !taken.contains_key(key))
}

/// A power key is only called discrete where its code is: `power_on` with the code of `power_off` or
/// `power` is the toggle, and likewise mute.
fn same_for_on_and_off(import: &mut Import, taken: &mut BTreeMap<KeyName, Candidate>) {
    for toggle in ["power", "mute"] {
        let (on, off) = (format!("{toggle}_on"), format!("{toggle}_off"));
        let same = |taken: &BTreeMap<KeyName, Candidate>, one: &str, other: &str| {
            matches!((taken.get(one), taken.get(other)), (Some(one), Some(other))
                if same_signal(&one.code, &other.code))
        };
        let (with_off, with_on) = (same(taken, &on, &off), same(taken, &off, toggle));
        let twice = with_off || same(taken, &on, toggle);
        for (key, is_toggle) in [(&on, twice), (&off, with_off || with_on)] {
            let Some(candidate) = is_toggle.then(|| taken.remove(key.as_str())).flatten() else {
                continue;
            };
            let why = format!("its code is the one of the toggle: it is kept as {toggle}");
            let what = candidate.name.clone();
            import.dropped.push(Finding { line: candidate.line, what, why });
            if let Ok(toggle) = toggle.parse() {
                taken.entry(toggle).or_insert(candidate);
            }
        }
    }
}
