//! The item of the venue itself: what a registry has of it, and how it is changed.

use std::collections::BTreeSet;

use serde_json::Value;
use venue_domain::{Configuration, ItemChange, ItemKind};

use crate::{
    Day, EditError, Registry, TimeZoneName, Venue,
    edit_error::{ShapeSnafu, shape},
    venue,
};

/// There is one venue, so its item needs no id of its own.
const ID: &str = "venue";

impl Registry {
    /// What the venue says of itself.
    #[must_use]
    pub fn venue(&self) -> Option<&Venue> {
        self.venue.as_ref().map(|listed| &listed.value)
    }

    /// The zone in which the venue's people read and write times: the venue's own, or that of the machine.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZoneName {
        self.venue().and_then(|venue| venue.time_zone.as_ref()).unwrap_or(&self.machine_time_zone)
    }

    /// The dates that are holidays there.
    #[must_use]
    pub fn holidays(&self) -> BTreeSet<Day> {
        self.venue().map(|venue| venue.holidays.clone()).unwrap_or_default()
    }

    /// The zone of the machine, which holds where the venue names none.
    #[must_use]
    pub const fn machine_time_zone(&self) -> &TimeZoneName {
        &self.machine_time_zone
    }
}

/// The holidays of the venue that a configuration describes; none where it cannot be read, which the registry tells.
#[must_use]
pub fn holidays_of(configuration: &Configuration) -> BTreeSet<Day> {
    let item = configuration.items.iter().find(|item| item.kind == ItemKind::Venue);
    let venue = item.and_then(|item| serde_json::from_str::<Venue>(&item.body).ok());
    venue.map(|venue| venue.holidays).unwrap_or_default()
}

/// The change that makes it what `value` says.
pub(crate) fn put(value: Value) -> Result<Vec<ItemChange>, EditError> {
    let venue: Venue = serde_path_to_error::deserialize(value).map_err(|error| shape(&error))?;
    if let Some((field, detail)) = venue::wrong(&venue) {
        return ShapeSnafu { field, detail }.fail();
    }
    Ok(vec![change(&venue)])
}

/// The change that makes it the venue.
pub(crate) fn change(venue: &Venue) -> ItemChange {
    let (kind, id) = (ItemKind::Venue, ID.to_owned());
    if *venue == Venue::default() {
        return ItemChange::Remove { kind, id };
    }
    // What was read can be written.
    ItemChange::Put { kind, id, body: serde_json::to_string(venue).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Base, Document, Edit, Expected};
    use serde_json::json;

    fn base() -> Base {
        let time_zone = "Europe/Berlin".parse().unwrap();
        Base { time_zone, ..Base::default() }
    }

    fn edited(configuration: &mut Configuration, edit: Edit) -> Result<Registry, EditError> {
        let changes = edit.decide(configuration, &base())?;
        configuration.apply(&changes, configuration.revision + 1);
        Ok(Registry::read(configuration, &base()).0)
    }

    #[test]
    fn the_venue_has_a_zone_of_its_own_or_that_of_the_machine() {
        let mut all = Configuration::default();
        let (empty, _) = Registry::read(&all, &base());
        assert_eq!((empty.venue(), empty.time_zone().as_str()), (None, "Europe/Berlin"));
        let patch = json!({"name": "The Oak", "time_zone": "australia/sydney"});
        let named = edited(&mut all, Edit::Venue { patch }).unwrap();
        assert_eq!(named.time_zone().as_str(), "Australia/Sydney");
        let patch = json!({"time_zone": null});
        let plain = edited(&mut all, Edit::Venue { patch }).unwrap();
        assert_eq!(plain.time_zone().as_str(), "Europe/Berlin");
        assert_eq!(plain.venue().unwrap().name.as_deref(), Some("The Oak"));
        edited(&mut all, Edit::Venue { patch: json!({"name": null}) }).unwrap();
        assert_eq!(all.items, [], "what says nothing is not kept");
    }

    #[test]
    fn what_is_no_zone_or_no_name_is_told_with_its_field() {
        for (patch, told) in [
            (json!({"time_zone": "Mars"}), "time_zone: \"Mars\" is not an IANA time zone such as"),
            (json!({"time_zone": 7}), "time_zone: "),
            (json!({"name": " "}), "name: "),
            (json!({"zone": "UTC"}), "zone"),
            (json!({"holidays": ["2026-12-25", "Christmas"]}), "not a date such as 2026-12-25"),
        ] {
            let error = edited(&mut Configuration::default(), Edit::Venue { patch }).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn a_document_carries_the_venue_and_takes_it_away_only_where_it_prunes() {
        let mut all = Configuration::default();
        let patch = json!({"name": "The Oak", "time_zone": "Australia/Sydney"});
        let registry = edited(&mut all, Edit::Venue { patch }).unwrap();
        let exported = Document::of(&registry);
        assert_eq!(exported.diff(&registry, true), Ok(Vec::new()));
        let apply = |document: &Document, prune| Edit::Apply {
            document: Box::new(document.clone()),
            prune,
            expected: Expected::Any,
        };
        let bare = Document::default();
        let shown = |document: &Document, prune| {
            let changes = document.diff(&registry, prune).unwrap();
            changes
                .iter()
                .map(|change| format!("{} {:?}", change.item, change.change))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&bare, false), Vec::<String>::new());
        assert_eq!(shown(&bare, true), ["venue Removed"]);
        let kept = edited(&mut all, apply(&bare, false)).unwrap();
        assert!(kept.venue().is_some());
        let gone = edited(&mut all, apply(&bare, true)).unwrap();
        assert!(gone.venue().is_none());
        let back = edited(&mut all, apply(&exported, true)).unwrap();
        assert_eq!(back.time_zone().as_str(), "Australia/Sydney");
        let other = json!({"venue": {"name": "The Elm", "time_zone": "Australia/Sydney"}});
        assert_eq!(shown(&Document::read(other).unwrap(), false), ["venue Changed"]);
    }
}
