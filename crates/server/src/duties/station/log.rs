//! 办理记录: what was done to a station's record and roster, and who looked at personal data.

use askama::Template;
use axum::extract::{Path, Query, State};
use regulation::general::{Role, Scope, Verb};
use regulation::law::Edition;
use serde::Deserialize;

use super::Head;
use crate::address::cut;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::STATIONS;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day, moment_of};

/// What this log tells of. Marks and opinions are left out: who marks is not for the station to know.
const NOUNS: &[&str] = &["station", "standing_record", "site_probe", "roster_member", "roster_import", "roster"];
const SIZE: i64 = 50;

pub fn routes() -> Routes {
    Routes::default().get("/duties/stations/{id}/log", Verb::ViewStation, show)
}

#[derive(Deserialize)]
struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/log.html")]
struct LogPage {
    shell: Shell,
    head: Head,
    lines: Vec<Line>,
    next: Option<i64>,
    first: bool,
}

struct Line {
    at: String,
    actor: String,
    role: &'static str,
    verb: &'static str,
    noun: &'static str,
    detail: String,
    basis: String,
}

/// For whoever answers for the station or oversees it; not for assessors.
pub fn visible(app: &App, person: &Person) -> bool {
    person.scope(app, Verb::ViewRoster) != Scope::Nothing
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let station = crate::duties::visible(&app, &person, Verb::ViewStation, id).await?;
    if !visible(&app, &person) {
        return Err(Fault::NotFound);
    }
    let mut rows = app.store.audit_of_station(id, NOUNS, asked.before, SIZE + 1).await?;
    let more = cut(&mut rows, SIZE);
    let present = app.present();
    render(&LogPage {
        shell: Shell::new(&app, &person, STATIONS),
        head: Head::new(&app, &person, &station),
        next: rows.last().filter(|_| more).map(|row| row.id),
        first: asked.before.is_some(),
        lines: rows.into_iter().map(|row| Line::new(&present.edition, row)).collect(),
    })
}

impl Line {
    fn new(edition: &Edition, row: store::audit::Row) -> Line {
        Line {
            at: moment_of(row.at),
            role: Role::from_key(&row.role).map_or("", Role::name),
            verb: Verb::from_key(&row.verb).map_or("", Verb::name),
            noun: noun(&row.noun),
            actor: row.actor,
            detail: readable(edition, &row.detail),
            basis: row.basis,
        }
    }
}

/// A detail of the audit trail with the edition's names in place of the keys it begins with.
pub fn readable(edition: &Edition, detail: &str) -> String {
    let (key, rest) = detail.split_once(' ').unwrap_or((detail, ""));
    let fact = edition.facts.iter().find(|fact| fact.id == key).map(|fact| &fact.name);
    let kind = || edition.kind(key).map(|kind| &kind.name);
    let item = || edition.sheet.items().find(|item| item.id == key).map(|item| &item.work);
    let Some(name) = fact.or_else(kind).or_else(item) else { return detail.to_owned() };
    match rest.split_once(' ') {
        Some((on, rest)) if on.len() == 8 => match on.parse() {
            Ok(on) => format!("{name}　{}　{rest}", day(on)),
            Err(_) => format!("{name}　{on} {rest}"),
        },
        _ => format!("{name}　{rest}"),
    }
}

/// A noun of the audit trail as people say it.
pub fn noun(noun: &str) -> &'static str {
    const NAMES: &[(&str, &str)] = &[
        ("account", "账户"),
        ("delegation", "委托代办"),
        ("session", "登录"),
        ("edition", "规则版本"),
        ("interpretation", "解释口径"),
        ("audit", "审计日志"),
        ("station", "工作站"),
        ("standing_record", "档案"),
        ("site_probe", "网站探测"),
        ("roster", "企业库"),
        ("roster_member", "企业"),
        ("roster_import", "企业库导入"),
        ("subscription", "订阅"),
        ("station_import", "原有工作站导入"),
        ("ledger_entry", "台账"),
        ("ledger_import", "台账导入"),
        ("opinion", "核验意见"),
        ("mark", "评分"),
        ("cycle", "年度评估"),
        ("submission", "材料报送"),
        ("assignment", "指派"),
        ("participation", "参加情况"),
        ("decision", "集体研究"),
        ("result", "等次"),
        ("adjustment", "调整事项"),
        ("supervision", "监督指导"),
        ("lapse_override", "失效版本沿用"),
        ("page", "页面"),
    ];
    NAMES.iter().find(|(known, _)| *known == noun).map_or("其他", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_by_their_names() {
        let edition = crate::editions::draft().expect("draft");
        assert_eq!(readable(&edition, "has_unit 设立文件"), "设置工作机构　设立文件");
        assert_eq!(readable(&edition, "report.topical 20260910 专题报告"), "专题分析报告　2026-09-10　专题报告");
        assert_eq!(readable(&edition, "移出 9137 示例企业：注销"), "移出 9137 示例企业：注销");
    }
}
