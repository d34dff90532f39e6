//! One copy of what many devices have in common.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::Listing;

/// Listings by which sessions share those that are equal: the boards of one place mostly run the
/// same firmware, and a listing is larger than all the rest of an idle session. Clones share with
/// each other.
#[derive(Clone, Debug, Default)]
pub struct SharedListings(Arc<Mutex<Vec<Weak<Listing>>>>);

impl SharedListings {
    /// The listing that is equal to `listing`, if a session still has it; otherwise `listing`.
    pub(crate) fn share(&self, listing: Listing) -> Arc<Listing> {
        // Held for some comparisons, once per session.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.strong_count() > 0);
        if let Some(equal) = known.iter().filter_map(Weak::upgrade).find(|known| **known == listing)
        {
            return equal;
        }
        let listing = Arc::new(listing);
        known.push(Arc::downgrade(&listing));
        listing
    }

    /// A listing that a session has and that is as asked for.
    pub(crate) fn find(&self, mut is_wanted: impl FnMut(&Listing) -> bool) -> Option<Arc<Listing>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter_map(Weak::upgrade).find(|known| is_wanted(known))
    }
}

/// All are equal: with whom a session shares changes nothing that it does.
impl PartialEq for SharedListings {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for SharedListings {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ActionDescription, SupportsResponse};

    fn listing(name: &str) -> Listing {
        let action = ActionDescription {
            name: name.to_owned(),
            key: 1,
            args: Vec::new(),
            supports_response: SupportsResponse::None,
        };
        Listing { actions: vec![action], ..Listing::default() }
    }

    #[test]
    fn equal_listings_are_one_as_long_as_somebody_has_it() {
        let listings = SharedListings::default();
        let first = listings.share(listing("tv_power"));
        let second = listings.clone().share(listing("tv_power"));
        assert!(Arc::ptr_eq(&first, &second));
        let other = listings.share(listing("tv_mute"));
        assert_eq!(other.actions[0].name, "tv_mute");
        drop((first, second, other));
        drop(listings.share(listing("tv_ok")));
        assert_eq!(listings.0.lock().unwrap().len(), 1, "what nobody has is forgotten");
    }
}
