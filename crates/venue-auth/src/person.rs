//! People: names with a PIN or a password, beside tokens.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use snafu::{ResultExt, ensure};
use venue_domain::Timestamp;

use crate::{
    IssueError, NewToken, PersonId, Presented, Rights, SecretHash, TokenHash, TokenName,
    record::{AlreadyExpiredSnafu, RandomnessSnafu},
    token::Kind,
};

/// An invitation is good for so long.
pub const INVITATION_LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Everything that is kept of a person; not their PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRecord {
    /// What they are removed by.
    pub id: PersonId,
    /// What they sign in with, and the name of the actor in history and audit.
    pub name: TokenName,
    /// What they may do, and where.
    pub rights: Rights,
    /// What their PIN or password is recognised by; `None` until they have set one.
    pub secret: Option<SecretHash>,
    /// The invitation by which they set one.
    pub invitation: Option<Invitation>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// What is kept of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// What it is recognised by.
    pub hash: TokenHash,
    /// From when on it is no longer valid.
    pub expires_at: Timestamp,
}

impl PersonRecord {
    /// A new person, and the text of their invitation, to be shown once.
    ///
    /// # Errors
    /// [`IssueError`] where the system has no randomness.
    pub fn invite(
        name: TokenName,
        rights: Rights,
        now: Timestamp,
    ) -> Result<(NewToken, Self), IssueError> {
        let id = PersonId::generate().context(RandomnessSnafu)?;
        let (secret, invitation) = (None, None);
        let person = Self { id, name, rights, secret, invitation, created_at: now };
        person.invited(now)
    }

    /// A new person who signs in with what `secret` is the hash of, without an invitation.
    ///
    /// # Errors
    /// [`IssueError`] where the system has no randomness.
    pub fn with_secret(
        name: TokenName,
        rights: Rights,
        secret: SecretHash,
        now: Timestamp,
    ) -> Result<Self, IssueError> {
        let id = PersonId::generate().context(RandomnessSnafu)?;
        Ok(Self { id, name, rights, secret: Some(secret), invitation: None, created_at: now })
    }

    /// The same person with a new invitation in place of the one before. What they sign in with stays until they
    /// have taken it.
    ///
    /// # Errors
    /// [`IssueError`] where the system has no randomness.
    pub fn invited(self, now: Timestamp) -> Result<(NewToken, Self), IssueError> {
        let text = NewToken::generate(Kind::Invitation).context(RandomnessSnafu)?;
        let expires_at = now.plus(INVITATION_LIFE);
        ensure!(expires_at > now, AlreadyExpiredSnafu);
        let invitation = Some(Invitation { hash: text.hash(), expires_at });
        Ok((text, Self { invitation, ..self }))
    }

    /// Whether `presented` is their invitation, and good at `now`.
    #[must_use]
    pub fn is_invited_by(&self, presented: &Presented, now: Timestamp) -> bool {
        let invitation = self.invitation.as_ref().filter(|one| now < one.expires_at);
        invitation.is_some_and(|one| one.hash == presented.hash())
    }

    /// Whether they are called `name`, in upper or lower case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_str().trim().to_lowercase() == name.trim().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    const NOON: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

    #[test]
    fn an_invitation_is_good_for_three_days_and_until_the_next_one() {
        let rights = Rights::everywhere(Role::Operator);
        let (text, anna) = PersonRecord::invite("Anna".parse().unwrap(), rights, NOON).unwrap();
        let first = Presented::invitation(text.reveal()).unwrap();
        let last = NOON.plus(INVITATION_LIFE.saturating_sub(Duration::from_millis(1)));
        assert!(anna.is_invited_by(&first, NOON) && anna.is_invited_by(&first, last));
        assert!(!anna.is_invited_by(&first, NOON.plus(INVITATION_LIFE)));
        let (text, anna) = anna.invited(NOON).unwrap();
        let second = Presented::invitation(text.reveal()).unwrap();
        assert!(!anna.is_invited_by(&first, NOON) && anna.is_invited_by(&second, NOON));
        assert!(
            Presented::invitation("ven_x").is_none() && Presented::session(text.reveal()).is_none()
        );
        assert!(anna.is_called(" anna") && !anna.is_called("ann"));
    }
}
