//! The tokens of the running daemon: made and taken back over the API, kept with the configuration.

use std::{convert::Infallible, sync::Arc};

use snafu::{Snafu, ensure};
use venue_auth::{NewToken, Rights, SessionOf, TokenId, TokenName, TokenRecord, TokenSet, Tokens};
use venue_domain::{BoxFuture, Configuration, ItemChange, ItemKind, StoreError, Timestamp};
use venue_http::{TokenControl, TokenRejection};

use crate::{
    clock::SystemClock,
    configuration::{ChangeError, ConfigService},
};

/// The tokens, alive. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct LiveTokens {
    tokens: Arc<Tokens>,
    /// `None` where nothing is stored: then there are none.
    config_service: Option<ConfigService>,
    /// Whether local admins are let in without one.
    has_socket: bool,
}

/// Nobody could administer the venue without this token.
#[derive(Debug, Snafu)]
struct LastAdmin;

impl LiveTokens {
    /// Those that are kept. With a unix socket (`has_socket`) the last one of an admin may go as well.
    pub(crate) fn new(config_service: Option<ConfigService>, has_socket: bool) -> Self {
        let set = config_service.as_ref().map(known).unwrap_or_default();
        Self { tokens: Arc::new(Tokens::new(set)), config_service, has_socket }
    }

    /// Whether admins of the machine are let in without one.
    pub(crate) const fn has_socket(&self) -> bool {
        self.has_socket
    }

    /// What recognises them.
    pub(crate) fn tokens(&self) -> Arc<Tokens> {
        Arc::clone(&self.tokens)
    }

    /// Follows the configuration for good.
    pub(crate) async fn follow(&self) {
        let Some(config_service) = &self.config_service else { return };
        let mut changes = config_service.watch();
        // What came between the first reading and this one.
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            changes.mark_unchanged();
            self.tokens.replace(known(config_service));
        }
    }

    async fn made(
        &self,
        name: TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
    ) -> Result<(NewToken, TokenRecord), TokenRejection> {
        let config_service = self.config_service.as_ref().ok_or_else(down)?;
        let issued =
            TokenRecord::issue(name, rights, expires_at, SystemClock.wall().for_calendar());
        let (text, record) = issued.map_err(|error| TokenRejection::Issue { error })?;
        let change = put(&record);
        let changed = config_service.change(move |_| Ok::<_, Infallible>(vec![change])).await;
        let changed = changed.map_err(refusal)?;
        self.replace(&changed.configuration);
        Ok((text, record))
    }

    async fn revoked(&self, id: TokenId) -> Result<TokenRecord, TokenRejection> {
        let config_service = self.config_service.as_ref().ok_or_else(down)?;
        let records = self.tokens.current().records();
        // Sessions are ended, and by others.
        let record = records.into_iter().find(|record| record.id == id && record.session.is_none());
        let record = record.ok_or(TokenRejection::NotFound)?;
        let now = SystemClock.wall().for_calendar();
        let record = TokenRecord { revoked_at: record.revoked_at.or(Some(now)), ..record };
        let (change, has_socket) = (put(&record), self.has_socket);
        // Decided where no other one is taken back in between.
        let decide = move |known: &Configuration| {
            let tokens = read(known);
            ensure!(has_socket || !tokens.is_last_admin(id, now), LastAdminSnafu);
            // With it end the sessions of whoever typed it in.
            let of = Some(SessionOf::Token(id));
            let sessions = tokens.records().into_iter().filter(|record| record.session == of);
            Ok(sessions.map(|session| removal(&session)).chain([change]).collect())
        };
        let changed = config_service.change(decide).await.map_err(|error| match error {
            ChangeError::Store { source } => TokenRejection::Store { error: source },
            ChangeError::Refused { source: LastAdmin } => TokenRejection::LastAdmin,
        })?;
        self.replace(&changed.configuration);
        Ok(record)
    }

    /// Keeps when the session `id` was last used. What cannot be kept now is kept with its next use.
    pub(crate) async fn keep_use(&self, id: TokenId) {
        let Some(config_service) = &self.config_service else { return };
        let records = self.tokens.current().records();
        let Some(record) = records.into_iter().find(|record| record.id == id) else { return };
        let change = put(&record);
        let decide = move |known: &Configuration| {
            let is_there = read(known).record(id).is_some();
            Ok::<_, Infallible>(if is_there { vec![change] } else { Vec::new() })
        };
        if let Ok(changed) = config_service.change(decide).await {
            self.replace(&changed.configuration);
        }
    }

    /// Whoever is answered can rely on it.
    pub(crate) fn replace(&self, configuration: &Configuration) {
        self.tokens.replace(read(configuration));
    }
}

/// The change that ends a session.
pub(crate) fn removal(session: &TokenRecord) -> ItemChange {
    ItemChange::Remove { kind: ItemKind::Token, id: session.id.to_string() }
}

/// The change that keeps a token or a session.
pub(crate) fn put(record: &TokenRecord) -> ItemChange {
    ItemChange::Put {
        kind: ItemKind::Token,
        id: record.id.to_string(),
        // It is made of numbers and texts.
        body: serde_json::to_string(record).unwrap_or_default(),
    }
}

/// The tokens that are known. Before anything is known of an earlier run nobody is let in without one.
fn known(config_service: &ConfigService) -> TokenSet {
    if config_service.is_known() { read(&config_service.now()) } else { TokenSet::unread() }
}

/// What cannot be read is told and opens no door. Where there are people nobody is let in without signing in.
pub(crate) fn read(configuration: &Configuration) -> TokenSet {
    let items = configuration.items.iter().filter(|item| item.kind == ItemKind::Token);
    let (mut records, mut is_whole): (Vec<TokenRecord>, bool) = (Vec::new(), true);
    for item in items {
        match serde_json::from_str(&item.body) {
            Ok(record) => records.push(record),
            Err(_) => {
                tracing::error!(token = item.id, "a token cannot be read: it is not valid");
                is_whole = false;
            }
        }
    }
    let set = TokenSet::new(records).unwrap_or_else(|error| {
        tracing::error!(%error, "the tokens contradict each other: none is valid");
        TokenSet::default().sealed()
    });
    let has_people = configuration.items.iter().any(|item| item.kind == ItemKind::Person);
    if is_whole && !has_people { set } else { set.sealed() }
}

const fn down() -> TokenRejection {
    TokenRejection::Store { error: StoreError::Unavailable }
}

fn refusal(error: ChangeError<Infallible>) -> TokenRejection {
    match error {
        ChangeError::Store { source } => TokenRejection::Store { error: source },
        ChangeError::Refused { source } => match source {},
    }
}

impl TokenControl for LiveTokens {
    fn issue(
        &self,
        name: TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), TokenRejection>> {
        Box::pin(self.made(name, rights, expires_at))
    }

    fn revoke(&self, id: TokenId) -> BoxFuture<'_, Result<TokenRecord, TokenRejection>> {
        Box::pin(self.revoked(id))
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::ConfigurationItem;

    use super::*;

    #[test]
    fn a_token_that_cannot_be_read_opens_no_door() {
        let mut configuration = Configuration::default();
        assert!(read(&configuration).is_empty());
        configuration.items.push(ConfigurationItem {
            kind: ItemKind::Token,
            id: "tok_1".to_owned(),
            revision: 1,
            body: "{".to_owned(),
        });
        let set = read(&configuration);
        assert!(!set.is_empty() && set.records().is_empty());
    }
}
