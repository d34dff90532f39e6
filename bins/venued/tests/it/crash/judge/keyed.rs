//! The same request twice: one carrying out, one answer.

use crate::crash::{
    load::Past,
    request::{Request, Try},
};

/// What is wrong with the answers to keyed requests.
pub(super) fn repeated(past: &Past) -> Vec<String> {
    let keyed = past.requests.iter().filter(|request| request.key.is_some());
    keyed.filter_map(|request| Some(format!("{}: {request:#?}", wrong(request)?))).collect()
}

fn wrong(request: &Request) -> Option<&'static str> {
    let tries = &request.tries;
    for one in tries {
        let Some(reply) = &one.reply else { continue };
        let is_later = |other: &&Try| other.begun > one.ended;
        let later = || tries.iter().filter(is_later).filter_map(|other| other.reply.as_ref());
        if reply.is_final() && later().any(|other| other != reply) {
            return Some("it was answered, and another time otherwise");
        }
        if reply.is_interrupted() && later().any(|other| !other.is_interrupted()) {
            return Some("it was said to be interrupted, and then otherwise");
        }
        let meets = |other: &&Try| {
            !std::ptr::eq(*other, one)
                && other.run == one.run
                && (other.begun < one.ended && one.begun < other.ended)
        };
        if reply.is_running() && !tries.iter().any(|other| meets(&other)) {
            return Some("it was said to be running, and was not");
        }
        let by_earlier = tries.iter().any(|other| other.reply.is_none() && other.run < one.run);
        if reply.is_interrupted() && !by_earlier {
            return Some("it was said to be interrupted, and was not");
        }
    }
    None
}
