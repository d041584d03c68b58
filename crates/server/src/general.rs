//! Chapter one on the screen: the desk, search, accounts, audit, and the rules.

mod accounts;
pub mod archive;
mod audit;
pub mod county;
pub mod delegations;
pub mod desk;
pub mod documents;
pub mod draws;
mod holidays;
pub mod interpretations;
mod overview;
pub mod papers;
pub mod rules;
pub mod search;
mod supervision;

use regulation::general::Verb;

use crate::app::Routes;
use crate::shell::{Done, Menu};

pub const MENU: &[Menu] = &[
    ("本人", &[(search::PATH, "检索", Verb::SaveSearch), (delegations::PATH, "委托代办", Verb::Delegate)]),
    (
        "系统",
        &[
            ("/general/accounts", "账户", Verb::ViewAccounts),
            ("/general/accounts/delegations", "委托代办", Verb::ViewAccounts),
            ("/general/holidays", "放假安排", Verb::LoadHolidays),
            ("/general/audit", "审计日志", Verb::ViewAudit),
        ],
    ),
    (
        "规则",
        &[
            ("/general/rules", "办法与评分规则", Verb::ViewRules),
            ("/general/interpretations", "解释口径", Verb::ViewRules),
        ],
    ),
];

pub const DONE: Done = &[
    ("saved", "已保存。"),
    ("password", "密码已修改。"),
    ("account", "账户已更新。"),
    ("created", "账户已建立。角色由安全管理员授予，首次登录须修改密码。"),
    ("reset", "密码已重置，该账户已退出登录，下次登录须修改密码。"),
    ("disabled", "账户已停用，已退出登录。"),
    ("enabled", "账户已恢复使用。"),
    ("granted", "角色已授予，该账户须重新登录。"),
    ("unlocked", "锁定已解除。"),
    ("unbound", "动态口令已解除绑定，该账户下次登录须重新绑定。"),
    ("holidays", "放假安排已装载，时限已按新安排计算。"),
    ("received", "已签收，签收时间已记录。"),
    ("stated", "陈述已提交。"),
    ("interpreted", "解释口径已发布。"),
    ("supervised", "监督指导已登记。"),
    ("supervision_corrected", "已更正，原记录保留。"),
    ("supervision_read", "已签阅，时间已记录。"),
    ("supervision_answered", "回复已提交。"),
    ("delegated", "委托已登记，到期自行终止。"),
    ("delegation_revoked", "委托已撤销，即时生效。"),
    ("delegation_ended", "委托已终止，即时生效。"),
    ("standing_in", "已切换为代办身份，办理完毕请结束代办。"),
    ("standing_out", "已结束代办，现以本人身份办理。"),
    ("search_saved", "检索已保存，有新的结果时在工作台提醒。"),
    ("search_renamed", "检索的名称已修改。"),
    ("search_removed", "保存的检索已删除。"),
    ("overridden", "决定已记录，可以据以开启。"),
    ("county_opinion", "意见已填写，市商务主管部门可以查看。"),
];

pub fn routes() -> Routes {
    Routes::default()
        .with(desk::routes())
        .with(accounts::routes())
        .with(delegations::routes())
        .with(audit::routes())
        .with(rules::routes())
        .with(interpretations::routes())
        .with(holidays::routes())
        .with(overview::routes())
        .with(supervision::routes())
        .with(search::routes())
        .with(papers::routes())
        .with(documents::routes())
}
