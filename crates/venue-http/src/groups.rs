//! The groups of a local user, for whoever administers by the unix socket as a member of one.

use nix::unistd::{Gid, Uid, User, getgrouplist};
use std::ffi::CString;

/// The groups that the user database gives `uid`, its primary group `gid` among them.
///
/// The kernel tells only the primary group of a peer (`SO_PEERCRED`). The user database may be on the
/// network: this blocks. A user that it does not know has no group but `gid`.
pub(crate) fn groups_of(uid: u32, gid: u32) -> Vec<u32> {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let name = user.and_then(|user| CString::new(user.name).ok());
    let groups = name.and_then(|name| getgrouplist(&name, Gid::from_raw(gid)).ok());
    groups.map_or_else(|| vec![gid], |groups| groups.into_iter().map(Gid::as_raw).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_the_groups_of_the_user_database_and_a_stranger_only_its_own() {
        let database = std::fs::read_to_string("/etc/group").unwrap();
        let member_of = |line: &str| {
            let mut fields = line.split(':').skip(2);
            let gid: u32 = fields.next()?.parse().ok()?;
            let member = fields.next()?.split(',').next().filter(|name| !name.is_empty())?;
            let user = User::from_name(member).ok()??;
            Some((gid, user))
        };
        if let Some((gid, user)) = database.lines().find_map(member_of) {
            let groups = groups_of(user.uid.as_raw(), user.gid.as_raw());
            assert!(groups.contains(&gid) && groups.contains(&user.gid.as_raw()), "{groups:?}");
        }
        assert_eq!(groups_of(4_294_000_001, 77), [77]);
    }
}
