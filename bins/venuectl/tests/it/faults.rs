//! Daemons that cannot be reached, stall, break off or answer nonsense.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use tokio::net::TcpSocket;

use crate::{
    ctl::{Run, ctl},
    raw::{Deed, Raw, answer},
};

/// One command that asks and one that acts.
const READS: &str = "device list";
const ACTS: &str = "tv on ir-1/2";
const DOUBT: &str = "outcome unknown, the command may have been sent: ";

#[track_caller]
fn assert_ends(run: &Run, code: i32, doubt: bool, words: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{run:?}");
    assert!(run.stderr.starts_with("venuectl: ") && run.stderr.contains(words), "{run:?}");
    assert_eq!(run.stderr.contains(DOUBT), doubt, "{run:?}");
}

#[test]
fn an_unreachable_daemon_is_told_with_its_url_and_what_to_check() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for words in [READS, ACTS, "status -o json"] {
        let run = ctl(&format!("http://{address}"), words);
        let told = format!("cannot reach the daemon at http://{address}: Connection refused");
        assert_ends(&run, 6, false, &told);
        assert!(run.stderr.contains("check that venued runs there"), "{run:?}");
        assert!(run.stderr.contains("--server or VENUECTL_SERVER"), "{run:?}");
    }
}

#[test]
fn a_host_that_takes_no_connection_in_time_is_unreachable() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(1).unwrap()
    });
    let address: SocketAddr = listener.local_addr().unwrap();
    // Nobody accepts: the kernel ignores what comes when its short queue is full.
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queued.push(stream);
        assert!(queued.len() < 64, "the queue has no end");
    }
    let run = ctl(&format!("http://{address}"), "tv on ir-1/2 --timeout 200ms");
    assert_ends(&run, 6, false, "within 200ms");
}

#[test]
fn a_daemon_that_stalls_is_a_timeout_and_an_unknown_outcome() {
    let partial = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for (words, doubt) in [(READS, false), (ACTS, true)] {
        for deed in [Deed::Stall, Deed::AnswerThenStall(partial.clone())] {
            let raw = Raw::that(deed);
            let run = ctl(&raw.url, &format!("{words} --timeout 200ms"));
            assert_ends(&run, 8, doubt, &format!("no answer from {} within 200ms", raw.url));
        }
    }
}

#[test]
fn a_connection_that_breaks_leaves_an_unknown_outcome() {
    let partial = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"items\":".to_vec();
    for (words, code, doubt) in [(READS, 6, false), (ACTS, 8, true)] {
        for deed in
            [Deed::Close, Deed::Answer(partial.clone()), Deed::Answer(b"SSH-2.0\r\n".into())]
        {
            let raw = Raw::that(deed);
            let run = ctl(&raw.url, words);
            assert_ends(&run, code, doubt, &format!("the connection to {} broke", raw.url));
        }
    }
}

#[test]
fn an_answer_that_is_not_the_daemons_is_no_success() {
    let page = "<html>welcome</html>";
    let table = [
        (READS, "200 OK", page, 1, false),
        (ACTS, "200 OK", page, 8, true),
        (ACTS, "200 OK", "{\"success\":true}", 8, true),
        (READS, "204 No Content", "", 1, false),
        (ACTS, "302 Found", "", 8, true),
        (READS, "404 Not Found", page, 3, false),
        (ACTS, "404 Not Found", page, 3, false),
        (ACTS, "401 Unauthorized", page, 4, false),
        (READS, "502 Bad Gateway", page, 1, false),
        (ACTS, "502 Bad Gateway", page, 8, true),
        (ACTS, "504 Gateway Timeout", page, 8, true),
        // The daemon itself turns connections away like this when it has too many.
        (ACTS, "503 Service Unavailable", "", 1, false),
    ];
    for (words, status, body, code, doubt) in table {
        let raw = Raw::that(answer(status, body));
        let run = ctl(&raw.url, words);
        let told = format!("{} answered {}", raw.url, &status[..3]);
        assert_ends(&run, code, doubt, &told);
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    for (words, code, doubt) in [(READS, 1, false), (ACTS, 8, true)] {
        let length = 17 * 1024 * 1024;
        let mut bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + length, b' ');
        let raw = Raw::that(Deed::Answer(bytes));
        let run = ctl(&raw.url, words);
        assert_ends(&run, code, doubt, "more than 16777216 bytes");
    }
}

#[test]
fn the_words_of_a_problem_cannot_command_the_terminal() {
    let problem = r#"{"type":"t","title":"T","status":422,"detail":"a\u001b[2J\nb","instance":"/",
        "code":"c","request_id":"r"}"#;
    let raw = Raw::that(answer("422 Unprocessable Entity", problem));
    let run = ctl(&raw.url, ACTS);
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), "venuectl: a�[2J�b\n"));
}

#[test]
fn a_daemon_that_does_not_let_the_caller_in_is_denied() {
    let problem = r#"{"type":"urn:venue:problem:host_not_allowed","title":"Host not allowed",
        "status":421,"detail":"this service is not known as \"tv.example\"","instance":"/",
        "code":"host_not_allowed","request_id":"r","errors":[]}"#;
    let raw = Raw::that(answer("421 Misdirected Request", problem));
    let run = ctl(&raw.url, "tv on ir-1/2");
    assert_eq!((run.code, run.stdout.as_str()), (Some(4), ""));
    assert!(run.stderr.contains("not known as \"tv.example\""), "{run:?}");
}
