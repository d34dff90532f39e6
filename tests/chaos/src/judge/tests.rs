use std::time::Instant;

use serde_json::{Value, json};

use super::judge;
use crate::{
    http::{Answer, Reply},
    ledger::{About, Asked, Frame, Kind, Ledger, Read, Shown, Span},
    script::{Form, Order},
    wish::{Tv, Wish},
};

fn wish(port: u8, action: &str, parameter: Option<&str>) -> Wish {
    let tv = Tv { hostname: "ir-1".to_owned(), port };
    Wish { tv, action: action.to_owned(), parameter: parameter.map(str::to_owned) }
}

fn channel(number: &str) -> Wish {
    wish(4, "channel", Some(number))
}

/// A round in which things happen as a test says.
struct Round(Ledger);

impl Round {
    fn new() -> Self {
        Self(Ledger::new(Instant::now()))
    }

    /// A request for `wish`, answered after 10 ms; its command is looked at at once, and at rest.
    fn ask(&mut self, at: u64, id: &str, wish: &Wish, code: u16, statuses: [&str; 2]) -> &mut Self {
        let json = json!({"command_id": id, "durable": code == 202});
        let looks = statuses
            .map(|status| (200, json!({"status": status, "hostname": "ir-1", "attempt_log": []})));
        self.ask_raw((at, at + 10), id, wish, (code, json), looks)
    }

    fn ask_raw(
        &mut self,
        (at, ended): (u64, u64),
        id: &str,
        wish: &Wish,
        (code, json): (u16, Value),
        looks: [(u16, Value); 2],
    ) -> &mut Self {
        let index = self.0.asked.len();
        let about = About {
            ask: index,
            form: Form::Single,
            has_key: false,
            due: None,
            misnamed: false,
            canary: false,
        };
        self.0.asked.push(Asked {
            at,
            ended: Some(ended),
            line: format!("POST {wish}"),
            kind: Kind::Wish(about),
            wishes: vec![wish.clone()],
            reply: Some(Reply::Answer(Answer { code, json })),
        });
        self.0.name(id, index, at, ended, Some(wish.clone()));
        let [straight, at_rest] = looks.map(|(code, json)| Reply::Answer(Answer { code, json }));
        self.0.read(id, Read { at: ended, ended: ended + 1, reply: straight });
        self.0.read(id, Read { at: 90_000, ended: 90_001, reply: at_rest });
        self
    }

    fn frame(&mut self, at: u64, wish: &Wish) -> &mut Self {
        self.0.frames.push(Frame { at, wish: wish.clone() });
        self
    }

    fn finds(&self) -> Vec<&'static str> {
        judge(&self.0, 500).into_iter().map(|finding| finding.kind).collect()
    }
}

const DONE: [&str; 2] = ["completed"; 2];
const QUEUED: [&str; 2] = ["pending", "completed"];

#[test]
fn an_honest_round_has_no_finding() {
    let (five, seven) = (channel("5"), channel("7"));
    let mut round = Round::new();
    round.ask(1_000, "a", &five, 202, ["pending", "superseded"]);
    round.ask(2_000, "b", &seven, 200, DONE).frame(2_005, &seven);
    round.ask(3_000, "c", &wish(1, "power", None), 504, ["unknown"; 2]);
    round.ask(3_500, "d", &wish(1, "ok", None), 503, ["failed"; 2]);
    round.0.shown.push(Shown { tv: seven.tv, channel: "7".to_owned(), input: "tv".to_owned() });
    assert!(round.finds().is_empty(), "{:?}", judge(&round.0, 500));
}

#[test]
fn a_success_that_is_none_is_found() {
    assert_eq!(
        Round::new().ask(0, "a", &channel("5"), 200, DONE).finds(),
        ["told as delivered, and no TV got it"]
    );
}

#[test]
fn what_was_sent_and_is_denied_is_found() {
    let five = channel("5");
    for (code, status) in [(503, "failed"), (409, "superseded")] {
        let mut round = Round::new();
        round.ask(0, "a", &five, code, [status; 2]).frame(5, &five);
        assert_eq!(round.finds(), ["told as not sent, and a TV got it"], "{code}");
    }
    for status in ["expired", "cancelled"] {
        let mut round = Round::new();
        round.ask(0, "a", &five, 202, ["pending", status]).frame(500, &five);
        assert_eq!(round.finds(), ["told as not sent, and a TV got it"], "{status}");
    }
}

#[test]
fn what_nobody_asked_for_is_found() {
    assert_eq!(Round::new().frame(5, &channel("5")).finds(), ["nobody asked for it"]);
}

#[test]
fn a_press_that_comes_twice_is_found_and_an_absolute_wish_may() {
    for action in ["power", "volume_up", "ok"] {
        let press = wish(1, action, None);
        let mut round = Round::new();
        round.ask(0, "a", &press, 504, ["unknown"; 2]).frame(5, &press).frame(2_000, &press);
        assert_eq!(round.finds(), ["doubled"], "{action}");
    }
    let on = wish(1, "power_on", None);
    let mut round = Round::new();
    round.ask(0, "a", &on, 202, QUEUED).frame(5, &on).frame(2_000, &on);
    assert!(round.finds().is_empty());
}

#[test]
fn a_stale_wish_is_found_unless_its_board_was_deaf() {
    let (five, seven) = (channel("5"), channel("7"));
    let mut round = Round::new();
    round.ask(0, "a", &five, 202, QUEUED).ask(1_000, "b", &seven, 200, DONE);
    round.frame(1_005, &seven).frame(1_500, &five);
    assert_eq!(round.finds(), ["stale", "overwritten"]);
    // A ghost; the newer wish is stated once more.
    round.0.deaf.push(("ir-1".to_owned(), Span { from: 0, to: 1_400 }));
    assert_eq!(round.frame(4_000, &seven).finds(), [""; 0]);
}

#[test]
fn an_older_wish_that_is_sent_after_a_newer_one_was_accepted_is_found() {
    let (five, off) = (channel("5"), wish(4, "power_off", None));
    let mut round = Round::new();
    round.ask(0, "a", &five, 202, QUEUED).ask(1_000, "b", &off, 503, ["failed"; 2]);
    round.frame(3_000, &five);
    assert_eq!(round.finds(), ["sent although outranked"]);
}

#[test]
fn what_was_due_in_an_outage_outranks_nothing_before_it_has_fired() {
    let (five, off) = (channel("5"), wish(4, "power_off", None));
    let mut round = Round::new();
    round.ask(0, "a", &five, 202, QUEUED).ask(500, "b", &off, 202, QUEUED);
    round.frame(5_500, &five).frame(5_900, &off);
    assert_eq!(round.finds(), ["sent although outranked"]);
    // It was for 1,000, and the store was away from then on.
    let Kind::Wish(about) = &mut round.0.asked[1].kind else { panic!("it is a wish") };
    about.due = Some(1_000);
    let planned = round.0.commands.get_mut("b").unwrap();
    (planned.from, planned.to) = (1_000, 3_500);
    round.0.outages.push(Span { from: 800, to: 5_000 });
    assert_eq!(round.finds(), [""; 0]);
    round.0.outages[0].to = 2_000;
    assert_eq!(round.finds(), ["sent although outranked"]);
}

#[test]
fn a_tv_that_shows_something_else_than_it_was_sent_is_found() {
    let seven = channel("7");
    let mut round = Round::new();
    round.ask(0, "a", &seven, 200, DONE).frame(5, &seven);
    round.0.shown.push(Shown { tv: seven.tv, channel: "57".to_owned(), input: "tv".to_owned() });
    assert_eq!(round.finds(), ["another is shown"]);
}

#[test]
fn what_cannot_be_read_or_is_lost_or_never_ends_is_found() {
    let five = channel("5");
    let done = || (200, json!({"status": "completed", "attempt_log": []}));
    let none = || (404, json!({"code": "unknown_command_id"}));
    let answer = |durable: bool| (200, json!({"command_id": "a", "durable": durable}));
    let finds = |durable, looks| {
        let mut round = Round::new();
        round.ask_raw((0, 10), "a", &five, answer(durable), looks).frame(5, &five);
        round.finds()
    };
    assert_eq!(finds(true, [none(), done()]), ["not readable at once"]);
    assert_eq!(finds(true, [done(), none()]), ["lost"]);
    assert_eq!(finds(false, [done(), none()]), ["lost"], "nobody was killed");
    // Killed soon after the answer, or while it was on its way; and long after it.
    for (from, lost) in [(20, false), (8, false), (5_000, true)] {
        let mut round = Round::new();
        round.0.away.push(Span { from, to: from + 400 });
        round.ask_raw((0, 10), "a", &five, answer(false), [done(), none()]).frame(5, &five);
        assert_eq!(round.finds().contains(&"lost"), lost, "{from}");
    }
    let open = (200, json!({"status": "pending", "attempt_log": []}));
    let mut round = Round::new();
    round.ask_raw((0, 10), "a", &five, (202, answer(true).1), [open.clone(), open]);
    assert_eq!(round.finds(), ["never ended"]);
}

#[test]
fn an_end_that_is_not_the_answer_or_is_another_later_is_found() {
    let five = channel("5");
    let mut round = Round::new();
    round.ask(0, "a", &five, 504, ["failed"; 2]);
    assert_eq!(round.finds(), ["told otherwise"]);
    let mut round = Round::new();
    round.ask(0, "a", &five, 202, ["expired", "completed"]).frame(5, &five);
    assert_eq!(round.finds(), ["ended twice"]);
}

#[test]
fn an_attempt_that_may_have_acted_is_not_forgotten() {
    let attempts = json!([{"reason": "no_evidence"}]);
    let record = json!({"status": "superseded", "attempt_log": attempts});
    let mut round = Round::new();
    let answer = (202, json!({"command_id": "a", "durable": true}));
    round.ask_raw((0, 10), "a", &channel("5"), answer, [(200, record.clone()), (200, record)]);
    assert_eq!(round.finds(), ["ends as not sent, and may have acted"]);
}

#[test]
fn late_answers_none_and_strange_ones_are_found() {
    let five = channel("5");
    let done = (200, json!({"status": "completed", "attempt_log": []}));
    let answer = |code| (code, json!({"command_id": "a", "durable": false}));
    let finds = |ended, code| {
        let mut round = Round::new();
        let looks = [done.clone(), done.clone()];
        round.ask_raw((0, ended), "a", &five, answer(code), looks).frame(5, &five);
        round.finds()
    };
    assert_eq!(finds(3_600, 200), ["late"]);
    assert_eq!(finds(10, 500), ["an answer that cannot be"]);
    let mut round = Round::new();
    round.ask(0, "a", &five, 200, DONE).frame(5, &five);
    round.0.asked[0].reply = Some(Reply::Cut);
    assert_eq!(round.finds(), ["no answer"]);
    round.0.away.push(Span { from: 0, to: 4_000 });
    assert_eq!(round.finds(), [""; 0], "the daemon was killed");
}

#[test]
fn a_batch_whose_counts_do_not_add_up_is_found() {
    let json = json!({"total": 3, "statuses": {"pending": 1, "completed": 1}});
    let mut round = Round::new();
    round.0.asked.push(Asked {
        at: 0,
        ended: Some(5),
        line: "GET /bulk/x/status".to_owned(),
        kind: Kind::Manage(Order::LookAtBatch),
        wishes: Vec::new(),
        reply: Some(Reply::Answer(Answer { code: 200, json })),
    });
    assert_eq!(round.finds(), ["miscounted"]);
}

#[test]
fn a_key_that_is_carried_out_twice_is_found() {
    let five = channel("5");
    let mut round = Round::new();
    round.ask(0, "a", &five, 200, DONE).ask(1_000, "b", &five, 200, DONE);
    round.frame(5, &five).frame(1_005, &five);
    assert_eq!(round.finds(), [""; 0], "two requests");
    for asked in &mut round.0.asked {
        if let Kind::Wish(about) = &mut asked.kind {
            (about.ask, about.has_key) = (0, true);
        }
    }
    assert_eq!(round.finds(), ["a key twice"]);
    // Of what was not durable nothing is known after a kill; a channel is the same twice.
    for asked in &mut round.0.asked {
        if let Some(Reply::Answer(answer)) = &mut asked.reply {
            answer.json["durable"] = json!(false);
        }
    }
    assert_eq!(round.finds(), ["a key twice"], "the daemon was there all the time");
    round.0.away.push(Span { from: 500, to: 600 });
    assert_eq!(round.finds(), [""; 0]);
}

#[test]
fn a_key_of_what_was_refused_is_free() {
    let five = channel("5");
    let mut round = Round::new();
    round.ask(0, "a", &five, 422, DONE).ask(1_000, "b", &five, 200, DONE).frame(1_005, &five);
    for asked in &mut round.0.asked {
        let Kind::Wish(about) = &mut asked.kind else { continue };
        (about.ask, about.has_key) = (0, true);
        if let Some(Reply::Answer(answer)) = asked.reply.as_mut().filter(|_| asked.at == 0) {
            answer.json = json!({"code": "locked"});
        }
    }
    round.0.commands.remove("a");
    assert_eq!(round.finds(), [""; 0]);
}

#[test]
fn a_key_that_went_with_its_daemon_in_an_outage_may_be_carried_out_again() {
    let toggle = wish(4, "power", None);
    let mut round = Round::new();
    round.ask(1_000, "a", &toggle, 200, DONE).ask(3_000, "b", &toggle, 200, DONE);
    round.frame(1_005, &toggle).frame(3_005, &toggle);
    for asked in &mut round.0.asked {
        if let Kind::Wish(about) = &mut asked.kind {
            (about.ask, about.has_key) = (0, true);
        }
        if let Some(Reply::Answer(answer)) = &mut asked.reply {
            answer.json["durable"] = json!(false);
        }
    }
    round.0.outages.push(Span { from: 500, to: 2_000 });
    round.0.away.push(Span { from: 2_500, to: 2_600 });
    assert_eq!(round.finds(), ["a key twice"], "the store was back before it went");
    round.0.away[0].from = 1_500;
    assert_eq!(round.finds(), [""; 0]);
    // The first was not even answered, and the second found nobody.
    round.0.asked[0].reply = Some(Reply::Cut);
    round.0.commands.remove("a");
    round.0.frames.pop();
    let nothing = json!({"status": "failed", "hostname": "ir-1", "attempt_log": []});
    for at in [3_010, 90_000] {
        let reply = Reply::Answer(Answer { code: 200, json: nothing.clone() });
        round.0.read("b", Read { at, ended: at + 1, reply });
    }
    assert!(!round.finds().contains(&"told as not sent, and a TV got it"), "{:?}", round.finds());
    round.0.away[0].from = 2_500;
    assert!(round.finds().contains(&"told as not sent, and a TV got it"), "{:?}", round.finds());
}

#[test]
fn a_healthy_board_that_waits_for_others_is_found() {
    let five = channel("5");
    let finds = |ended: u64, code: u16| {
        let record = json!({"status": "completed", "attempt_log": []});
        let answer = (code, json!({"command_id": "a", "durable": true}));
        let looks = [(200, record.clone()), (200, record)];
        let mut round = Round::new();
        round.ask_raw((9_000, 9_000 + ended), "a", &five, answer, looks).frame(9_005, &five);
        if let Kind::Wish(about) = &mut round.0.asked[0].kind {
            about.canary = true;
        }
        round.finds()
    };
    assert_eq!(finds(10, 200), [""; 0]);
    assert_eq!(finds(1_600, 200), ["a healthy board waits"]);
    assert_eq!(finds(10, 202), ["a healthy board is not served"]);
}
