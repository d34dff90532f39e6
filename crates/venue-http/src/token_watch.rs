//! The end of a token whose holder is still being served: a stream must not outlive it.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use venue_auth::{Principal, TokenId, TokenSet, Tokens};
use venue_domain::Timestamp;

/// Watches whether a principal would still be let in.
#[derive(Debug)]
pub(crate) struct TokenWatch {
    tokens: watch::Receiver<Arc<TokenSet>>,
    whose: Whose,
    /// False once nobody is left who could change the tokens.
    may_change: bool,
    /// When the token expires, counted from the beginning of the stream.
    expires: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum Whose {
    Holder(TokenId),
    /// Of somebody who needed none: let in only until there is one.
    Anybody,
    /// Of a local admin, who never needs one.
    Local,
}

impl TokenWatch {
    /// Watches over `principal`, who was let in at `now`.
    pub(crate) fn of(principal: &Principal, tokens: &Tokens, now: Timestamp) -> Self {
        let whose = match principal {
            Principal::Token(holder) => Whose::Holder(holder.id),
            Principal::Open | Principal::Anonymous => Whose::Anybody,
            Principal::LocalAdmin { .. } => Whose::Local,
        };
        let mut tokens = tokens.subscribe();
        // A change that came since the principal was let in counts as well.
        tokens.mark_changed();
        let expires_at = match whose {
            Whose::Holder(id) => tokens.borrow().record(id).and_then(|record| record.expires_at),
            Whose::Anybody | Whose::Local => None,
        };
        let left = expires_at.map(|at| at.unix_ms().saturating_sub(now.unix_ms()));
        let left = left.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        let expires = left.and_then(|left| Instant::now().checked_add(left));
        Self { tokens, whose, may_change: true, expires }
    }

    /// Waits until the principal would be let in no more: its token was taken back or has expired,
    /// or the first token was made.
    ///
    /// # Cancel safety
    /// Safe: the next call goes on waiting.
    pub(crate) async fn ended(&mut self) {
        while self.may_change || self.expires.is_some() {
            let expires = self.expires;
            tokio::select! {
                changed = self.tokens.changed(), if self.may_change => {
                    self.may_change = changed.is_ok();
                }
                () = sleep_until(expires.unwrap_or_else(Instant::now)), if expires.is_some() => return,
            }
            if self.is_over() {
                return;
            }
        }
        // A token that neither changes nor expires is valid for good.
        pending::<()>().await;
    }

    fn is_over(&mut self) -> bool {
        let set = self.tokens.borrow_and_update();
        match self.whose {
            Whose::Holder(id) => set.record(id).is_none_or(|record| record.revoked_at.is_some()),
            Whose::Anybody => !set.is_empty(),
            Whose::Local => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use venue_auth::{Presented, Rights, Role, TokenRecord};

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
        let tokens = Tokens::new(TokenSet::new([first.clone(), second.clone()]).unwrap());
        let mut watch = TokenWatch::of(&holder, &tokens, NOW);
        let mut unharmed = TokenWatch::of(&other, &tokens, NOW);
        assert!(watch.ended().now_or_never().is_none());
        let revoked = TokenRecord { revoked_at: Some(NOW), ..first };
        tokens.replace(TokenSet::new([revoked, second]).unwrap());
        assert!(watch.ended().now_or_never().is_some());
        assert!(unharmed.ended().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_when_its_token_expires() {
        let (holder, kept) = record(Some(NOW.plus(Duration::from_secs(90))));
        let tokens = Tokens::new(TokenSet::new([kept]).unwrap());
        let started = Instant::now();
        TokenWatch::of(&holder, &tokens, NOW).ended().await;
        assert_eq!(started.elapsed(), Duration::from_secs(90));
    }

    #[tokio::test(start_paused = true)]
    async fn who_needed_no_token_is_watched_only_until_the_first_one_is_made() {
        let tokens = Tokens::default();
        let mut anybody = TokenWatch::of(&Principal::Open, &tokens, NOW);
        let mut admin = TokenWatch::of(&Principal::LocalAdmin { uid: 0, gid: 0 }, &tokens, NOW);
        assert!(anybody.ended().now_or_never().is_none());
        tokens.replace(TokenSet::new([record(None).1]).unwrap());
        assert!(anybody.ended().now_or_never().is_some());
        assert!(admin.ended().now_or_never().is_none());
    }
}
