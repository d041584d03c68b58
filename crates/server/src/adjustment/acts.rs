//! What is done with a matter: every act is a route, a verb and one step, written in one transaction with its document.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::adjustment::Kind;
use regulation::adjustment::misuse::Outcome;
use regulation::general::{Actor, Verb};
use store::adjustment::NewStep;
use store::files::Stored;

use super::case::{Act, Action, Case, find, offer};
use super::form::{Field, Form, Input};
use super::{PATH, documents, effects, page};
use crate::app::{App, Routes};
use crate::appraisal::ledger::writing::put_files;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

macro_rules! act {
    ($kind:ident $action:ident $path:literal $verb:ident $name:literal $at:expr) => {
        Act { kind: Kind::$kind, action: Action::$action, path: $path, verb: Verb::$verb, name: $name, at: &$at }
    };
}

/// Every act of the room, in the order a matter meets them.
pub static ACTS: [Act; 22] = [
    act!(Revocation Verify "/adjustment/revocations/{id}/verification" ProposeRevocation "登记核实情况" ["proposed"]),
    act!(Revocation Notify "/adjustment/revocations/{id}/notice" ProposeRevocation "送达拟撤销告知书" ["verified"]),
    act!(Revocation Decide "/adjustment/revocations/{id}/decision" DecideRevocation "登记集体研究，决定撤销" ["noticed"]),
    act!(Revocation Serve "/adjustment/revocations/{id}/service" DecideRevocation "送达撤销决定" ["decided"]),
    act!(Revocation Announce "/adjustment/revocations/{id}/announcement" ProposeRevocation "发布公告" ["served"]),
    act!(Revocation Close "/adjustment/revocations/{id}/closing" ProposeRevocation "办结移交" ["announced"]),
    act!(Revocation Drop "/adjustment/revocations/{id}/termination" ProposeRevocation "终止程序" ["proposed", "verified", "noticed", "decided"]),
    act!(Leaving Forward "/adjustment/leavings/{id}/forwarding" ForwardRequest "转报省商务厅" ["city_review"]),
    act!(Leaving Approve "/adjustment/leavings/{id}/approval" ApproveLeaving "批复同意退出" ["province_review"]),
    act!(Leaving Decline "/adjustment/leavings/{id}/refusal" ApproveLeaving "不予同意" ["province_review"]),
    act!(Leaving Withdraw "/adjustment/leavings/{id}/withdrawal" RequestLeaving "撤回申请" ["city_review", "province_review"]),
    act!(Renaming Forward "/adjustment/renamings/{id}/forwarding" ForwardRequest "转报省商务厅" ["city_review"]),
    act!(Renaming Acknowledge "/adjustment/renamings/{id}/acknowledgement" AcknowledgeRenaming "予以备案" ["province_review"]),
    act!(Renaming Decline "/adjustment/renamings/{id}/refusal" AcknowledgeRenaming "不予备案" ["province_review"]),
    act!(Renaming Withdraw "/adjustment/renamings/{id}/withdrawal" FileRenaming "撤回备案" ["city_review", "province_review"]),
    act!(Merging Decide "/adjustment/mergings/{id}/decision" DecideMerging "登记集体研究，决定整合" ["drafted"]),
    act!(Merging Execute "/adjustment/mergings/{id}/execution" DecideMerging "实施整合" ["decided"]),
    act!(Merging Drop "/adjustment/mergings/{id}/termination" ProposeMerging "终止方案" ["drafted", "decided"]),
    act!(Misuse Verify "/adjustment/misuses/{id}/verification" HandleMisuse "登记核查情况" ["reported"]),
    act!(Misuse Notify "/adjustment/misuses/{id}/notice" HandleMisuse "送达告知书" ["verified"]),
    act!(Misuse Handle "/adjustment/misuses/{id}/handling" HandleMisuse "作出处理" ["noticed"]),
    act!(Misuse Drop "/adjustment/misuses/{id}/termination" HandleMisuse "终止核查" ["reported", "verified", "noticed"]),
];

pub fn routes() -> Routes {
    ACTS.iter().fold(Routes::default(), |routes, act| {
        routes.post(
            act.path,
            act.verb,
            move |State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted| {
                perform(app, person, id, posted, act)
            },
        )
    })
}

/// The act that does this to a matter of that kind.
pub fn act_of(kind: Kind, action: Action) -> Option<&'static Act> {
    ACTS.iter().find(|act| (act.kind, act.action) == (kind, action))
}

/// What an act asks for.
pub fn asked(case: &Case, act: &Act, today: jiff::civil::Date) -> Form {
    let text = |label: &str| Field::new("text", label, Input::Area(2000));
    let files = || Field::new("files", "证明材料", Input::Files).optional();
    let fields = match act.action {
        Action::Verify => vec![text("核实情况").hint("写明核实的经过、证据和结论，作为告知的依据。"), files()],
        Action::Notify => vec![
            text("告知的事实和理由")
                .value(case.row.detail.clone())
                .hint("写入告知书。工作站自送达次日起在规定的工作日内可以陈述、申辩。"),
        ],
        Action::Decide => vec![
            Field::new("attendees", "参加研究人员", Input::Line(500)).hint("用顿号分隔，至少两人。"),
            Field::new("on", "研究日期", Input::Day).value(today.to_string()),
            text("研究意见和理由").hint("写明对陈述申辩的意见；写入决定书。"),
        ],
        Action::Handle => vec![
            Field::new(
                "outcome",
                "处理方式",
                Input::Choice(
                    Outcome::ALL.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect(),
                ),
            ),
            text("处理意见和理由").hint("写明对陈述申辩的意见；写入处理决定书。"),
        ],
        Action::Serve | Action::Announce | Action::Execute => Vec::new(),
        Action::Close => vec![text("移交情况").optional().hint("企业库、台账和印章牌匾的移交、交回情况。")],
        Action::Acknowledge => vec![text("备案意见").optional()],
        Action::Drop => vec![text("终止理由")],
        Action::Forward => vec![text("市级意见")],
        Action::Approve => vec![text("批复意见")],
        Action::Decline => vec![text("理由").hint("写入答复。")],
        Action::Withdraw => vec![text("撤回理由")],
    };
    Form::new(key(act), fields)
}

/// The last word of the act's address: tells its form from the others on the page.
pub fn key(act: &Act) -> &'static str {
    act.path.rsplit('/').next().unwrap_or_default()
}

async fn perform(app: App, person: Person, id: i64, posted: Posted, act: &'static Act) -> Page {
    person.check(&posted)?;
    let case = find(&app, &person, id).await?;
    if case.kind != act.kind {
        return Err(Fault::NotFound);
    }
    offer(&app, &person.actor, &case, act)?;
    let mut form = asked(&case, act, app.clock.today()).read(&posted, app.clock.today());
    let few = form.text("attendees").split(['、', '，', ',', ' ', '；']).filter(|name| !name.is_empty()).count() < 2;
    if act.action == Action::Decide && form.good() && few {
        form.object("attendees", "集体研究至少两人参加。");
    }
    if !form.good() {
        return page::again(&app, &person, case, form).await;
    }
    let files = if form.takes_files() { put_files(&app, posted).await? } else { Vec::new() };
    carry_out(&app, &person.actor, &case, act, &form, &files).await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=adjustment-step#steps")).into_response())
}

/// Takes the step with its document and what follows from it, in one transaction.
///
/// # Errors
/// The refusal; a conflict when somebody else was first.
pub async fn carry_out(
    app: &App,
    actor: &Actor,
    case: &Case,
    act: &Act,
    form: &Form,
    files: &[Stored],
) -> Result<(), Fault> {
    let (mandate, next) = offer(app, actor, case, act)?;
    let made = documents::for_act(app, actor, case, act, form, next).await?;
    let id = case.row.id;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    // Always in the same order: two plans that cross do not wait for each other.
    let mut held = vec![case.station.id];
    held.extend(case.row.survivor_id);
    held.sort_unstable();
    for station in held {
        tx.hold_station(station).await?;
    }
    let mut paper = None;
    for new in &made.papers {
        paper = Some(tx.add_paper(new).await?);
    }
    let step = NewStep {
        step: key(act),
        from: &case.row.stage,
        stage: next.key,
        day: next.day.map(store::day_number),
        closed: next.closed,
        told: made.papers.iter().any(|paper| paper.served),
        text: form.text("text"),
        attendees: form.text("attendees"),
        on_day: form.day("on").map(store::day_number),
        paper,
    };
    tx.step_adjustment(id, &step).await?;
    tx.attach("adjustment", id, case.station.id, files).await?;
    if let Some(publication) = &made.publication {
        tx.publish(publication).await?;
    }
    effects::follow(&mut tx, app, case, act, form).await?;
    tx.concerns(id);
    tx.note(format!("{}：{}　{}", case.kind.name(), act.name, case.station.name));
    tx.commit().await?;
    Ok(())
}
