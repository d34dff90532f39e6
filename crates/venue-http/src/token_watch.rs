//! The end of a token whose holder is still being served: a stream must not outlive it.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use venue_auth::{Principal, Rights, TokenId, Tokens};
use venue_domain::Timestamp;

/// Watches whether a principal would still be let in.
#[derive(Debug)]
pub(crate) struct TokenWatch {
    tokens: Arc<Tokens>,
    whose: Whose,
    /// When the token expires, counted from the beginning of the stream.
    expires: Option<Instant>,
}

#[derive(Clone, Debug)]
enum Whose {
    Holder(TokenId, Rights),
    /// Of somebody who needed none: let in only until there is one.
    Anybody,
    /// Of a local admin, who never needs one.
    Local,
}

impl TokenWatch {
    /// Watches over `principal`, who was let in at `now`.
    pub(crate) fn of(principal: &Principal, tokens: &Arc<Tokens>, now: Timestamp) -> Self {
        let whose = match principal {
            Principal::Token(holder) => Whose::Holder(holder.id, holder.rights.clone()),
            Principal::Open | Principal::Anonymous => Whose::Anybody,
            Principal::LocalAdmin { .. } => Whose::Local,
        };
        let expires_at = match &whose {
            Whose::Holder(id, _) => {
                tokens.current().record(*id).and_then(|record| record.expires_at)
            }
            Whose::Anybody | Whose::Local => None,
        };
        let left = expires_at.map(|at| at.unix_ms().saturating_sub(now.unix_ms()));
        let left = left.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        let expires = left.and_then(|left| Instant::now().checked_add(left));
        Self { tokens: Arc::clone(tokens), whose, expires }
    }

    /// Waits until the principal would be let in no more, or as another: its token was taken back or has expired,
    /// it may do more or less than before, or the first token was made.
    ///
    /// # Cancel safety
    /// Safe: the next call looks anew.
    pub(crate) async fn ended(&self) {
        let expired = async {
            match self.expires {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = expired => {}
            () = self.taken_back() => {}
        }
    }

    async fn taken_back(&self) {
        loop {
            let changed = self.tokens.next_change();
            if self.is_over() {
                return;
            }
            changed.await;
        }
    }

    fn is_over(&self) -> bool {
        let set = self.tokens.current();
        match &self.whose {
            Whose::Holder(id, rights) => set
                .record(*id)
                .is_none_or(|record| record.revoked_at.is_some() || record.rights != *rights),
            Whose::Anybody => !set.is_empty(),
            Whose::Local => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use venue_auth::{Presented, Role, TokenRecord, TokenSet};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn record(expires_at: Option<Timestamp>) -> (Principal, TokenRecord) {
        let rights = Rights::everywhere(Role::Viewer);
        let issued = TokenRecord::issue("bar".parse().unwrap(), rights, expires_at, NOW);
        let (token, record) = issued.unwrap();
        let known = Tokens::new(TokenSet::new([record.clone()]).unwrap());
        let presented = Presented::from_headers([format!("Bearer {}", token.reveal()).as_bytes()]);
        (known.authenticate(&presented.unwrap(), NOW).unwrap(), record)
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_taken_back_ends_its_stream_at_once_and_no_other() {
        let ((holder, first), (other, second)) = (record(None), record(None));
        let tokens = Arc::new(Tokens::new(TokenSet::new([first.clone(), second.clone()]).unwrap()));
        let watch = TokenWatch::of(&holder, &tokens, NOW);
        let unharmed = TokenWatch::of(&other, &tokens, NOW);
        assert!(watch.ended().now_or_never().is_none());
        let revoked = TokenRecord { revoked_at: Some(NOW), ..first };
        tokens.replace(TokenSet::new([revoked, second]).unwrap());
        assert!(watch.ended().now_or_never().is_some());
        assert!(unharmed.ended().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn whose_rights_change_is_served_no_longer_by_the_old_ones() {
        let (holder, kept) = record(None);
        let tokens = Arc::new(Tokens::new(TokenSet::new([kept.clone()]).unwrap()));
        let watch = TokenWatch::of(&holder, &tokens, NOW);
        let same = TokenRecord { last_used: Some(NOW), ..kept.clone() };
        tokens.replace(TokenSet::new([same]).unwrap());
        assert!(watch.ended().now_or_never().is_none());
        let rights = Rights::in_zones(Role::Viewer, ["bar"]).unwrap();
        tokens.replace(TokenSet::new([TokenRecord { rights, ..kept }]).unwrap());
        assert!(watch.ended().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_when_its_token_expires() {
        let (holder, kept) = record(Some(NOW.plus(Duration::from_secs(90))));
        let tokens = Arc::new(Tokens::new(TokenSet::new([kept]).unwrap()));
        let started = Instant::now();
        TokenWatch::of(&holder, &tokens, NOW).ended().await;
        assert_eq!(started.elapsed(), Duration::from_secs(90));
    }

    #[tokio::test(start_paused = true)]
    async fn who_needed_no_token_is_watched_only_until_the_first_one_is_made() {
        let tokens = Arc::<Tokens>::default();
        let anybody = TokenWatch::of(&Principal::Open, &tokens, NOW);
        let admin = TokenWatch::of(&Principal::LocalAdmin { uid: 0, gid: 0 }, &tokens, NOW);
        assert!(anybody.ended().now_or_never().is_none());
        tokens.replace(TokenSet::new([record(None).1]).unwrap());
        assert!(anybody.ended().now_or_never().is_some());
        assert!(admin.ended().now_or_never().is_none());
    }
}
