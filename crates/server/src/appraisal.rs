//! Chapter four on the screen: ledger, sheet, grades.

pub mod assignments;
pub mod backlog;
pub mod bulletins;
pub mod checks;
pub mod confirm;
pub mod cycles;
pub mod evidence;
pub mod explained;
pub mod inspection;
pub mod ledger;
pub mod marks;
pub mod offline;
pub mod outputs;
pub mod padding;
pub mod ranking;
pub mod reckon;
pub mod rectifications;
pub mod reminders;
pub mod sampling;
pub mod sheet;
pub mod spot_checks;
pub mod submission;
pub mod words;

use regulation::general::Verb;

use crate::app::Routes;
use crate::shell::{Done, Menu};

pub const MENU: &[Menu] = &[(
    "年度评估",
    &[
        ("/appraisal/cycles", "年度评估", Verb::ViewSheet),
        ("/appraisal/checks", "现场检查", Verb::ViewChecks),
        ("/appraisal/spot-checks", "抽查和整改", Verb::ViewSpotChecks),
        ("/appraisal/marks", "报告评分", Verb::GradeWork),
    ],
)];

pub const DONE: Done = &[
    ("filed", "已记入台账。"),
    ("imported", "已导入台账。"),
    ("corrected", "更正已登记，原记录保留。"),
    ("withdrawn", "已撤回，原记录保留。"),
    ("restored", "认定已撤回，被替代的记录恢复计分。"),
    ("found", "认定已登记。"),
    ("opinion", "核验意见已登记。"),
    ("marked", "评分已保存。"),
    ("submitted", "材料已报送，回执见下。"),
    ("opened", "年度评估已开启。"),
    ("assigned", "指派已登记。"),
    ("decided", "集体研究决定已登记。"),
    ("proposed", "等次已拟定，待审批。"),
    ("confirmed", "等次已确认。"),
    ("sampled", "检查对象已抽取，种子和名单已留存。"),
    ("spot_checked", "抽查已登记，可以逐项下达整改。"),
    ("told", "通报已印发并送达。"),
    ("ordered", "整改已下达，整改通知书已送达。"),
    ("rectified", "整改情况已报送，等待查验。"),
    ("rectification_closed", "查验通过，整改已销号。"),
    ("rectification_returned", "已退回再改。"),
    ("rectification_withdrawn", "整改通知已撤回，记录保留。"),
    ("check_saved", "检查已保存。"),
    ("check_finished", "现场检查已完成。"),
    ("check_excused", "未检查的原因已登记。"),
    ("check_merged", "两份内容已合并保存。"),
    ("date_set", "时限已登记，提醒随之调整。"),
    ("material_returned", "已退回补正，通知书已送达。"),
    ("checked", "市级核查已完成。"),
    ("material_forwarded", "已上报，上报函见文书。"),
    ("material_accepted", "已受理，进入评分。"),
    ("settled", "已审定。"),
    ("reopened", "已撤回审定，请重新审定并反馈。"),
    ("notified", "告知书已送达。"),
    ("fed_back", "结果已反馈，反馈书已送达各站。"),
    ("review_asked", "复核申请已提交。"),
    ("review_decided", "复核决定已登记，决定书已送达。"),
    ("closed", "年度已归档。"),
    ("called", "通话已登记。"),
];

pub fn routes() -> Routes {
    let sheets = Routes::default()
        .with(sheet::routes())
        .with(evidence::routes())
        .with(submission::routes())
        .with(padding::routes());
    let year = Routes::default().with(cycles::routes()).with(ranking::routes()).with(confirm::routes());
    let year = year.with(inspection::routes()).with(reminders::routes());
    let experts = Routes::default().with(marks::routes()).with(assignments::routes());
    Routes::default()
        .with(ledger::routes())
        .with(year)
        .with(sheets)
        .with(experts)
        .with(outputs::routes())
        .with(checks::routes())
        .with(sampling::routes())
        .with(spot_checks::routes())
        .with(rectifications::routes())
        .with(bulletins::routes())
}

/// Ledger kinds whose reports experts mark.
pub fn graded_kinds(edition: &regulation::law::Edition) -> Vec<&str> {
    let graded = |item: &&regulation::appraisal::sheet::Item| {
        matches!(item.rule, regulation::appraisal::sheet::Rule::Graded { .. })
    };
    edition.sheet.items().filter(graded).flat_map(|item| item.rule.kinds()).collect()
}
