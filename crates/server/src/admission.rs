//! Chapter three on the screen: applications, panels, public notice, confirmation.

pub mod cases;
mod confirmation;
pub mod conflicts;
mod experts;
mod invitation;
pub mod notices;
mod objections;
pub mod panels;
pub mod review_paper;
mod reviews;
mod selection;
mod shortlist;
mod visits;

use jiff::civil::Date;
use regulation::general::Verb;

use crate::app::Routes;
use crate::shell::{Done, Menu};

pub const MENU: &[Menu] = &[(
    "申请与确认",
    &[
        (panels::PATH, "评审与公示", Verb::ViewPanels),
        (experts::PATH, "专家库", Verb::ViewExperts),
        (reviews::PATH, "专家评审", Verb::ReviewApplication),
    ],
)];

pub const DONE: Done = &[
    ("expert", "专家信息已保存。"),
    ("conflict", "利害关系已登记，抽取时自动回避。"),
    ("drawn", "专家已抽取，抽取记录可以复核。"),
    ("redrawn", "已补抽，抽取记录可以复核。"),
    ("absent", "已登记不参加，请办理补抽。"),
    ("summed", "评审已汇总，专家评审意见表已生成。"),
    ("visited", "实地考察已登记，记录已生成。"),
    ("accepted", "已应邀，可以开始评审。"),
    ("declined", "已登记不参加评审。"),
    ("draft", "已保存，尚未提交。"),
    ("reviewed", "评分已提交并锁定。"),
    ("shortlisted", "入选名单已提出，未列入的已告知理由。"),
    ("published", "公示已发布。"),
    ("ruled", "异议处理意见已作出。"),
    ("confirmed", "工作站已确认，确认通知已发布。"),
];

pub fn routes() -> Routes {
    Routes::default()
        .with(experts::routes())
        .with(selection::routes())
        .with(panels::routes())
        .with(invitation::routes())
        .with(reviews::routes())
        .with(visits::routes())
        .with(shortlist::routes())
        .with(notices::routes())
        .with(objections::routes())
        .with(confirmation::routes())
}

/// `2026年9月18日`, as documents write a day.
fn dated(day: Date) -> String {
    day.strftime("%Y年%-m月%-d日").to_string()
}
