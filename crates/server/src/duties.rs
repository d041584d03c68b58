//! Chapter two on the screen: stations, their records, their rosters.

pub mod consultations;
pub mod feeds;
pub mod latency;
mod management;
pub mod outbox;
mod profile;
mod records;
pub mod registry;
pub mod roster;
pub mod signals;
pub mod site;
mod station;
mod stations;
pub mod subscriptions;
pub mod warnings;
mod words;

use regulation::general::Verb;
use store::duties::Station;

use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;
use crate::shell::{Done, Menu};

pub use station::{noun, readable};
pub use stations::{AT_WORK, COMPREHENSIVE, STATES, UNRECORDED};

pub const MENU: &[Menu] = &[
    (
        "预警",
        &[
            (signals::SIGNALS, "线索", Verb::ViewSignals),
            (warnings::WARNINGS, "预警编发", Verb::ViewWarnings),
            (consultations::CONSULTATIONS, "企业咨询", Verb::ViewWarnings),
            (subscriptions::SUBSCRIPTIONS, "订阅和推送", Verb::ViewSubscriptions),
            (feeds::FEEDS, "国外公告", Verb::ViewNotices),
            (latency::LATENCY, "预警时效", Verb::ViewWarnings),
        ],
    ),
    (
        "日常工作",
        &[
            ("/appraisal/ledger", "台账", Verb::ViewLedger),
            ("/duties/roster", "企业库", Verb::ViewRoster),
            ("/general/overview", "全省概览", Verb::ViewOverview),
            (STATIONS, "工作站名册", Verb::ViewStation),
            ("/general/supervision", "监督指导", Verb::ViewSupervision),
            ("/general/papers", "文书", Verb::ReceivePaper),
        ],
    ),
];

pub const DONE: Done = &[
    ("recorded", "已登记到档案。"),
    ("roster", "企业库已更新。"),
    ("removed", "已移出企业库。"),
    ("firm_accepted", "已列入企业库，结果正在发到企业邮箱。"),
    ("firm_refused", "已登记不列入，理由正在发到企业邮箱。"),
    ("registered", "名单已导入，工作站已登记到名册。"),
    ("probed", "打开情况已登记。"),
    ("loaded", "文件已接收，新公告已送到有关工作站。"),
    ("nothing_new", "文件已接收，没有新公告，此前都已接收。"),
    ("unread", "文件中没有读出公告，原因逐条列在本页；请核对来源是否选错。"),
    ("mapping_saved", "列映射已保存，上传该来源的文件时选用。"),
    ("mapping_removed", "列映射已移除，已接收的公告不受影响。"),
    ("fetch_asked", "已排队，马上抓取，稍后刷新本页查看。"),
    ("signal_handed", "线索已移送。"),
    ("signal_dismissed", "已登记不采用。"),
    ("words", "关注词已保存，此后接收的公告按新的关注词送达。"),
    ("told_by_hand", "已登记转告。"),
    ("advised", "已答复，正在发到企业邮箱。"),
    ("warning_saved", "预警已保存，尚未发布。"),
    ("warning_submitted", "已提交，等待发布。"),
    ("warning_returned", "已退回修改。"),
    ("warning_published", "预警已发布，记入台账，正在告知企业。"),
    ("resent", "未送达的已重新排队发送。"),
    ("warning_corrected", "更正已发布，原版本保留。"),
    ("account_drafted", "已存入公众号草稿箱，请登录公众平台预览后群发。"),
    ("warning_retracted", "预警已撤回，记录保留。"),
    ("subscription_added", "推送已登记，请试发一条。"),
    ("subscription_tried", "已试发，结果列在该项下。"),
    ("subscription_paused", "推送已暂停，待发送的已取消。"),
    ("subscription_resumed", "推送已恢复，此后发布的预警照常送达。"),
    ("subscription_removed", "推送已移除，地址和密钥已删除。"),
    ("posting_resent", "未送达的已重新排队。"),
    ("management", "管理关系已调整，自现在起生效。"),
];

/// The menu entry of pages about stations; for a station's own account it is its record.
pub const STATIONS: &str = "/duties/stations";

pub fn routes() -> Routes {
    Routes::default()
        .with(stations::routes())
        .with(registry::routes())
        .with(station::routes())
        .with(management::routes())
        .with(profile::routes())
        .with(records::routes())
        .with(roster::routes())
        .with(site::routes())
        .with(feeds::routes())
        .with(signals::routes())
        .with(warnings::routes())
        .with(subscriptions::routes())
        .with(consultations::routes())
        .with(latency::routes())
        .with(words::routes())
}

/// A station this person may see; one out of scope looks like none.
pub async fn visible(app: &App, person: &Person, verb: Verb, id: i64) -> Result<Station, Fault> {
    let scope = person.scope_or_refuse(app, verb)?;
    app.store.station(&scope, id).await?.ok_or(Fault::NotFound)
}

/// A station's own account sees one station and skips the lists.
pub fn own(person: &Person) -> Option<i64> {
    person.actor.station.filter(|_| person.actor.role.of_station())
}

/// Class of a station's state: in force, on its way out, gone.
pub fn state_class(state: &str) -> &'static str {
    match state {
        "有效" => "ok",
        "拟退出" | "拟撤销" | "拟整合" => "warn",
        _ => "",
    }
}
