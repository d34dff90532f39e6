//! People and sessions, as HTTP sees them.

use std::{fmt, future::ready};

use venue_auth::{
    IssueError, NewPin, NewToken, PersonId, PersonRecord, Presented, Rights, RightsError, Role,
    SessionOf, TokenId, TokenName, TokenRecord,
};
use venue_domain::{BoxFuture, StoreError};

/// By what somebody shows who they are.
#[derive(Debug)]
pub enum Proof {
    /// A name with its PIN or password.
    Pin {
        /// The name.
        name: String,
        /// What was typed.
        pin: Typed,
    },
    /// A token.
    Token(Presented),
    /// An invitation, with the PIN that is set by it.
    Invitation {
        /// The invitation.
        presented: Presented,
        /// The new PIN.
        pin: NewPin,
    },
}

/// What was typed as a PIN. `Debug` does not show it.
pub struct Typed(pub String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// One.
    One(TokenId),
    /// All of somebody's.
    All(SessionOf),
}

/// What a person may do from now on; what is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsChange {
    /// The role.
    pub role: Option<Role>,
    /// The zones; `Some(None)` for all of them.
    pub zones: Option<Option<Vec<String>>>,
}

impl RightsChange {
    /// What becomes of `rights`.
    ///
    /// # Errors
    /// [`RightsError`]: of a manager or an admin in some zones, or of nowhere.
    pub fn applied(self, rights: &Rights) -> Result<Rights, RightsError> {
        let role = self.role.unwrap_or_else(|| rights.role());
        let before = || rights.zones().map(|zones| zones.iter().cloned().collect());
        match self.zones.unwrap_or_else(before) {
            Some(zones) => Rights::in_zones(role, zones),
            None => Ok(Rights::everywhere(role)),
        }
    }
}

/// Why something about people or sessions was not done.
#[derive(Debug)]
pub enum PeopleRejection {
    /// Somebody is called so, or a token is.
    Exists,
    /// There is no such person.
    NotFound,
    /// Nobody else could administer the venue.
    LastAdmin,
    /// The person may do as much as who asked, or more.
    NotBelow {
        /// What the person may do.
        role: Role,
    },
    /// What it would make of the rights of a person makes no sense.
    Rights {
        /// Why.
        error: RightsError,
    },
    /// There are as many as there may be.
    Full,
    /// It does not show who they are. Of what is wrong with it nothing is told.
    Wrong,
    /// Too many sign in at this moment.
    Busy,
    /// It could not be made.
    Issue {
        /// Why.
        error: IssueError,
    },
    /// A hash could not be made.
    Hashing,
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// Adds people and lets them go, begins sessions and ends them.
pub trait PeopleControl: fmt::Debug + Send + Sync {
    /// Everybody, ordered by name.
    fn people(&self) -> Vec<PersonRecord>;

    /// Adds somebody; the text of the invitation is known only here and now. `by` has this role.
    ///
    /// # Cancel safety
    /// They may have been added, and nobody knows the invitation.
    fn add(
        &self,
        name: TokenName,
        rights: Rights,
        by: Role,
    ) -> BoxFuture<'_, Result<(NewToken, PersonRecord), PeopleRejection>>;

    /// Invites somebody anew.
    ///
    /// # Cancel safety
    /// The invitation before may be void, and nobody knows the new one.
    fn invite(
        &self,
        id: PersonId,
        by: Role,
    ) -> BoxFuture<'_, Result<(NewToken, PersonRecord), PeopleRejection>>;

    /// Changes what somebody may do, in their sessions as well, from the answer on.
    ///
    /// # Cancel safety
    /// It may have been changed.
    fn change(
        &self,
        id: PersonId,
        change: RightsChange,
        by: Role,
    ) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>>;

    /// Lets somebody go, with all of their sessions.
    ///
    /// # Cancel safety
    /// They may be gone.
    fn remove(
        &self,
        id: PersonId,
        by: Role,
    ) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>>;

    /// Begins a session of whom `proof` shows, in place of the one that `replaces` is of.
    ///
    /// # Cancel safety
    /// It may have been begun, and nobody knows its text.
    fn sign_in(
        &self,
        proof: Proof,
        replaces: Option<Presented>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), PeopleRejection>>;

    /// Ends sessions, from the answer on; tells how many.
    ///
    /// # Cancel safety
    /// They may have ended.
    fn end(&self, ending: Ending) -> BoxFuture<'_, Result<u64, PeopleRejection>>;

    /// Has kept that a session was used. Does not wait.
    fn note_use(&self, id: TokenId);
}

/// Nobody, and no place to keep anybody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nobody;

const fn down() -> PeopleRejection {
    PeopleRejection::Store { error: StoreError::Unavailable }
}

impl PeopleControl for Nobody {
    fn people(&self) -> Vec<PersonRecord> {
        Vec::new()
    }

    fn add(
        &self,
        _: TokenName,
        _: Rights,
        _: Role,
    ) -> BoxFuture<'_, Result<(NewToken, PersonRecord), PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn invite(
        &self,
        _: PersonId,
        _: Role,
    ) -> BoxFuture<'_, Result<(NewToken, PersonRecord), PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn change(
        &self,
        _: PersonId,
        _: RightsChange,
        _: Role,
    ) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn remove(&self, _: PersonId, _: Role) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn sign_in(
        &self,
        _: Proof,
        _: Option<Presented>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn end(&self, _: Ending) -> BoxFuture<'_, Result<u64, PeopleRejection>> {
        Box::pin(ready(Err(down())))
    }

    fn note_use(&self, _: TokenId) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_does_not_name_stays() {
        let bar = Rights::in_zones(Role::Operator, ["bar"]).unwrap();
        let change = |role, zones: Option<Option<&[&str]>>| {
            let text = |zones: &[&str]| zones.iter().map(|zone| (*zone).to_owned()).collect();
            RightsChange { role, zones: zones.map(|zones| zones.map(text)) }.applied(&bar)
        };
        assert_eq!(change(None, None), Ok(bar.clone()));
        assert_eq!(change(Some(Role::Viewer), None), Rights::in_zones(Role::Viewer, ["bar"]));
        let patio: &[&str] = &["patio"];
        assert_eq!(change(None, Some(Some(patio))), Rights::in_zones(Role::Operator, ["patio"]));
        assert_eq!(change(None, Some(None)), Ok(Rights::everywhere(Role::Operator)));
        assert_eq!(change(Some(Role::Manager), None), Err(RightsError::NotLimited));
        let manager = Rights::everywhere(Role::Manager);
        assert_eq!(change(Some(Role::Manager), Some(None)), Ok(manager));
        assert_eq!(change(None, Some(Some(&[]))), Err(RightsError::NoZones));
    }
}
