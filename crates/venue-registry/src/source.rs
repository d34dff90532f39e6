//! Sources: what screens show where that is not the tuner of the TV, such as set-top boxes.
//!
//! A screen is a TV's port, or a TV's port plus a source. A source has a port of its own, to which its box listens,
//! and several screens may show it: directly, or through a matrix, which is described here and not switched.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use venue_domain::{Hostname, PortId, PortIndex, Screen, SourceEntry};

use crate::{Label, Port, read_blaster_port, read_device_name};

/// What screens show, such as a set-top box.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = SourceItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Id, to which screens and selectors refer.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The port to which its box listens. It is the port of no other source, and no screen.
    pub port: SourcePort,
    /// How its picture gets to the screens, for people: `matrix output 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Position among the sources; lower comes first.
    #[serde(default)]
    pub order: i32,
}

/// The port of a source.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePort {
    /// The device.
    #[serde(deserialize_with = "read_device_name")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub hostname: Hostname,
    /// Its port, 1 to 5.
    #[serde(deserialize_with = "read_blaster_port")]
    #[cfg_attr(feature = "schema", schema(value_type = u8))]
    pub port: PortIndex,
}

impl Source {
    /// The port to which its box listens.
    #[must_use]
    pub fn port_id(&self) -> PortId {
        PortId { device: self.port.hostname.clone(), port: self.port.port }
    }
}

/// Which port is a source's, and which screens show each source; found out once for a registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceIndex {
    by_id: BTreeMap<Label, Arc<SourceEntry>>,
    by_port: BTreeMap<PortId, Arc<SourceEntry>>,
}

impl SourceIndex {
    pub(crate) fn of<'r>(
        sources: impl Iterator<Item = &'r Source>,
        ports: impl Iterator<Item = (PortId, &'r Port)>,
    ) -> Self {
        let mut screens: BTreeMap<&Label, Vec<Screen>> = BTreeMap::new();
        for (port, registered) in ports {
            if let Some(source) = &registered.source {
                let name = registered.name.clone();
                screens.entry(source).or_default().push(Screen { port, name });
            }
        }
        let mut index = Self::default();
        for source in sources {
            let mut screens = screens.remove(&source.id).unwrap_or_default();
            screens.sort();
            let (id, name, port) =
                (source.id.as_str().into(), source.name.clone(), source.port_id());
            let entry = Arc::new(SourceEntry { id, name, port: port.clone(), screens });
            index.by_id.insert(source.id.clone(), Arc::clone(&entry));
            // Two sources of one port are a problem that is told; the first holds.
            index.by_port.entry(port).or_insert(entry);
        }
        index
    }

    pub(crate) fn named(&self, id: &Label) -> Option<&Arc<SourceEntry>> {
        self.by_id.get(id)
    }

    pub(crate) fn at(&self, port: &PortId) -> Option<&Arc<SourceEntry>> {
        self.by_port.get(port)
    }
}
