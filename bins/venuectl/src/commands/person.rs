//! `venuectl person`: who signs in with a PIN.

use snafu::OptionExt;
use venue_api::{
    InvitationBody, Person, PersonBody, PersonChange, PersonInvited, PersonList, SignedOut,
};

use super::venue;
use crate::{
    cli::{ChangedPerson, NewPerson, PersonCommand},
    client::{Answer, Client},
    clock::Clock,
    error::{Failure, NobodySnafu},
    output::Report,
    table::{
        self,
        Column::{Always, Wide},
    },
};

const PATH: &str = "/api/v1/people";

pub(super) async fn run(client: &Client, command: &PersonCommand) -> Result<Report, Failure> {
    match command {
        PersonCommand::List => {
            let Answer { document, value } = client.get::<PersonList>(PATH).await?;
            let clock = venue::shown_clock(client).await;
            let header = [
                Always("NAME"),
                Always("ROLE"),
                Always("ZONES"),
                Always("SIGNS IN"),
                Always("BROWSERS"),
                Wide("ID"),
                Wide("ADDED"),
                Always("LAST USED"),
            ];
            let table = table::columns(
                header,
                value.items.into_iter().map(|person| row(person, clock)),
                client.view().is_wide(),
            );
            Ok(Report { document, table, warning: None })
        }
        PersonCommand::Add(new) => {
            let NewPerson { name, rights, page } = new;
            let body = PersonBody {
                name: name.clone(),
                role: rights.role.clone(),
                zones: rights.zones(),
                address: page.address.clone().or_else(|| client.address()),
            };
            Ok(invited(client.create(PATH, &body).await?))
        }
        PersonCommand::Set(set) => change(client, set).await,
        PersonCommand::Invite(invite) => {
            let id = id(client, &invite.person.person).await?;
            let body = InvitationBody {
                address: invite.page.address.clone().or_else(|| client.address()),
            };
            Ok(invited(client.create(&format!("{PATH}/{id}/invitation"), &body).await?))
        }
        PersonCommand::SignOut(arg) => {
            let id = id(client, &arg.person).await?;
            let path = format!("{PATH}/{id}/sessions");
            let Answer { document, value } = client.remove::<SignedOut>(&path, None).await?;
            let table = format!("{} is signed out of {} browsers\n", arg.person, value.ended);
            Ok(Report { document, table, warning: None })
        }
        PersonCommand::Remove(arg) => {
            let id = id(client, &arg.person).await?;
            let answer = client.remove::<Person>(&format!("{PATH}/{id}"), None).await?;
            let table = format!("{} is removed\n", answer.value.name);
            Ok(Report { document: answer.document, table, warning: None })
        }
    }
}

/// The id of whoever is called so.
async fn id(client: &Client, name: &str) -> Result<String, Failure> {
    let people = client.get::<PersonList>(PATH).await?.value.items;
    let is_meant = |person: &&Person| {
        person.id == name || person.name.to_lowercase() == name.trim().to_lowercase()
    };
    let found = people.iter().find(is_meant).map(|person| person.id.clone());
    Ok(found.context(NobodySnafu { name })?)
}

async fn change(client: &Client, set: &ChangedPerson) -> Result<Report, Failure> {
    let id = id(client, &set.person.person).await?;
    let path = format!("{PATH}/{id}");
    let Answer { document, value } = client.patch::<_, Person>(&path, None, &wanted(set)).await?;
    let zones = value.zones.map_or_else(|| "all zones".to_owned(), |zones| zones.join(" "));
    let table = format!("{} is {} in {zones} from now on\n", value.name, value.role);
    Ok(Report { document, table, warning: None })
}

fn wanted(ChangedPerson { role, zones, all_zones, .. }: &ChangedPerson) -> PersonChange {
    let named: Vec<String> = zones.iter().map(ToString::to_string).collect();
    let some = (!named.is_empty()).then_some(Some(named));
    PersonChange { role: role.clone(), zones: if *all_zones { Some(None) } else { some } }
}

fn invited(Answer { document, value }: Answer<PersonInvited>) -> Report {
    // Alone on its line, so that it can be sent to them.
    let table = format!("{}\n", value.link.unwrap_or(value.path));
    Report { document, table, warning: None }
}

fn row(person: Person, clock: &Clock) -> [String; 8] {
    let signs_in = match (person.can_sign_in, person.invited_until) {
        (true, _) => "yes".to_owned(),
        (false, Some(until)) => format!("invited until {}", clock.seconds(until)),
        (false, None) => "no".to_owned(),
    };
    let zones = person.zones.map_or_else(|| "all".to_owned(), |zones| zones.join(" "));
    let (browsers, added) = (person.sessions.to_string(), clock.seconds(person.created_at));
    let last_used = clock.time(person.last_used);
    [person.name, person.role, zones, signs_in, browsers, person.id, added, last_used]
}
