//! What everyone may read without signing in: notices and announcements as published, and the list of stations.

mod applications;
pub mod certificates;
mod feeds;
pub mod firms;
pub mod forms;
mod home;
pub mod letters;
mod misuse;
pub mod objections;
mod origin;
pub(crate) mod pace;
mod publications;
mod relevance;
pub mod search;
mod site;
mod subscriptions;
mod warning_paper;
pub mod warnings;

use regulation::general::{Actor, Scope, Verb, scope};

use crate::app::{App, Routes};

pub fn routes() -> Routes {
    Routes::default()
        .with(home::routes())
        .with(publications::routes())
        .with(applications::routes())
        .with(objections::routes())
        .with(certificates::routes())
        .with(misuse::routes())
        .with(warnings::routes())
        .with(feeds::routes())
        .with(letters::routes())
        .with(firms::routes())
        .with(subscriptions::routes())
        .with(search::routes())
        .with(relevance::routes())
        .with(warning_paper::routes())
        .with(site::routes())
}

/// Links of the public pages' menu.
pub const MENU: &[(&str, &str)] = &[
    (home::HOME, "首页"),
    ("/warnings", "预警信息"),
    (relevance::RELEVANCE, "与我有关吗"),
    (firms::FIRMS, "企业服务"),
    ("/public/notices", "公示公告"),
    ("/stations", "工作站名录"),
    ("/public/applications", "工作站申报"),
    ("/public/certificates", "证书查验"),
    ("/public/misuses/new", "反映问题"),
    ("/general/rules", "办法与评分规则"),
];

/// What the public may list: the same table everyone is judged by.
pub fn everyone(app: &App) -> Scope {
    scope(&Actor::public(), Verb::ViewPublic, app.clock.today())
}
