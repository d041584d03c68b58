//! Entering a group or a system.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Time;
use regulation::duties::pace::Quiet;
use regulation::general::{Mandate, Subject, Verb};
use store::duties::NewSubscription;

use super::{SUBSCRIPTIONS, Typed, entered, known_industries, leasts};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::auth::Person;
use crate::duties::own;
use crate::error::{Fault, Page};
use crate::outbound::channels::{Address, Channel};
use crate::posted::Posted;
use crate::shell::Shell;

/// Channels of groups and systems.
const CHANNELS: [Channel; 3] = [Channel::WeCom, Channel::DingTalk, Channel::Webhook];

pub fn routes() -> Routes {
    Routes::default().get("/duties/subscriptions/new", Verb::MaintainSubscriptions, blank).post(
        SUBSCRIPTIONS,
        Verb::MaintainSubscriptions,
        add,
    )
}

/// The station a person enters a subscription for, `None` for the department, and the right to.
///
/// # Errors
/// The refusal.
pub async fn adding(app: &App, person: &Person) -> Result<(Option<i64>, Mandate), Fault> {
    let Some(id) = own(person) else {
        return Ok((None, person.may(app, Verb::MaintainSubscriptions, &Subject::whole("subscription", 0))?));
    };
    let station = crate::duties::visible(app, person, Verb::ViewStation, id).await?;
    let subject = Subject::of_station("subscription", 0, &station.placed());
    Ok((Some(id), person.may(app, Verb::MaintainSubscriptions, &subject)?))
}

#[derive(Clone, Debug, Default)]
struct Group {
    channel: String,
    name: String,
    address: String,
    secret: String,
    quiet_from: String,
    quiet_to: String,
}

impl Group {
    fn blank() -> Group {
        let usual = Quiet::default();
        let time = |time: Time| time.strftime("%H:%M").to_string();
        Group { quiet_from: time(usual.from), quiet_to: time(usual.to), ..Group::default() }
    }

    fn from(posted: &Posted) -> Group {
        let text = |name| posted.text(name).to_owned();
        Group {
            channel: text("channel"),
            name: text("name"),
            address: text("address"),
            secret: text("secret"),
            quiet_from: text("quiet_from"),
            quiet_to: text("quiet_to"),
        }
    }

    /// # Errors
    /// All problems at once.
    fn judge(&self, app: &App) -> Result<(Address, (i64, i64)), Problems> {
        let mut problems = Problems::new();
        if self.name.is_empty() || self.name.chars().count() > 40 {
            problems.push(("name", "请填写名称，不超过 40 字。".to_owned()));
        }
        let quiet = match (minutes(&self.quiet_from), minutes(&self.quiet_to)) {
            _ if self.quiet_from.is_empty() && self.quiet_to.is_empty() => (0, 0),
            (Some(from), Some(to)) => (from, to),
            _ => {
                problems.push(("quiet_from", "安静时段应写作 22:00 至 08:00，两项都填或者都不填。".to_owned()));
                (0, 0)
            }
        };
        let channel = Channel::from_key(&self.channel).filter(|channel| CHANNELS.contains(channel));
        let Some(channel) = channel else {
            problems.push(("channel", "请选择渠道。".to_owned()));
            return Err(problems);
        };
        match app.channels.kept(&Address::of(channel, &self.address, &self.secret)) {
            Ok(to) if problems.is_empty() => Ok((to, quiet)),
            Ok(_) => Err(problems),
            Err(failure) => {
                problems.push(("address", failure.reason));
                Err(problems)
            }
        }
    }
}

/// `22:30` in minutes of the day.
fn minutes(text: &str) -> Option<i64> {
    let time: Time = text.parse().ok()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

#[derive(Template)]
#[template(path = "duties/subscription_form.html")]
struct SubscriptionForm {
    shell: Shell,
    group: Group,
    channels: Vec<(&'static str, &'static str, bool)>,
    typed: Typed,
    leasts: Vec<(&'static str, String, bool)>,
    industries: Vec<String>,
    problems: Problems,
    open: bool,
}

impl SubscriptionForm {
    async fn new(
        app: &App,
        person: &Person,
        group: Group,
        typed: Typed,
        problems: Problems,
    ) -> Result<SubscriptionForm, Fault> {
        Ok(SubscriptionForm {
            shell: Shell::new(app, person, SUBSCRIPTIONS),
            channels: CHANNELS.map(|one| (one.key(), one.name(), one.key() == group.channel)).to_vec(),
            leasts: leasts(&typed.least),
            industries: known_industries(app).await?,
            open: app.channels.offers(Channel::Webhook),
            group,
            typed,
            problems,
        })
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

async fn blank(State(app): State<App>, person: Person) -> Page {
    adding(&app, &person).await?;
    render(&SubscriptionForm::new(&app, &person, Group::blank(), Typed::default(), Problems::new()).await?)
}

async fn add(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, mandate) = adding(&app, &person).await?;
    let (group, typed) = (Group::from(&posted), Typed::from(&posted));
    let (to, quiet, wishes) = match (group.judge(&app), typed.judge()) {
        (Ok((to, quiet)), Ok(wishes)) => (to, quiet, wishes),
        (group_problems, wish_problems) => {
            let problems = [group_problems.err(), wish_problems.err()].into_iter().flatten().flatten().collect();
            return again(&app, &person, group, typed, problems).await;
        }
    };
    let new = NewSubscription { station, name: group.name.clone(), quiet, ..entered(&to, &wishes)? };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    match tx.add_subscription(&new).await {
        Ok(_) => {}
        Err(store::Error::Conflict(sentence)) => {
            drop(tx);
            return again(&app, &person, group, typed, vec![("address", format!("{sentence}。"))]).await;
        }
        Err(error) => return Err(error.into()),
    }
    tx.note(format!("{}：{}，登记推送", to.channel().name(), group.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SUBSCRIPTIONS}?done=subscription_added")).into_response())
}

async fn again(app: &App, person: &Person, group: Group, typed: Typed, problems: Problems) -> Page {
    let form = SubscriptionForm::new(app, person, group, typed, problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_a_browser_sends_them() {
        assert_eq!((minutes("22:00"), minutes("08:30"), minutes("00:00")), (Some(1320), Some(510), Some(0)));
        assert_eq!((minutes("24:00"), minutes("十点"), minutes("")), (None, None, None));
    }
}
