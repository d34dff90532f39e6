//! What was answered can be read at once, and says the same.

use crate::crash::{
    load::Past,
    request::{Reply, Request, Try},
};

/// What is wrong with the looks straight after answers.
pub(super) fn at_once(past: &Past) -> Vec<String> {
    let wrong = |request: &Request| {
        // Of a command that an earlier run has answered a kill may have left the answer alone.
        let [one] = request.tries.as_slice() else { return None };
        Some(format!("{}: {request:#?}", wrong(one)?))
    };
    past.requests.iter().filter_map(wrong).collect()
}

fn wrong(one: &Try) -> Option<&'static str> {
    let (reply, read) = (one.reply.as_ref()?, one.read.as_ref()?);
    if read.code != 200 {
        return Some("it was answered, and could not be read straight after");
    }
    let status = read.json["status"].as_str()?;
    let told: &[&str] = match reply.code {
        200 => &["completed"],
        409 => &["superseded", "unknown"],
        422 | 503 => &["failed"],
        504 => &["unknown"],
        _ => return None,
    };
    (!told.contains(&status)).then_some("straight after the answer it stood otherwise")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_look_that_shows_nothing_or_something_else_is_found() {
        let reply = |code, status: &str| {
            Some(Reply { code, json: json!({"command_id": "a", "status": status}) })
        };
        let looked = |answer, read| {
            wrong(&Try { run: 0, begun: 0, ended: 1, reply: reply(answer, ""), read })
        };
        assert_eq!(looked(200, reply(200, "completed")), None);
        assert_eq!(looked(202, reply(200, "pending")), None);
        assert_eq!(looked(200, None), None, "the daemon was killed");
        assert!(looked(200, reply(404, "")).is_some());
        assert!(looked(200, reply(200, "pending")).is_some());
        assert!(looked(504, reply(200, "failed")).is_some());
    }
}
