//! Import of a roster: a workbook or pasted rows, judged row by row. Good rows are written in one transaction
//! under one mandate; bad ones come back in the same form with what is wrong.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use papers::{MAX_ROWS, read_xlsx, template_xlsx};
use regulation::duties::roster::tidy_uscc;
use regulation::general::Verb;
use regulation::law::Edition;
use store::duties::NewRosterMember;
use store::files::{Stored, Upload};

use super::form::{self, COLUMNS, pasted_rows, typed_rows};
use super::judge::{Typed, judge};
use super::{ROSTER, maintained};
use crate::app::{App, Routes, XLSX, download, render};
use crate::appraisal::ledger::writing::{Begun, answer, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{MAX_FILE, Posted};
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/roster/template.xlsx", Verb::MaintainRoster, template)
        .get("/duties/roster/import", Verb::MaintainRoster, page)
        .post("/duties/roster/import", Verb::MaintainRoster, import)
}

#[derive(Template)]
#[template(path = "duties/roster_import.html")]
struct ImportPage {
    shell: Shell,
    station: String,
    columns: String,
    max_bytes: usize,
    once: String,
    pasted: String,
    error: Option<String>,
}

async fn template(State(app): State<App>, person: Person) -> Page {
    maintained(&app, &person, "roster_import").await?;
    let paper = form::template(&app.present().edition);
    Ok(download("企业库导入模板.xlsx", XLSX, template_xlsx(&paper)?))
}

async fn page(State(app): State<App>, person: Person) -> Page {
    let (station, ..) = maintained(&app, &person, "roster_import").await?;
    render(&import_page(&app, &person, station.name)?)
}

fn import_page(app: &App, person: &Person, station: String) -> Result<ImportPage, Fault> {
    Ok(ImportPage {
        shell: Shell::new(app, person, ROSTER),
        station,
        columns: COLUMNS.map(|(_, name)| name).join(","),
        max_bytes: MAX_FILE,
        once: random_token()?,
        pasted: String::new(),
        error: None,
    })
}

async fn import(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, placed, mandate) = maintained(&app, &person, "roster_import").await?;
    let rows = match uploaded(&posted).await? {
        Ok(rows) => rows,
        Err(sentence) => {
            let pasted = posted.raw("rows").to_owned();
            let page = ImportPage { pasted, error: Some(sentence), ..import_page(&app, &person, station.name)? };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let known = app.store.roster(&person.scope(&app, Verb::ViewRoster), station.id, None, None, i64::MAX).await?;
    // A sheet without addresses takes none away.
    let mails: HashMap<String, String> =
        known.iter().map(|member| (member.uscc.clone(), member.email.clone())).collect();
    let known = known.into_iter().map(|member| (member.uscc, member.phone)).collect();
    let mut judged = judge_rows(&app.present().edition, rows, &known);
    for firm in judged.good.iter_mut().filter(|firm| firm.email.is_empty()) {
        firm.email = mails.get(&firm.uscc).cloned().unwrap_or_default();
    }
    let refused = refused_file(&app, &judged).await?;
    let once = posted.once();
    let id = chance_id()?;
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    for firm in &judged.good {
        tx.put_roster_member(station.id, firm).await?;
    }
    tx.recount_roster(station.id).await?;
    tx.attach("roster_import", id, placed.id, &refused).await?;
    tx.concerns(id);
    tx.note(judged.sentence());
    answer(tx, once.as_deref(), &format!("{ROSTER}/imports/{id}")).await
}

/// What the address of an import's result ends in. It has no row of its own, only the audit row and the file.
fn chance_id() -> anyhow::Result<i64> {
    let token = random_token()?;
    Ok(i64::from_str_radix(token.split_at(12).0, 16)?)
}

/// The rows of the upload or of the text box; the inner error is for the person.
async fn uploaded(posted: &Posted) -> Result<Result<Vec<(u32, Typed)>, String>, Fault> {
    let rows = match posted.files.first() {
        Some(file) => {
            let bytes = file.bytes.clone();
            let read = tokio::task::spawn_blocking(move || read_xlsx(&bytes)).await;
            match read.map_err(anyhow::Error::from)? {
                Ok(sheet) => typed_rows(&sheet),
                Err(error) => Err(error.to_string()),
            }
        }
        None if posted.text("rows").is_empty() => Err("请选择文件，或粘贴至少一行。".to_owned()),
        None => pasted_rows(posted.raw("rows")),
    };
    Ok(rows.and_then(|rows| match rows.len() {
        0 => Err("表中没有数据行。".to_owned()),
        many if many > MAX_ROWS => Err(format!("数据超过 {MAX_ROWS} 行，请分批导入。")),
        _ => Ok(rows),
    }))
}

/// An import judged: what will be written and what goes back.
#[derive(Debug, Default)]
struct Judged {
    good: Vec<NewRosterMember>,
    /// How many of the good were on the roster already.
    renewed: usize,
    refused: Vec<(Typed, String)>,
}

impl Judged {
    /// For the audit row and the page: the same words.
    fn sentence(&self) -> String {
        let (good, bad, renewed) = (self.good.len(), self.refused.len(), self.renewed);
        let added = good - renewed;
        format!("导入 {} 行，成功 {good} 行（新增 {added} 家，更新 {renewed} 家），{bad} 行有误", good + bad)
    }
}

/// Judges every row. Two rows with one code contradict each other: the later is refused, naming the earlier.
fn judge_rows(edition: &Edition, rows: Vec<(u32, Typed)>, known: &HashMap<String, String>) -> Judged {
    let mut judged = Judged::default();
    let mut first_row: HashMap<String, u32> = HashMap::new();
    for (number, typed) in rows {
        let uscc = tidy_uscc(&typed.uscc);
        let mut problems: Vec<String> = Vec::new();
        let firm = judge(edition, &typed, known.get(&uscc).map(String::as_str));
        match (&firm, first_row.get(&uscc)) {
            (_, Some(earlier)) if !uscc.is_empty() => problems.push(format!("信用代码与第 {earlier} 行重复。")),
            _ => drop(first_row.insert(uscc, number)),
        }
        match firm {
            Ok(firm) if problems.is_empty() => {
                judged.renewed += usize::from(known.contains_key(&firm.uscc));
                judged.good.push(firm);
            }
            Ok(_) => judged.refused.push((typed, format!("第 {number} 行：{}", problems.concat()))),
            Err(found) => {
                problems.extend(found.into_iter().map(|(_, sentence)| sentence));
                judged.refused.push((typed, format!("第 {number} 行：{}", problems.concat())));
            }
        }
    }
    judged
}

/// The refused rows as a stored workbook; none when every row is good.
async fn refused_file(app: &App, judged: &Judged) -> Result<Vec<Stored>, Fault> {
    if judged.refused.is_empty() {
        return Ok(Vec::new());
    }
    let paper = form::refused(&app.present().edition, &judged.refused);
    let bytes = template_xlsx(&paper)?.into();
    let upload = Upload { file_name: "企业库导入有误行.xlsx".to_owned(), media_type: XLSX.to_owned(), bytes };
    Ok(vec![app.objects.put(upload).await?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firm(uscc: &str) -> Typed {
        Typed { uscc: uscc.into(), name: "示例企业".into(), ..Typed::default() }
    }

    const GOOD: &str = "91110000101623741K";

    #[test]
    fn a_repeated_code_names_the_row_it_repeats() {
        let edition = crate::editions::draft().expect("draft");
        let rows =
            vec![(2, firm(GOOD)), (3, firm("1")), (4, firm(" 91110000101623741k")), (5, firm("")), (6, firm(""))];
        let judged = judge_rows(&edition, rows, &HashMap::new());
        assert_eq!(judged.good.len(), 1);
        let problems: Vec<&str> = judged.refused.iter().map(|(_, problem)| problem.as_str()).collect();
        assert_eq!(
            problems,
            [
                "第 3 行：信用代码应为 18 位，现为 1 位。",
                "第 4 行：信用代码与第 2 行重复。",
                "第 5 行：请填写统一社会信用代码。",
                "第 6 行：请填写统一社会信用代码。",
            ]
        );
        assert_eq!(judged.sentence(), "导入 5 行，成功 1 行（新增 1 家，更新 0 家），4 行有误");
    }

    #[test]
    fn a_masked_number_from_an_export_keeps_the_one_held() {
        let edition = crate::editions::draft().expect("draft");
        let row = Typed { phone: "138****1234".into(), ..firm(GOOD) };
        let known = HashMap::from([(GOOD.to_owned(), "13812341234".to_owned())]);
        let judged = judge_rows(&edition, vec![(2, row.clone())], &known);
        assert_eq!((judged.good[0].phone.as_str(), judged.renewed), ("13812341234", 1));
        assert_eq!(judge_rows(&edition, vec![(2, row)], &HashMap::new()).refused.len(), 1);
    }
}
