//! One firm of a roster: reading, adding, changing, removing.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::duties::roster::{UsccCheck, check_uscc};
use regulation::duties::tariff::Revision;
use regulation::general::{Mandate, Subject, Verb};
use regulation::law::cite;
use store::duties::{NewRosterMember, RosterMember, Station};

use super::judge::{KINDS, Typed, judge};
use super::{ROSTER, listed, maintained};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::duties::feeds::{now, shown_code};
use crate::duties::own;
use crate::duties::station::uscc_state;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, masked, masked_address, moment_of};

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/roster/new", Verb::MaintainRoster, new_page)
        .post(ROSTER, Verb::MaintainRoster, add)
        .get("/duties/roster/{id}", Verb::ViewRoster, show)
        .post("/duties/roster/{id}/reveal", Verb::RevealPersonal, reveal)
        .get("/duties/roster/{id}/revision", Verb::MaintainRoster, revision_page)
        .post("/duties/roster/{id}/revision", Verb::MaintainRoster, revise)
        .post("/duties/roster/{id}/resumption", Verb::MaintainRoster, resume)
        .post("/duties/roster/{id}/removal", Verb::MaintainRoster, remove)
}

#[derive(Template)]
#[template(path = "duties/firm_form.html")]
struct FirmForm {
    shell: Shell,
    station: String,
    /// The firm being changed.
    firm: Option<(i64, String)>,
    action: String,
    once: String,
    kinds: Vec<(&'static str, bool)>,
    cities: Vec<String>,
    typed: Typed,
    problems: Problems,
    /// The last character does not check: the reason is asked for, or was given.
    doubtful: bool,
}

impl FirmForm {
    fn new(app: &App, person: &Person, station: &Station, typed: Typed, problems: Problems) -> Result<FirmForm, Fault> {
        let checked = check_uscc(&regulation::duties::roster::tidy_uscc(&typed.uscc));
        let present = app.present();
        Ok(FirmForm {
            shell: Shell::new(app, person, ROSTER),
            once: random_token()?,
            station: station.name.clone(),
            firm: None,
            action: ROSTER.to_owned(),
            kinds: KINDS.map(|kind| (kind, kind == typed.kind)).to_vec(),
            cities: present.edition.head.areas.iter().map(|area| area.name.clone()).collect(),
            doubtful: matches!(checked, UsccCheck::WrongCheckDigit { .. }),
            typed,
            problems,
        })
    }

    fn of(
        app: &App,
        person: &Person,
        station: &Station,
        firm: &RosterMember,
        typed: Typed,
        problems: Problems,
    ) -> Result<FirmForm, Fault> {
        Ok(FirmForm {
            firm: Some((firm.id, firm.name.clone())),
            action: format!("{ROSTER}/{}/revision", firm.id),
            ..FirmForm::new(app, person, station, typed, problems)?
        })
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

/// A form shown again with what was typed and what is wrong.
fn again(form: &FirmForm) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

async fn new_page(State(app): State<App>, person: Person) -> Page {
    let (station, ..) = maintained(&app, &person, "roster_member").await?;
    render(&FirmForm::new(&app, &person, &station, Typed::default(), Problems::new())?)
}

async fn add(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let (station, _, mandate) = maintained(&app, &person, "roster_member").await?;
    let typed = Typed::from(&posted);
    let firm = match judge(&app.present().edition, &typed, None) {
        Ok(firm) => firm,
        Err(problems) => return again(&FirmForm::new(&app, &person, &station, typed, problems)?),
    };
    if taken(&app, station.id, &firm.uscc).await? {
        let problems = vec![("uscc", in_use())];
        return again(&FirmForm::new(&app, &person, &station, typed, problems)?);
    }
    write(&app, &mandate, &station, &firm, None, once.as_deref()).await
}

fn in_use() -> String {
    "这个信用代码已在库中，请查询后直接修改原记录。".to_owned()
}

async fn taken(app: &App, station: i64, uscc: &str) -> Result<bool, Fault> {
    Ok(app.store.roster_codes(station).await?.iter().any(|(known,)| known == uscc))
}

/// Puts a firm on the roster; with `instead`, takes off the row that held it under another code.
async fn write(
    app: &App,
    mandate: &Mandate,
    station: &Station,
    firm: &NewRosterMember,
    instead: Option<&RosterMember>,
    once: Option<&str>,
) -> Page {
    let mut tx = match begin(app, mandate, once).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let mut note = format!("{} {}", firm.uscc, firm.name);
    if let Some(old) = instead.filter(|old| old.uscc != firm.uscc) {
        tx.remove_roster_member(old.id).await?;
        note = format!("{note}（原代码 {}）", old.uscc);
    }
    tx.put_roster_member(station.id, firm).await?;
    tx.recount_roster(station.id).await?;
    tx.note(note);
    answer(tx, once, "/duties/roster?done=roster").await
}

#[derive(Template)]
#[template(path = "duties/firm.html")]
struct FirmPage {
    shell: Shell,
    id: i64,
    station: i64,
    station_name: String,
    listed: bool,
    firm: Typed,
    uscc_state: (&'static str, String),
    hidden: bool,
    may_reveal: bool,
    may_maintain: bool,
    /// Codes of its that the tariff in force no longer has, and what they became.
    outdated: Vec<(String, String)>,
    /// Since when it wants no warnings.
    muted: Option<String>,
    /// When its last link was given up, the address, and why.
    undelivered: Option<(String, String, String)>,
    added: String,
    updated: String,
    /// When the firm itself last said that this holds.
    confirmed: Option<String>,
    cited: String,
    article: String,
}

/// The item a roster rests on.
const GROUND: &str = "5-1";

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (member, station) = listed(&app, &person, id).await?;
    page(&app, &person, member, station, false).await
}

/// Codes the tariff in force no longer has, as shown, and what they became.
fn outdated(codes: &str) -> Vec<(String, String)> {
    let codes = codes.split([',', '、']).filter(|code| !code.is_empty());
    codes.map(|code| (shown_code(code), now(code, Revision::NEWEST))).filter(|(_, now)| !now.is_empty()).collect()
}

async fn page(app: &App, person: &Person, member: RosterMember, station: Station, whole: bool) -> Page {
    let subject = Subject::of_station("roster_member", member.id, &station.placed());
    let present = app.present();
    let phone = if whole { member.phone.clone() } else { masked(&member.phone) };
    let dead = app.store.last_firm_key(&member).await?.filter(|key| key.state == "dead");
    render(&FirmPage {
        shell: Shell::new(app, person, ROSTER),
        id: member.id,
        station: station.id,
        station_name: station.name,
        listed: own(person).is_none(),
        uscc_state: uscc_state(&member.uscc),
        hidden: !whole && !member.phone.is_empty(),
        may_reveal: person.may(app, Verb::RevealPersonal, &subject).is_ok(),
        may_maintain: person.may(app, Verb::MaintainRoster, &subject).is_ok(),
        outdated: outdated(&member.hs_codes),
        muted: member.muted_at.map(moment_of),
        undelivered: dead.map(|key| (moment_of(key.next_at), masked_address(&key.address), key.problem)),
        added: moment_of(member.added_at),
        updated: moment_of(member.updated_at),
        confirmed: member.confirmed_at.map(moment_of),
        cited: format!("办法{}", cite(GROUND)),
        article: present.edition.item(GROUND).map(|item| item.text.clone()).unwrap_or_default(),
        firm: Typed { phone, ..Typed::of(&present.edition, &member) },
    })
}

/// Shows a firm's telephone number whole, once, after noting who asked.
async fn reveal(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (member, station) = listed(&app, &person, id).await?;
    let subject = Subject::of_station("roster_member", id, &station.placed());
    let mandate = person.may(&app, Verb::RevealPersonal, &subject)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(format!("{} 联系人{}的电话", member.name, member.contact));
    tx.commit().await?;
    page(&app, &person, member, station, true).await
}

/// A firm on the person's own roster and the right to change it.
async fn changing(app: &App, person: &Person, id: i64) -> Result<(RosterMember, Station, Mandate), Fault> {
    let (member, station) = listed(app, person, id).await?;
    let subject = Subject::of_station("roster_member", id, &station.placed());
    let mandate = person.may(app, Verb::MaintainRoster, &subject)?;
    Ok((member, station, mandate))
}

async fn revision_page(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (member, station, _) = changing(&app, &person, id).await?;
    let typed = Typed::of(&app.present().edition, &member);
    render(&FirmForm::of(&app, &person, &station, &member, typed, Problems::new())?)
}

async fn revise(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (member, station, mandate) = changing(&app, &person, id).await?;
    let typed = Typed::from(&posted);
    let firm = match judge(&app.present().edition, &typed, Some(&member.phone)) {
        Ok(firm) => firm,
        Err(problems) => return again(&FirmForm::of(&app, &person, &station, &member, typed, problems)?),
    };
    if firm.uscc != member.uscc && taken(&app, station.id, &firm.uscc).await? {
        let problems = vec![("uscc", in_use())];
        return again(&FirmForm::of(&app, &person, &station, &member, typed, problems)?);
    }
    write(&app, &mandate, &station, &firm, Some(&member), posted.once().as_deref()).await
}

/// Warnings go to a firm again that had asked to be left alone, because it asked for them.
async fn resume(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (member, _, mandate) = changing(&app, &person, id).await?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写企业要求恢复的情况，不超过 200 字。".to_owned()));
    }
    if member.muted_at.is_none() {
        return Err(Fault::Conflict("该企业没有停止接收预警。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.unmute_member(id).await?;
    tx.note(format!("恢复告知 {} {}：{reason}", member.uscc, member.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{ROSTER}/{id}?done=roster")).into_response())
}

async fn remove(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (member, station, mandate) = changing(&app, &person, id).await?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写移出理由，不超过 200 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.remove_roster_member(id).await?;
    tx.recount_roster(station.id).await?;
    tx.note(format!("移出 {} {}：{reason}", member.uscc, member.name));
    tx.commit().await?;
    Ok(Redirect::to("/duties/roster?done=removed").into_response())
}
