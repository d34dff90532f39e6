//! How people call a channel.

use snafu::Snafu;

use crate::{Channel, Label, Registry};

/// Why a name means no channel.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ChannelNameError {
    /// No channel has that id or name.
    #[snafu(display(
        "the line-up has no channel {name:?}: give a channel number, or the id or the name of one of `/api/v1/config/channels`"
    ))]
    Unknown {
        /// What was given.
        name: String,
    },
    /// It is switched off.
    #[snafu(display(
        "the channel {id} is not in use: give another one, or set its `enabled` to true"
    ))]
    Disabled {
        /// Its id.
        id: Label,
    },
    /// Several channels in use have that name.
    #[snafu(display("several channels are called {name:?}: give the id of one, {}", listed(ids)))]
    Several {
        /// What was given.
        name: String,
        /// Their ids.
        ids: Vec<Label>,
    },
}

fn listed(ids: &[Label]) -> String {
    let ids: Vec<&str> = ids.iter().map(Label::as_str).collect();
    ids.join(" or ")
}

impl Registry {
    /// The channel in use that people call `name`, by its id or its name.
    ///
    /// # Errors
    /// [`ChannelNameError`] unless exactly one is meant.
    pub fn channel_named(&self, name: &str) -> Result<&Channel, ChannelNameError> {
        let wanted = name.trim().to_lowercase();
        let all = || self.channels().map(|listed| &listed.value);
        if let Some(by_id) = all().find(|channel| channel.enabled && channel.id.as_str() == wanted)
        {
            return Ok(by_id);
        }
        let called = |channel: &&Channel| channel.name.to_lowercase() == wanted;
        let in_use: Vec<&Channel> = all().filter(called).filter(|one| one.enabled).collect();
        match in_use[..] {
            [only] => Ok(only),
            [] => {
                let mut unused = all().filter(|one| one.id.as_str() == wanted || called(one));
                match unused.next() {
                    Some(unused) => DisabledSnafu { id: unused.id.clone() }.fail(),
                    None => UnknownSnafu { name }.fail(),
                }
            }
            _ => {
                let ids = in_use.iter().map(|channel| channel.id.clone()).collect::<Vec<_>>();
                SeveralSnafu { name, ids }.fail()
            }
        }
    }
}
