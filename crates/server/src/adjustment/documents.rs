//! The documents of chapter five: what each act issues, filled from recorded facts, frozen when made.

use askama::Template;
use jiff::civil::Date;
use papers::official::{Document, plain};
use regulation::adjustment::Kind;
use regulation::adjustment::misuse::Outcome;
use regulation::adjustment::revocation::Ground;
use regulation::law::cite;
use store::adjustment::AdjustmentStep;
use store::duties::Station;
use store::general::{NewPaper, NewPublication};

use super::case::{Act, Action, Case, Next};
use super::form::Form;
use crate::app::App;
use crate::auth::Person;
use crate::error::Fault;
use crate::general::papers::paper;
use crate::shell::day;

/// What an act issues.
#[derive(Default)]
pub struct Made {
    pub papers: Vec<NewPaper>,
    pub publication: Option<NewPublication>,
}

/// What stands on all of them.
struct Head {
    issuer: String,
    dated: String,
    copies: String,
    station: String,
    number: String,
    host: String,
}

macro_rules! template {
    ($name:ident $path:literal { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name { $($field: $type),* }
    };
}

template!(RevocationNotice "papers/revocation_notice.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String,
    article: String, ground: &'static str, facts: String, until: String, days: i64,
});
template!(RevocationDecision "papers/revocation_decision.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String,
    article: String, ground: &'static str, noticed: String, heard: &'static str, decided: String, reason: String,
    effective: String,
});
template!(RevocationAnnouncement "papers/revocation_announcement.txt" {
    issuer: String, dated: String, station: String, number: String, host: String, article: String,
    ground: &'static str, effective: String,
});
template!(Termination "papers/adjustment_termination.txt" {
    issuer: String, dated: String, copies: String, station: String, title: &'static str, opening: String,
    reason: String,
});
template!(LeavingReply "papers/leaving_reply.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String,
    approved: bool, requested: String, reason: String, effective: String, cases: Vec<(String, String, String)>,
});
template!(RenamingReceipt "papers/renaming_receipt.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String,
    requested: String, new_host: String, new_name: String, changed: String, effective: String, reason: String,
});
template!(RenamingRefusal "papers/renaming_refusal.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String,
    requested: String, reason: String,
});
template!(MergingPlan "papers/merging_plan.txt" {
    issuer: String, dated: String, copies: String, absorbed: String, absorbed_number: String, absorbed_host: String,
    survivor: String, survivor_number: String, survivor_host: String, decided: String, facts: String, reason: String,
    roster: bool, cases: bool, ledger: bool,
});
template!(MergingAnnouncement "papers/merging_announcement.txt" {
    issuer: String, dated: String, absorbed: String, absorbed_number: String, absorbed_host: String,
    survivor: String, survivor_number: String, survivor_host: String, effective: String,
});
template!(MisuseNotice "papers/misuse_notice.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String, facts: String,
    until: String, days: i64,
});
template!(MisuseDecision "papers/misuse_decision.txt" {
    issuer: String, dated: String, copies: String, station: String, number: String, host: String, noticed: String,
    heard: &'static str, outcome: &'static str, reason: String,
});

/// `2026年9月18日`.
fn said(day: Date) -> String {
    day.strftime("%Y年%-m月%-d日").to_string()
}

fn said_number(number: i64) -> Result<String, Fault> {
    Ok(said(store::date_from(number)?))
}

fn said_instant(at: i64) -> String {
    said(store::day_of(store::instant_from(at)))
}

fn head(app: &App, person: &Person, case: &Case) -> Head {
    let present = app.present();
    let edition = &present.edition;
    let bureau = |code: &str| format!("{}商务局", edition.area_name(code));
    let own = person.actor.city.as_deref().filter(|_| person.actor.role.of_city());
    Head {
        issuer: own.map_or_else(|| edition.head.department.clone(), bureau),
        dated: said(app.clock.today()),
        copies: if own.is_some() { edition.head.department.clone() } else { bureau(&case.station.city) },
        station: case.station.name.clone(),
        number: case.station.number.clone(),
        host: case.station.host_name.clone(),
    }
}

/// The newest step of a name.
fn step<'s>(steps: &'s [AdjustmentStep], name: &str) -> Option<&'s AdjustmentStep> {
    steps.iter().rfind(|step| step.step == name)
}

fn heard(case: &Case) -> &'static str {
    if case.stated() {
        "你站提出了陈述、申辩，我单位已经听取并研究。"
    } else {
        "你站在规定期限内没有提出陈述、申辩。"
    }
}

fn served(case: &Case, kind: &'static str, station: &Station, reply_due: Option<Date>) -> NewPaper {
    NewPaper {
        kind,
        noun: "adjustment",
        noun_id: case.row.id,
        station: Some(station.id),
        city: Some(station.city.clone()),
        served: true,
        reply_due: reply_due.map(store::day_number),
        ..NewPaper::default()
    }
}

fn announcement(case: &Case, template: &impl Template) -> anyhow::Result<NewPublication> {
    let content = template.render()?;
    let title = Document::parse(&content)?.title;
    let (noun, noun_id) = ("adjustment", case.row.id);
    Ok(NewPublication { kind: "announcement", noun, noun_id, title, content, until_day: None })
}

/// What an act issues, from the facts of the matter and what was typed.
///
/// # Errors
/// Fails when the database or a template does.
pub async fn for_act(
    app: &App,
    person: &Person,
    case: &Case,
    act: &Act,
    form: &Form,
    next: Next,
) -> Result<Made, Fault> {
    let steps = app.store.adjustment_steps(case.row.id).await?;
    let Head { issuer, dated, copies, station, number, host } = head(app, person, case);
    let reason = plain(form.text("text"));
    let days = app.present().edition.whole("statement.working_days");
    let until = next.day.map(said).unwrap_or_default();
    let requested = said_instant(case.row.opened_at);
    let ground = case.row.ground.as_deref().and_then(Ground::from_item);
    let (article, ground) = (cite(ground.map_or("17", Ground::item)), ground.map_or("", Ground::name));
    let noticed = step(&steps, "notice").map(|step| said_instant(step.taken_at)).unwrap_or_default();
    let one =
        |made: anyhow::Result<NewPaper>| -> Result<Made, Fault> { Ok(Made { papers: vec![made?], publication: None }) };
    let own = |kind, due| served(case, kind, &case.station, due);
    match (case.kind, act.action) {
        (Kind::Revocation, Action::Notify) => {
            let facts = reason;
            let text =
                RevocationNotice { issuer, dated, copies, station, number, host, article, ground, facts, until, days };
            one(paper(own("revocation.notice", next.day), &text))
        }
        (Kind::Revocation, Action::Serve) => {
            let decision = step(&steps, "decision");
            let decided = decision.and_then(|step| step.on_day).map(said_number).transpose()?.unwrap_or_default();
            let reason = decision.map(|step| plain(&step.text)).unwrap_or_default();
            let (heard, effective) = (heard(case), until);
            let text = RevocationDecision {
                issuer,
                dated,
                copies,
                station,
                number,
                host,
                article,
                ground,
                noticed,
                heard,
                decided,
                reason,
                effective,
            };
            one(paper(own("revocation.decision", None), &text))
        }
        (Kind::Revocation, Action::Announce) => {
            let effective = until;
            let text = RevocationAnnouncement { issuer, dated, station, number, host, article, ground, effective };
            Ok(Made { papers: Vec::new(), publication: Some(announcement(case, &text)?) })
        }
        (Kind::Revocation | Kind::Misuse | Kind::Merging, Action::Drop) if case.row.told_at.is_some() => {
            let title = match case.kind {
                Kind::Revocation => "关于终止撤销程序的告知书",
                Kind::Misuse => "关于终止核查的告知书",
                _ => "关于终止整合方案的告知书",
            };
            let opening = format!("我单位此前送达你站的《{}》所述事项，", case.papers.first().map_or("", |p| &p.title));
            let mut papers = Vec::new();
            for told in std::iter::once(&case.station).chain(&case.survivor) {
                let (issuer, dated, copies, reason) = (issuer.clone(), dated.clone(), copies.clone(), reason.clone());
                let (station, opening) = (told.name.clone(), opening.clone());
                let text = Termination { issuer, dated, copies, station, title, opening, reason };
                papers.push(paper(served(case, "adjustment.termination", told, None), &text)?);
            }
            Ok(Made { papers, publication: None })
        }
        (Kind::Leaving, Action::Approve | Action::Decline) => {
            let text = LeavingReply {
                issuer,
                dated,
                copies,
                station,
                number,
                host,
                requested,
                reason,
                approved: act.action == Action::Approve,
                effective: until,
                cases: case.cases.iter().map(handed).collect(),
            };
            one(paper(own("leaving.reply", None), &text))
        }
        (Kind::Renaming, Action::Acknowledge) => {
            let text = RenamingReceipt {
                issuer,
                dated,
                copies,
                station,
                number,
                host,
                requested,
                reason,
                new_host: plain(&case.row.new_host),
                new_name: plain(&case.row.new_name),
                changed: case.row.changed_on.map(said_number).transpose()?.unwrap_or_default(),
                effective: until,
            };
            one(paper(own("renaming.receipt", None), &text))
        }
        (Kind::Renaming, Action::Decline) => {
            let text = RenamingRefusal { issuer, dated, copies, station, number, host, requested, reason };
            one(paper(own("renaming.refusal", None), &text))
        }
        (Kind::Merging, Action::Decide) => {
            let Some(survivor) = &case.survivor else { return Err(Fault::NotFound) };
            let text = MergingPlan {
                issuer,
                dated,
                copies,
                reason,
                absorbed: station,
                absorbed_number: number,
                absorbed_host: host,
                survivor: survivor.name.clone(),
                survivor_number: survivor.number.clone(),
                survivor_host: survivor.host_name.clone(),
                decided: form.day("on").map(said).unwrap_or_default(),
                facts: plain(&case.row.detail),
                roster: case.row.moves("roster"),
                cases: case.row.moves("cases"),
                ledger: case.row.moves("ledger"),
            };
            let mut papers = Vec::new();
            for told in [&case.station, survivor] {
                papers.push(paper(served(case, "merging.plan", told, None), &text)?);
            }
            Ok(Made { papers, publication: None })
        }
        (Kind::Merging, Action::Execute) => {
            let Some(survivor) = &case.survivor else { return Err(Fault::NotFound) };
            let text = MergingAnnouncement {
                issuer,
                dated,
                absorbed: station,
                absorbed_number: number,
                absorbed_host: host,
                survivor: survivor.name.clone(),
                survivor_number: survivor.number.clone(),
                survivor_host: survivor.host_name.clone(),
                effective: until,
            };
            Ok(Made { papers: Vec::new(), publication: Some(announcement(case, &text)?) })
        }
        (Kind::Misuse, Action::Notify) => {
            let facts = reason;
            let text = MisuseNotice { issuer, dated, copies, station, number, host, facts, until, days };
            one(paper(own("misuse.notice", next.day), &text))
        }
        (Kind::Misuse, Action::Handle) => {
            let outcome = Outcome::from_key(form.text("outcome")).map_or("", Outcome::name);
            let heard = heard(case);
            let text = MisuseDecision { issuer, dated, copies, station, number, host, noticed, heard, outcome, reason };
            one(paper(own("misuse.decision", None), &text))
        }
        _ => Ok(Made::default()),
    }
}

/// A line of the list of cases handed over: day, title, what became of it.
fn handed(case: &store::adjustment::OpenCase) -> (String, String, String) {
    let receiver = plain(case.receiver.as_deref().unwrap_or_default());
    let what = match case.outcome.as_deref() {
        Some("moved") => format!("移交{receiver}"),
        Some(_) => "已办结".to_owned(),
        None => "未登记".to_owned(),
    };
    (day(case.on_day), plain(&case.title), what)
}
