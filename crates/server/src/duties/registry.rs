//! Entering a station that was confirmed on paper before this system, one by one or by a list: the department enters
//! what its document says (reading K79). All others come out of a confirmation in [`crate::admission`].

mod import;
pub mod rows;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Date;
use regulation::duties::roster::{UsccCheck, check_uscc, tidy_uscc};
use regulation::general::{Subject, Verb};
use regulation::law::Edition;
use store::duties::NewStation;

use super::STATIONS;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::{Problems, parse_day, web_address};
use crate::auth::Person;
use crate::error::Page;
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/stations/new", Verb::MaintainRegistry, form)
        .post(STATIONS, Verb::MaintainRegistry, enter)
        .with(import::routes())
}

/// 申请单位的类型 (reading K12).
const HOST_KINDS: [&str; 6] = ["行业商（协）会", "企业", "科研院所", "高校", "专业服务机构", "其他"];

#[derive(Template)]
#[template(path = "duties/registry_form.html")]
struct RegistryForm {
    shell: Shell,
    typed: Typed,
    problems: Problems,
    areas: Vec<(String, String, bool)>,
    counties: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, bool)>,
}

impl RegistryForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

#[derive(Clone, Debug, Default)]
struct Typed {
    number: String,
    name: String,
    host_name: String,
    host_uscc: String,
    host_kind: String,
    city: String,
    county: String,
    province_managed: bool,
    industry_code: String,
    industry: String,
    comprehensive: bool,
    confirmed_on: String,
    document: String,
    address: String,
    website: String,
}

async fn form(State(app): State<App>, person: Person) -> Page {
    person.may(&app, Verb::MaintainRegistry, &Subject::whole("station", 0))?;
    render(&page(&app, &person, Typed::default(), Problems::new()))
}

fn page(app: &App, person: &Person, typed: Typed, problems: Problems) -> RegistryForm {
    let present = app.present();
    let areas = &present.edition.head.areas;
    let counties = areas.iter().flat_map(|area| {
        area.counties.iter().map(move |county| (county.code.clone(), format!("{}{}", area.name, county.name)))
    });
    RegistryForm {
        shell: Shell::new(app, person, STATIONS),
        areas: areas.iter().map(|area| (area.code.clone(), area.name.clone(), area.code == typed.city)).collect(),
        counties: counties.map(|(code, name)| (code.clone(), name, code == typed.county)).collect(),
        kinds: HOST_KINDS.map(|kind| (kind, kind == typed.host_kind)).to_vec(),
        typed,
        problems,
    }
}

fn typed(posted: &Posted) -> Typed {
    let text = |name| posted.text(name).to_owned();
    Typed {
        number: text("number"),
        name: text("name"),
        host_name: text("host_name"),
        host_uscc: tidy_uscc(posted.text("host_uscc")),
        host_kind: text("host_kind"),
        city: text("city"),
        county: text("county"),
        province_managed: posted.checked("province_managed"),
        industry_code: text("industry_code"),
        industry: text("industry"),
        comprehensive: posted.checked("comprehensive"),
        confirmed_on: text("confirmed_on"),
        document: text("document"),
        address: text("address"),
        website: text("website"),
    }
}

/// Judges the form against the edition's areas.
fn judge(edition: &Edition, typed: &Typed, today: Date) -> Result<NewStation, Problems> {
    let mut problems = Problems::new();
    let needed = [
        ("number", &typed.number, "请填写编号。"),
        ("name", &typed.name, "请填写工作站名称。"),
        ("host_name", &typed.host_name, "请填写承办单位全称。"),
        ("industry", &typed.industry, "请填写行业。"),
        ("document", &typed.document, "请填写确认文件名称，没有确认文件的不能登记。"),
    ];
    for (field, value, sentence) in needed {
        if value.is_empty() {
            problems.push((field, sentence.to_owned()));
        } else if value.chars().count() > 200 {
            problems.push((field, "不超过 200 字。".to_owned()));
        }
    }
    if check_uscc(&typed.host_uscc) == UsccCheck::Malformed {
        problems.push(("host_uscc", "统一社会信用代码应为 18 位数字和大写字母，不含 I、O、S、V、Z。".to_owned()));
    }
    if !HOST_KINDS.contains(&typed.host_kind.as_str()) {
        problems.push(("host_kind", "请选择承办单位类型。".to_owned()));
    }
    let city = edition.area(&typed.city);
    if city.is_none() {
        problems.push(("city", "请选择设区市。".to_owned()));
    }
    let inside = |code: &str| city.is_some_and(|city| city.counties.iter().any(|county| county.code == code));
    if !typed.county.is_empty() && !inside(&typed.county) {
        problems.push(("county", "所选县（市、区）不在该市。".to_owned()));
    }
    if !typed.website.is_empty() && !web_address(&typed.website) {
        problems.push(("website", "网址应以 http:// 或 https:// 开头。".to_owned()));
    }
    let confirmed_on = parse_day(&typed.confirmed_on).filter(|on| *on <= today);
    match confirmed_on {
        Some(on) if problems.is_empty() => Ok(new_station(typed, on)),
        Some(_) => Err(problems),
        None => {
            problems.push(("confirmed_on", "确认日期应写作 2026-01-31，且不晚于今天。".to_owned()));
            Err(problems)
        }
    }
}

fn new_station(typed: &Typed, confirmed_on: Date) -> NewStation {
    NewStation {
        number: typed.number.clone(),
        name: typed.name.clone(),
        host_name: typed.host_name.clone(),
        host_uscc: typed.host_uscc.clone(),
        host_kind: typed.host_kind.clone(),
        city: typed.city.clone(),
        county: Some(typed.county.clone()).filter(|code| !code.is_empty()),
        managed_by: if typed.province_managed { "province" } else { "city" }.to_owned(),
        industry_code: typed.industry_code.clone(),
        industry: typed.industry.clone(),
        comprehensive: typed.comprehensive,
        hs_chapters: String::new(),
        address: typed.address.clone(),
        website: typed.website.clone(),
        confirmed_on: store::day_number(confirmed_on),
        source: "legacy".to_owned(),
    }
}

async fn enter(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::MaintainRegistry, &Subject::whole("station", 0))?;
    let typed = typed(&posted);
    let again = |problems| -> Page {
        let form = page(&app, &person, typed.clone(), problems);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
    };
    let new = match judge(&app.present().edition, &typed, app.clock.today()) {
        Ok(new) => new,
        Err(problems) => return again(problems),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = match tx.add_station(&new).await {
        Ok(id) => id,
        Err(error) if error.is_duplicate_of("host_uscc") => {
            drop(tx);
            return again(vec![("host_uscc", "该单位已有有效的工作站，一个单位同时只设一个。".to_owned())]);
        }
        Err(error) if error.is_duplicate() => {
            drop(tx);
            return again(vec![("number", format!("编号 {} 已有工作站使用。", new.number))]);
        }
        Err(error) => return Err(error.into()),
    };
    let document = format!("依据 {}，按已有确认文件登记", typed.document);
    tx.add_station_event(id, new.confirmed_on, "登记", &document).await?;
    tx.note(format!("{} {}，{document}", new.number, new.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{STATIONS}/{id}?done=recorded")).into_response())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn good() -> Typed {
        Typed {
            number: "37-001".into(),
            name: "示例工作站".into(),
            host_name: "示例协会".into(),
            host_uscc: "91110000101623741K".into(),
            host_kind: "企业".into(),
            city: "370500".into(),
            county: "370523".into(),
            industry: "轮胎".into(),
            confirmed_on: "2024-09-01".into(),
            document: "示例通知".into(),
            ..Typed::default()
        }
    }

    #[test]
    fn a_station_needs_its_document_and_a_county_of_its_city() {
        let edition = crate::editions::draft().expect("draft");
        let fields = |typed: &Typed| match judge(&edition, typed, date(2026, 11, 24)) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|(field, _)| field).collect(),
        };
        assert!(fields(&good()).is_empty());
        assert_eq!(fields(&Typed { document: String::new(), ..good() }), ["document"]);
        assert_eq!(fields(&Typed { county: "370102".into(), ..good() }), ["county"]);
        assert_eq!(fields(&Typed { confirmed_on: "2027-01-01".into(), ..good() }), ["confirmed_on"]);
    }
}
