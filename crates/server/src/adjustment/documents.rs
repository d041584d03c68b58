//! The documents of chapter five: what each act issues, filled from recorded facts, frozen when made.

use askama::Template;
use jiff::civil::Date;
use papers::official::{Document, plain};
use regulation::adjustment::Kind;
use regulation::adjustment::misuse::Outcome;
use regulation::adjustment::revocation::Ground;
use regulation::general::Actor;
use regulation::law::cite;
use store::adjustment::AdjustmentStep;
use store::duties::Station;
use store::general::{NewPaper, NewPublication};

use super::case::{Act, Action, Case, Next};
use super::form::Form;
use crate::app::App;
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

fn head(app: &App, actor: &Actor, case: &Case) -> Head {
    let present = app.present();
    let edition = &present.edition;
    let bureau = |code: &str| format!("{}商务局", edition.area_name(code));
    let own = actor.city.as_deref().filter(|_| actor.role.of_city());
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

/// What the documents of one act are filled from.
struct Facts<'a> {
    case: &'a Case,
    form: &'a Form,
    next: Next,
    steps: Vec<AdjustmentStep>,
    head: Head,
    /// What was typed, as text of a document.
    reason: String,
    /// Working days of a statement.
    days: i64,
    /// The day beside the stage that is reached: end of statements, or taking effect.
    until: String,
    requested: String,
    noticed: String,
}

/// What an act issues, from the facts of the matter and what was typed.
///
/// # Errors
/// Fails when the database or a template does.
pub async fn for_act(app: &App, actor: &Actor, case: &Case, act: &Act, form: &Form, next: Next) -> Result<Made, Fault> {
    let steps = app.store.adjustment_steps(case.row.id).await?;
    let facts = Facts {
        head: head(app, actor, case),
        reason: plain(form.text("text")),
        days: app.present().edition.whole("statement.working_days"),
        until: next.day.map(said).unwrap_or_default(),
        requested: said_instant(case.row.opened_at),
        noticed: step(&steps, "notice").map(|step| said_instant(step.taken_at)).unwrap_or_default(),
        case,
        form,
        next,
        steps,
    };
    match (case.kind, act.action) {
        (Kind::Revocation | Kind::Misuse | Kind::Merging, Action::Drop) => facts.termination(),
        (Kind::Revocation, Action::Notify) => facts.revocation_notice(),
        (Kind::Revocation, Action::Serve) => facts.revocation_decision(),
        (Kind::Revocation, Action::Announce) => facts.revocation_announcement(),
        (Kind::Leaving, Action::Approve) => facts.leaving(true),
        (Kind::Leaving, Action::Decline) => facts.leaving(false),
        (Kind::Renaming, Action::Acknowledge) => facts.renaming_receipt(),
        (Kind::Renaming, Action::Decline) => facts.renaming_refusal(),
        (Kind::Merging, Action::Decide) => facts.merging_plan(),
        (Kind::Merging, Action::Execute) => facts.merging_announcement(),
        (Kind::Misuse, Action::Notify) => facts.misuse_notice(),
        (Kind::Misuse, Action::Handle) => facts.misuse_decision(),
        _ => Ok(Made::default()),
    }
}

fn one(made: anyhow::Result<NewPaper>) -> Result<Made, Fault> {
    Ok(Made { papers: vec![made?], publication: None })
}

impl Facts<'_> {
    /// A paper served on the station itself.
    fn own(&self, kind: &'static str, due: Option<Date>) -> NewPaper {
        served(self.case, kind, &self.case.station, due)
    }

    /// Article and wording of a revocation's ground.
    fn ground(&self) -> (String, &'static str) {
        let ground = self.case.row.ground.as_deref().and_then(Ground::from_item);
        (cite(ground.map_or("17", Ground::item)), ground.map_or("", Ground::name))
    }

    fn survivor(&self) -> Result<&Station, Fault> {
        self.case.survivor.as_ref().ok_or(Fault::NotFound)
    }

    fn revocation_notice(self) -> Result<Made, Fault> {
        let ((article, ground), new) = (self.ground(), self.own("revocation.notice", self.next.day));
        let Facts { head: Head { issuer, dated, copies, station, number, host }, reason: facts, days, until, .. } =
            self;
        let text =
            RevocationNotice { issuer, dated, copies, station, number, host, article, ground, facts, until, days };
        one(paper(new, &text))
    }

    fn revocation_decision(self) -> Result<Made, Fault> {
        let ((article, ground), new) = (self.ground(), self.own("revocation.decision", None));
        let decision = step(&self.steps, "decision");
        let decided = decision.and_then(|step| step.on_day).map(said_number).transpose()?.unwrap_or_default();
        let reason = decision.map(|step| plain(&step.text)).unwrap_or_default();
        let heard = heard(self.case);
        let Facts { head: Head { issuer, dated, copies, station, number, host }, until: effective, noticed, .. } = self;
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
        one(paper(new, &text))
    }

    fn revocation_announcement(self) -> Result<Made, Fault> {
        let ((article, ground), case) = (self.ground(), self.case);
        let Facts { head: Head { issuer, dated, station, number, host, .. }, until: effective, .. } = self;
        let text = RevocationAnnouncement { issuer, dated, station, number, host, article, ground, effective };
        Ok(Made { papers: Vec::new(), publication: Some(announcement(case, &text)?) })
    }

    /// Whoever was told that something is under way is told that it is not.
    fn termination(self) -> Result<Made, Fault> {
        if self.case.row.told_at.is_none() {
            return Ok(Made::default());
        }
        let title = match self.case.kind {
            Kind::Revocation => "关于终止撤销程序的告知书",
            Kind::Misuse => "关于终止核查的告知书",
            _ => "关于终止整合方案的告知书",
        };
        let before = self.case.papers.first().map_or("", |paper| &paper.title);
        let mut papers = Vec::new();
        for told in std::iter::once(&self.case.station).chain(&self.case.survivor) {
            let text = Termination {
                issuer: self.head.issuer.clone(),
                dated: self.head.dated.clone(),
                copies: self.head.copies.clone(),
                station: told.name.clone(),
                title,
                opening: format!("我单位此前送达你站的《{before}》所述事项，"),
                reason: self.reason.clone(),
            };
            papers.push(paper(served(self.case, "adjustment.termination", told, None), &text)?);
        }
        Ok(Made { papers, publication: None })
    }

    fn leaving(self, approved: bool) -> Result<Made, Fault> {
        let (new, cases) = (self.own("leaving.reply", None), self.case.cases.iter().map(handed).collect());
        let Facts { head: Head { issuer, dated, copies, station, number, host }, .. } = self;
        let Facts { requested, reason, until: effective, .. } = self;
        let text = LeavingReply {
            issuer,
            dated,
            copies,
            station,
            number,
            host,
            approved,
            requested,
            reason,
            effective,
            cases,
        };
        one(paper(new, &text))
    }

    fn renaming_receipt(self) -> Result<Made, Fault> {
        let (new, row) = (self.own("renaming.receipt", None), &self.case.row);
        let changed = row.changed_on.map(said_number).transpose()?.unwrap_or_default();
        let (new_host, new_name) = (plain(&row.new_host), plain(&row.new_name));
        let Facts { head: Head { issuer, dated, copies, station, number, host }, .. } = self;
        let Facts { requested, reason, until: effective, .. } = self;
        let text = RenamingReceipt {
            issuer,
            dated,
            copies,
            station,
            number,
            host,
            requested,
            new_host,
            new_name,
            changed,
            effective,
            reason,
        };
        one(paper(new, &text))
    }

    fn renaming_refusal(self) -> Result<Made, Fault> {
        let new = self.own("renaming.refusal", None);
        let Facts { head: Head { issuer, dated, copies, station, number, host }, requested, reason, .. } = self;
        one(paper(new, &RenamingRefusal { issuer, dated, copies, station, number, host, requested, reason }))
    }

    fn merging_plan(self) -> Result<Made, Fault> {
        let (survivor, moves) = (self.survivor()?.clone(), self.case.moves());
        let text = MergingPlan {
            issuer: self.head.issuer.clone(),
            dated: self.head.dated.clone(),
            copies: self.head.copies.clone(),
            absorbed: self.head.station.clone(),
            absorbed_number: self.head.number.clone(),
            absorbed_host: self.head.host.clone(),
            survivor: survivor.name.clone(),
            survivor_number: survivor.number.clone(),
            survivor_host: survivor.host_name.clone(),
            decided: self.form.day("on").map(said).unwrap_or_default(),
            facts: plain(&self.case.row.detail),
            reason: self.reason.clone(),
            roster: moves.roster,
            cases: moves.cases,
            ledger: moves.ledger,
        };
        let mut papers = Vec::new();
        for told in [&self.case.station, &survivor] {
            papers.push(paper(served(self.case, "merging.plan", told, None), &text)?);
        }
        Ok(Made { papers, publication: None })
    }

    fn merging_announcement(self) -> Result<Made, Fault> {
        let (survivor, case) = (self.survivor()?.clone(), self.case);
        let Facts { head: Head { issuer, dated, station, number, host, .. }, until: effective, .. } = self;
        let text = MergingAnnouncement {
            issuer,
            dated,
            absorbed: station,
            absorbed_number: number,
            absorbed_host: host,
            survivor: survivor.name,
            survivor_number: survivor.number,
            survivor_host: survivor.host_name,
            effective,
        };
        Ok(Made { papers: Vec::new(), publication: Some(announcement(case, &text)?) })
    }

    fn misuse_notice(self) -> Result<Made, Fault> {
        let new = self.own("misuse.notice", self.next.day);
        let Facts { head: Head { issuer, dated, copies, station, number, host }, reason: facts, days, until, .. } =
            self;
        one(paper(new, &MisuseNotice { issuer, dated, copies, station, number, host, facts, until, days }))
    }

    fn misuse_decision(self) -> Result<Made, Fault> {
        let (new, heard) = (self.own("misuse.decision", None), heard(self.case));
        let outcome = Outcome::from_key(self.form.text("outcome")).map_or("", Outcome::name);
        let Facts { head: Head { issuer, dated, copies, station, number, host }, reason, noticed, .. } = self;
        let text = MisuseDecision { issuer, dated, copies, station, number, host, noticed, heard, outcome, reason };
        one(paper(new, &text))
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
