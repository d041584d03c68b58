//! The sheet and the year's summary as workbooks and PDF.

use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use papers::{GroupPaper, PartPaper, RowPaper, SheetPaper, SummaryPaper, SummaryRow};
use regulation::Points;
use regulation::appraisal::grade::{Counts, Grade, Participation, settle};
use regulation::appraisal::score::GroupScore;
use regulation::appraisal::sheet::{Part, PartId};
use regulation::general::{Scope, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::appraisal::ResultRow;
use store::duties::StationFilter;

use super::confirm::{chosen, ranks};
use super::explained::{Explained, Sums};
use super::reckon::{key, standings};
use super::sheet::{Loaded, load};
use super::words;
use crate::app::{App, Routes, download};
use crate::auth::Person;
use crate::editions::note;
use crate::error::{Fault, Page};
use crate::shell::{moment, moment_of};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PDF: &str = "application/pdf";

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/cycles/{year}/stations/{id}/sheet.xlsx", Verb::ViewSheet, sheet_xlsx)
        .get("/appraisal/cycles/{year}/stations/{id}/sheet.pdf", Verb::ViewSheet, sheet_pdf)
        .get("/appraisal/cycles/{year}/summary.xlsx", Verb::ViewRanking, summary_xlsx)
        .get("/appraisal/cycles/{year}/summary.pdf", Verb::ViewRanking, summary_pdf)
}

#[derive(Deserialize)]
struct Asked {
    layers: Option<String>,
}

/// A sheet to be printed, and its file's name without the ending.
async fn sheet_paper(
    app: &App,
    person: &Person,
    (year, id): (i64, i64),
    asked: &Asked,
) -> Result<(SheetPaper, String), Fault> {
    let loaded = load(app, person, year, id).await?;
    let paper = sheet_of(&loaded, asked.layers.as_deref() == Some("4"), moment(app.clock.now()));
    Ok((paper, format!("{year}年度评估评分表-{}", loaded.name())))
}

async fn sheet_xlsx(
    State(app): State<App>,
    person: Person,
    Path(place): Path<(i64, i64)>,
    Query(asked): Query<Asked>,
) -> Page {
    let (paper, name) = sheet_paper(&app, &person, place, &asked).await?;
    Ok(download(&format!("{name}.xlsx"), XLSX, papers::sheet_xlsx(&paper)?))
}

async fn sheet_pdf(
    State(app): State<App>,
    person: Person,
    Path(place): Path<(i64, i64)>,
    Query(asked): Query<Asked>,
) -> Page {
    let (paper, name) = sheet_paper(&app, &person, place, &asked).await?;
    let bytes = app.print(move |fonts| papers::sheet_pdf(&paper, fonts)).await?;
    Ok(download(&format!("{name}.pdf"), PDF, bytes))
}

fn sheet_of(loaded: &Loaded, four: bool, printed_at: String) -> SheetPaper {
    let (edition, explained) = (&loaded.edition, &loaded.explained);
    let last = if loaded.result.is_some() { "省审" } else { "省审（拟）" };
    let layers: Vec<String> = match four {
        true => ["自评", "市核", "专家", last].map(str::to_owned).to_vec(),
        false => vec![last.to_owned()],
    };
    let result = loaded.result.as_ref();
    SheetPaper {
        title: edition.sheet.title.clone(),
        station: loaded.name().to_owned(),
        station_no: loaded.station.number.clone(),
        host: loaded.host().to_owned(),
        city: edition.area_name(&loaded.station.city).to_owned(),
        year: i32::try_from(loaded.year).unwrap_or_default(),
        edition_note: note(edition),
        printed_at,
        layers,
        parts: edition.sheet.parts.iter().map(|part| part_paper(explained, part, four)).collect(),
        total_max: edition.sheet.total.plain(),
        totals: layer_sums(explained, four, |sums| sums.total),
        grade: result.map(|result| result.grade.clone()),
        remarks: result.and_then(not_checked).into_iter().collect(),
        watermark: result.is_none().then(|| "按台账暂计，非评定结果".to_owned()),
    }
}

/// Why a station was not checked on site, as its result says (reading K36).
fn not_checked(result: &ResultRow) -> Option<String> {
    result.unchecked.as_ref().map(|why| format!("没有现场检查记录，原因：{why}"))
}

fn figure(points: Option<Points>) -> String {
    points.map_or_else(|| "－".to_owned(), |points| points.to_string())
}

fn layer_sums(explained: &Explained, four: bool, of: impl Fn(&Sums) -> Points) -> Vec<String> {
    let province = of(&explained.province).to_string();
    if !four {
        return vec![province];
    }
    // A part no expert marks anything in sums to nothing, and so does a year without marks.
    let expert = figure(Some(of(&explained.expert)).filter(|points| *points > Points::ZERO));
    vec![of(&explained.own).to_string(), figure(explained.city.as_ref().map(&of)), expert, province]
}

fn part_paper(explained: &Explained, part: &Part, four: bool) -> PartPaper {
    let of_part = |sums: &Sums| if part.id == PartId::Base { sums.base } else { sums.bonus };
    PartPaper {
        name: part.name.clone(),
        cap_text: part.cap_text.clone(),
        max: part.cap.plain(),
        groups: part.groups.iter().map(|group| group_paper(explained, group, four)).collect(),
        subtotal: layer_sums(explained, four, of_part),
    }
}

fn group_paper(explained: &Explained, group: &regulation::appraisal::sheet::Group, four: bool) -> GroupPaper {
    let scored = explained.groups.iter().find(|scored| scored.id == group.id);
    let note = scored.and_then(|scored| words::group_note("", group.items.len(), scored));
    GroupPaper {
        name: group.name.clone(),
        cap_text: group.cap_text.clone(),
        rows: group
            .items
            .iter()
            .map(|item| {
                let row = explained.row(&item.id);
                let province = row.map(|row| row.score.points);
                let points = match four {
                    true => vec![
                        figure(row.and_then(|row| row.own)),
                        figure(row.and_then(|row| row.city)),
                        figure(row.and_then(|row| row.expert)),
                        figure(province),
                    ],
                    false => vec![figure(province)],
                };
                RowPaper {
                    work: item.work.clone(),
                    value: item.value_text.clone(),
                    criteria: item.criteria.clone(),
                    points,
                }
            })
            .collect(),
        note,
    }
}

async fn summary_xlsx(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    let paper = summary_of(&app, &person, year).await?;
    Ok(summary_file(&paper, "xlsx", XLSX, papers::summary_xlsx(&paper)?))
}

async fn summary_pdf(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    let paper = summary_of(&app, &person, year).await?;
    let printed = paper.clone();
    let bytes = app.print(move |fonts| papers::summary_pdf(&printed, fonts)).await?;
    Ok(summary_file(&paper, "pdf", PDF, bytes))
}

fn summary_file(paper: &SummaryPaper, ending: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    download(&format!("{}年度评估汇总表.{ending}", paper.year), media_type, bytes)
}

async fn summary_of(app: &App, person: &Person, year: i64) -> Result<SummaryPaper, Fault> {
    person.scope_or_refuse(app, Verb::ViewRanking)?;
    if !app.present().cycles.iter().any(|cycle| cycle.year == year) {
        return Err(Fault::NotFound);
    }
    Ok(summary_paper(app, year, moment(app.clock.now())).await?)
}

/// The sheets of a confirmed year as they were kept, all layers beside each other, dated the day of confirmation.
///
/// # Errors
/// Fails when the database does, or on an explanation no code wrote.
pub async fn kept_sheets(app: &App, year: i64) -> anyhow::Result<Vec<(ResultRow, SheetPaper)>> {
    let edition = app.edition_of(year).await?;
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned();
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let mut sheets = Vec::new();
    for result in app.store.results(&Scope::All, year).await? {
        let station = stations.iter().find(|station| station.id == result.station_id).cloned();
        let station = station.with_context(|| format!("result，工作站 {} 不在名册", result.station_id))?;
        let loaded = Loaded {
            year,
            station,
            edition: Arc::clone(&edition),
            cycle: cycle.clone(),
            explained: Explained::kept(&result)?,
            opinions: Vec::new(),
            marks: Vec::new(),
            result: Some(result.clone()),
        };
        let paper = sheet_of(&loaded, true, moment_of(result.confirmed_at));
        sheets.push((result, paper));
    }
    Ok(sheets)
}

/// The year's summary, confirmed or as it stands.
///
/// # Errors
/// Fails when the database does.
pub async fn summary_paper(app: &App, year: i64, printed_at: String) -> anyhow::Result<SummaryPaper> {
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned();
    let cycle = cycle.with_context(|| format!("{year} 年没有年度评估"))?;
    let edition = app.edition_of(year).await?;
    let confirmed = cycle.state == "confirmed";
    let results = if confirmed { app.store.results(&Scope::All, year).await? } else { Vec::new() };
    let rows = if confirmed { confirmed_rows(app, &edition, &results).await? } else { open_rows(app, year).await? };
    let remarks = results.iter().filter_map(|result| Some(format!("{}{}", result.station_name, not_checked(result)?)));
    let one_in = usize::try_from(edition.whole("excellent.denominator")).unwrap_or(usize::MAX).max(1);
    let considered = rows.iter().filter(|row| row.rank != "－").count();
    let base = if cycle.counts()? == Counts::All { rows.len() } else { considered };
    let count = |grade: Grade| rows.iter().filter(|row| row.grade.starts_with(grade.name())).count();
    let by_grade: Vec<String> = Grade::ALL
        .into_iter()
        .filter(|grade| count(*grade) > 0)
        .map(|grade| format!("{} {} 家", grade.name(), count(grade)))
        .collect();
    let reservation = if confirmed { "" } else { "　按台账暂计，非评定结果" };
    Ok(SummaryPaper {
        title: format!("{}应对国际贸易摩擦工作站{year}年度评估汇总表", edition.head.jurisdiction),
        year: i32::try_from(year).unwrap_or_default(),
        subtitle: format!("参评 {considered} 家，优秀上限 {} 家{reservation}", base / one_in),
        edition_note: note(&edition),
        printed_at,
        columns: edition.sheet.groups().map(|group| format!("{}（{}）", group.name, group.cap.plain())).collect(),
        foot: [by_grade.join("，")].into_iter().chain(remarks).collect(),
        rows,
    })
}

fn group_figures(groups: &[GroupScore]) -> Vec<String> {
    groups.iter().map(|group| group.points.to_string()).collect()
}

/// What stands under 等次 for those outside the ranking.
fn outside(grade: &str, participation: Participation) -> String {
    match participation {
        Participation::OnTime => grade.to_owned(),
        other => format!("{grade}（{}）", other.name()),
    }
}

async fn open_rows(app: &App, year: i64) -> anyhow::Result<Vec<SummaryRow>> {
    let standings = standings(app, year).await?;
    let decision = app.store.decision(year).await?;
    let settled = chosen(&standings, decision.as_ref()).and_then(|chosen| settle(&standings.grades, &chosen).ok());
    let grades = settled.as_ref().unwrap_or(&standings.grades.grades);
    let ranks = ranks(&standings);
    let mut order: Vec<(Option<i64>, String)> = ranks.into_iter().map(|(id, rank)| (Some(rank), id)).collect();
    let ranked: std::collections::HashSet<String> = order.iter().map(|(_, id)| id.clone()).collect();
    order.extend(standings.scored.keys().map(|id| (None, key(*id))).filter(|(_, id)| !ranked.contains(id)));
    let row = |(rank, id): (Option<i64>, String)| {
        let scored = standings.scored.get(&id.parse().ok()?)?;
        let grade = grades.get(&id).map_or("", |grade| grade.name());
        Some(SummaryRow {
            rank: rank.map_or_else(|| "－".to_owned(), |rank| rank.to_string()),
            station_no: scored.station.number.clone(),
            station: scored.station.name.clone(),
            city: standings.edition.area_name(&scored.station.city).to_owned(),
            industry: scored.station.industry.clone(),
            figures: group_figures(&scored.score.groups),
            base: scored.score.base.to_string(),
            bonus: scored.score.bonus.to_string(),
            total: scored.score.total.to_string(),
            grade: outside(grade, scored.participation),
        })
    };
    Ok(order.into_iter().filter_map(row).collect())
}

async fn confirmed_rows(app: &App, edition: &Edition, results: &[ResultRow]) -> anyhow::Result<Vec<SummaryRow>> {
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let mut rows = Vec::new();
    for result in results {
        let explained = Explained::kept(result)?;
        let station = stations.iter().find(|station| station.id == result.station_id);
        let participation = Participation::from_key(&result.participation).unwrap_or_default();
        rows.push(SummaryRow {
            rank: if result.rank > 0 { result.rank.to_string() } else { "－".to_owned() },
            station_no: station.map(|station| station.number.clone()).unwrap_or_default(),
            station: result.station_name.clone(),
            city: station.map(|station| edition.area_name(&station.city).to_owned()).unwrap_or_default(),
            industry: station.map(|station| station.industry.clone()).unwrap_or_default(),
            figures: group_figures(&explained.groups),
            base: explained.province.base.to_string(),
            bonus: explained.province.bonus.to_string(),
            total: explained.province.total.to_string(),
            grade: outside(&result.grade, participation),
        });
    }
    Ok(rows)
}
