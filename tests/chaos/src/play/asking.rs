//! Requests, answers, and the look at each command as soon as an answer has named it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Stage;
use crate::{
    http::{Reply, Request},
    ledger::{About, Kind, Read},
    script::{Ask, Form, Order},
    wish::Wish,
};

impl Stage {
    /// Sends a request and looks at once at what its answer names.
    pub(super) async fn exchange(
        &self,
        request: Request,
        kind: Kind,
        wishes: Vec<Wish>,
    ) -> (usize, Reply) {
        let index = self.ledger().begin(request.line(), kind, wishes);
        let reply = request.send(self.address).await;
        let named = self.ledger().end(index, reply.clone());
        for id in named {
            self.look(&id).await;
        }
        (index, reply)
    }

    /// Looks at a command.
    pub(crate) async fn look(&self, id: &str) {
        let at = self.ledger().now();
        let reply = Request::get(format!("/api/v1/commands/{id}")).send(self.address).await;
        let mut ledger = self.ledger();
        let ended = ledger.now();
        ledger.read(id, Read { at, ended, reply });
    }

    pub(super) async fn ask(self: &Arc<Self>, index: usize, ask: &Ask) {
        let mut body = ask.body.clone();
        let due = ask.later.map(|later| {
            // A repetition says what the first one said.
            let mut dues = self.dues.lock().unwrap();
            let (due, at) = dues
                .entry(index)
                .or_insert_with(|| (self.ledger().now() + later, self.clock.in_a_while(later)));
            let field = if ask.form == Form::Schedule { "at" } else { "scheduled_at" };
            body[field] = json!(at);
            *due
        });
        let key = ask.key.clone().filter(|_| body["batch_id"].is_null());
        let request = Request { method: "POST", path: ask.path.clone(), key, body: Some(body) };
        let about = About {
            ask: index,
            form: ask.form,
            has_key: ask.key.is_some(),
            due,
            misnamed: ask.misnamed,
            canary: ask.canary,
        };
        let (_, reply) = self.exchange(request, Kind::Wish(about), ask.wishes.clone()).await;
        if let Some(answer) = reply.answer()
            && let Some(id) = name_in(&answer.json)
        {
            self.named.lock().unwrap().insert(index, id.to_owned());
        }
        if ask.form == Form::Schedule
            && reply.answer().is_some_and(|answer| answer.code == 201)
            && let Some(id) = ask.body["id"].as_str()
        {
            self.plans.lock().unwrap().push((index, id.to_owned()));
        }
    }

    /// An order about an earlier request, if it was answered with a name.
    pub(super) async fn manage(self: &Arc<Self>, order: Order, index: usize) {
        let Some(id) = self.named.lock().unwrap().get(&index).cloned() else { return };
        let post = |path: String| Request::post(path, json!({}));
        let request = match order {
            Order::Retry => post(format!("/api/v1/batches/{id}/retry")),
            Order::Undo => post(format!("/api/v1/batches/{id}/undo")),
            Order::CancelBatch => post(format!("/api/v1/batches/{id}/cancel")),
            Order::Cancel => post(format!("/api/v1/commands/{id}/cancel")),
            Order::LookAtBatch => {
                let of_document = Request::get(format!("/bulk/{id}/status"));
                self.exchange(of_document, Kind::Manage(order), Vec::new()).await;
                Request::get(format!("/api/v1/batches/{id}?limit=1000"))
            }
        };
        self.exchange(request, Kind::Manage(order), Vec::new()).await;
    }

    /// What the schedules of the round have fired becomes known.
    pub(crate) async fn look_at_plans(self: &Arc<Self>) {
        let plans = std::mem::take(&mut *self.plans.lock().unwrap());
        for (ask, id) in plans {
            let runs =
                Request::get(format!("/api/v1/schedules/{id}/runs")).send(self.address).await;
            let Some(answer) = runs.answer() else { continue };
            let (asked, due) = {
                let ledger = self.ledger();
                let is_it = |kind: &Kind| {
                    let Kind::Wish(about) = kind else { return None };
                    about.due.filter(|_| about.ask == ask)
                };
                let found = ledger.asked.iter().enumerate();
                let mut found = found.filter_map(|(index, one)| Some((index, is_it(&one.kind)?)));
                let Some(found) = found.next() else { continue };
                found
            };
            for run in answer.json["items"].as_array().into_iter().flatten() {
                let Some(batch) = run["batch_id"].as_str() else { continue };
                let path = format!("/api/v1/batches/{}?limit=1000", batch.replace(':', "%3A"));
                let mut batch = Request::get(path).send(self.address).await;
                if batch.answer().is_none_or(|answer| answer.code != 200) {
                    let path = format!("/bulk/{}/status", run["batch_id"].as_str().unwrap());
                    batch = Request::get(path).send(self.address).await;
                }
                let Some(answer) = batch.answer() else { continue };
                for command in answer.json["commands"].as_array().into_iter().flatten() {
                    let Some(id) = command["command_id"].as_str() else { continue };
                    // A late run keeps its due time; one that is on time takes the clock's now.
                    let mut ledger = self.ledger();
                    let of_it = |wish: &&Wish| {
                        command["hostname"] == wish.tv.hostname && command["port"] == wish.tv.port
                    };
                    let wish = ledger.asked[asked].wishes.iter().find(of_it).cloned();
                    ledger.name(id, asked, due, due + FIRED, wish);
                }
            }
            Request {
                method: "DELETE",
                path: format!("/api/v1/schedules/{id}"),
                key: None,
                body: None,
            }
            .send(self.address)
            .await;
        }
    }
}

/// The name of the batch or command that an answer is about.
fn name_in(json: &Value) -> Option<&str> {
    json["batch_id"].as_str().or_else(|| json["command_id"].as_str())
}

/// So long after its time a schedule has fired.
const FIRED: u64 = 2_500;
