//! What the path of a file in its database says: make, model and kind.

use crate::ApplianceKind;

use super::{Format, names};

/// What a path says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathHints {
    /// The make of the appliance.
    pub make: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// What kind of appliance it is.
    pub kind: Option<ApplianceKind>,
}

/// Folder names of the databases, and what is in them.
const FOLDERS: [(&str, ApplianceKind); 25] = [
    ("tv", ApplianceKind::Tv),
    ("tvs", ApplianceKind::Tv),
    ("television", ApplianceKind::Tv),
    ("lcd tv", ApplianceKind::Tv),
    ("plasma", ApplianceKind::Tv),
    ("monitor", ApplianceKind::Tv),
    ("monitors", ApplianceKind::Tv),
    ("box", ApplianceKind::Box),
    ("cable box", ApplianceKind::Box),
    ("cable boxes", ApplianceKind::Box),
    ("set top box", ApplianceKind::Box),
    ("satellite", ApplianceKind::Box),
    ("streaming devices", ApplianceKind::Box),
    ("dvb t", ApplianceKind::Box),
    ("projector", ApplianceKind::Projector),
    ("projectors", ApplianceKind::Projector),
    ("video projector", ApplianceKind::Projector),
    ("audio", ApplianceKind::Audio),
    ("a v receiver", ApplianceKind::Audio),
    ("receiver", ApplianceKind::Audio),
    ("audio and video receivers", ApplianceKind::Audio),
    ("amplifier", ApplianceKind::Audio),
    ("soundbars", ApplianceKind::Audio),
    ("soundbar", ApplianceKind::Audio),
    ("speakers", ApplianceKind::Audio),
];

impl PathHints {
    /// What `path` says of a file of this format: Flipper databases have `KIND/MAKE/MODEL.ir`, irdb has
    /// `MAKE/KIND/D,S.csv`.
    #[must_use]
    pub fn of(format: Format, path: &str) -> Self {
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let Some((file, folders)) = parts.split_last() else { return Self::default() };
        let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
        let found = folders.iter().rposition(|folder| kind_of(folder).is_some());
        let kind = found.and_then(|place| folders.get(place)).and_then(|folder| kind_of(folder));
        let make = match (format, found) {
            (Format::Irdb, Some(place)) => {
                place.checked_sub(1).and_then(|before| folders.get(before))
            }
            (Format::Irdb, None) => None,
            (_, Some(place)) => folders.get(place + 1),
            (_, None) => folders.last(),
        };
        let make = make.map(|make| words(make)).filter(|make| !make.is_empty());
        // irdb names its files by device and subdevice.
        let model = (format != Format::Irdb).then(|| model(stem, make.as_deref()));
        Self { make, model: model.filter(|model| !model.is_empty()), kind }
    }
}

fn kind_of(folder: &str) -> Option<ApplianceKind> {
    let folder = words(folder).to_lowercase();
    let found = FOLDERS.iter().find(|(name, _)| *name == folder);
    found.map(|(_, kind)| *kind)
}

fn words(text: &str) -> String {
    let words = text.split(['_', '-', ' ']).filter(|word| !word.is_empty());
    names::shown(&words.collect::<Vec<_>>().join(" "))
}

/// The name of the file, without the make in front of it.
fn model(stem: &str, make: Option<&str>) -> String {
    let name = names::shown(&stem.replace('_', " "));
    let Some(make) = make else { return name };
    match name.get(..make.len()) {
        Some(front) if front.eq_ignore_ascii_case(make) => {
            name[make.len()..].trim_start_matches([' ', '-']).to_owned()
        }
        Some(_) | None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(
        format: Format,
        path: &str,
    ) -> (Option<String>, Option<String>, Option<ApplianceKind>) {
        let PathHints { make, model, kind } = PathHints::of(format, path);
        (make, model, kind)
    }

    #[test]
    fn the_folders_of_the_databases_say_make_model_and_kind() {
        let some = |text: &str| Some(text.to_owned());
        let tv = Some(ApplianceKind::Tv);
        assert_eq!(
            hints(Format::Flipper, "TVs/Samsung/Samsung_BN59-01178.ir"),
            (some("Samsung"), some("BN59-01178"), tv)
        );
        assert_eq!(
            hints(Format::Flipper, "./Cable_Boxes/Sky/Sky_Q.ir"),
            (some("Sky"), some("Q"), Some(ApplianceKind::Box))
        );
        assert_eq!(hints(Format::Irdb, "codes/Acme/TV/4,-1.csv"), (some("Acme"), None, tv));
        assert_eq!(hints(Format::Flipper, "remote.ir"), (None, some("remote"), None));
        assert_eq!(hints(Format::Flipper, ""), (None, None, None));
        assert_eq!(hints(Format::Irdb, "TV/1,1.csv"), (None, None, tv));
    }
}
