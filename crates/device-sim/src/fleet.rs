//! Many boards.

use std::collections::BTreeMap;

use crate::{Blaster, BlasterConfig, SimError};

/// Boards by name.
#[derive(Debug, Default)]
pub struct Fleet(BTreeMap<String, Blaster>);

impl Fleet {
    /// Starts one board per configuration.
    ///
    /// # Errors
    /// The first [`SimError`]; boards that were started are stopped.
    ///
    /// # Cancel safety
    /// Boards that were started are stopped.
    pub async fn start(
        configs: impl IntoIterator<Item = BlasterConfig> + Send,
    ) -> Result<Self, SimError> {
        let configs: Vec<BlasterConfig> = configs.into_iter().collect();
        let mut fleet = Self::default();
        for config in configs {
            let blaster = Blaster::start(config).await?;
            fleet.0.insert(blaster.name().to_owned(), blaster);
        }
        Ok(fleet)
    }

    /// The board named `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Blaster> {
        self.0.get(name)
    }

    /// All boards, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Blaster> {
        self.0.values()
    }
}
