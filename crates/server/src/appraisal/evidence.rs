//! What a row's points rest on, and the city's and the province's opinions on each piece of it (Article 10).

use std::collections::{BTreeSet, HashMap};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::Points;
use regulation::appraisal::inspection::Stage;
use regulation::appraisal::sheet::{Item, Rule};
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::Edition;
use rust_decimal::Decimal;
use store::appraisal::{Cycle, EntryRow, MarkRow, Opinion};
use store::duties::{StandingRecord, Station};

use super::explained::Row;
use super::inspection::settled;
use super::ledger::reading::File;
use super::sheet::{Loaded, href, knows_experts};
use super::words::{kind_name, short_name};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::day;

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/stations/{id}/opinions", Verb::AssessEvidence, give_opinion)
}

/// Pieces of evidence shown beside a row that is not asked for by name.
const FEW: usize = 8;
/// Pieces shown of the row asked for.
const MANY: usize = 300;
pub const ENTRY: &str = "ledger_entry";
pub const RECORD: &str = "standing_record";

/// The evidence of a sheet, read at once.
pub struct Evidence {
    entries: HashMap<i64, EntryRow>,
    files: HashMap<i64, Vec<File>>,
    records: HashMap<i64, StandingRecord>,
    record_files: HashMap<i64, Vec<File>>,
    names: bool,
}

/// A ledger entry as evidence.
pub struct EntryLine {
    pub id: i64,
    pub on: String,
    pub title: String,
    pub kind: String,
    pub count: String,
    pub points: String,
    pub counted: bool,
    pub tags: Vec<&'static str>,
    /// The entry it repeats; therefore it does not count.
    pub repeats: Option<i64>,
    pub opinions: Vec<OpinionView>,
    pub photos: Vec<(i64, String)>,
    pub files: Vec<(i64, String)>,
}

/// A standing record as evidence.
pub struct RecordLine {
    pub id: i64,
    pub title: String,
    pub detail: String,
    pub since: String,
    pub counted: bool,
    pub opinions: Vec<OpinionView>,
    pub photos: Vec<(i64, String)>,
    pub files: Vec<(i64, String)>,
}

/// A report with the experts' marks.
pub struct WorkLine {
    pub id: i64,
    pub title: String,
    pub marks: Vec<MarkView>,
    pub mean: String,
    /// What a person should look at: too few experts, marks far apart.
    pub warn: Vec<String>,
}

pub struct MarkView {
    pub expert: String,
    pub mark: String,
    pub comment: String,
    pub dropped: bool,
}

pub struct OpinionView {
    pub class: &'static str,
    pub text: String,
}

impl OpinionView {
    fn new(opinion: &Opinion) -> OpinionView {
        let layer = if opinion.layer == "city" { "市核" } else { "省审" };
        match opinion.accepted {
            0 => OpinionView { class: "bad", text: format!("{layer}不认可：{}", opinion.reason) },
            _ => OpinionView { class: "ok", text: format!("{layer}认可") },
        }
    }
}

/// Which of a row's entries are shown: all that were refused, then the newest.
fn shown(counted: &[i64], refused: &[i64], most: usize) -> Vec<i64> {
    let refused = &refused[..refused.len().min(most)];
    let newest = counted.len().saturating_sub(most - refused.len());
    refused.iter().chain(&counted[newest..]).copied().collect()
}

/// A row's entries that do not count: refused, or the same as another.
pub fn uncounted(row: &Row) -> Vec<i64> {
    let repeats = row.repeats.iter().map(|(id, _)| *id).filter(|id| !row.refused_entries.contains(id));
    row.refused_entries.iter().copied().chain(repeats).collect()
}

impl Evidence {
    /// Reads what the sheet shows, in four statements whatever its size.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn read(app: &App, person: &Person, loaded: &Loaded, open: Option<&str>) -> Result<Evidence, Fault> {
        let mut ids = BTreeSet::new();
        let mut record_ids = BTreeSet::new();
        for row in &loaded.explained.rows {
            let most = if open == Some(row.score.item.as_str()) { MANY } else { FEW };
            ids.extend(shown(&row.score.entries, &uncounted(row), most));
            record_ids.extend(row.score.records.iter().chain(&row.refused_records).copied());
        }
        for (_, entries) in &loaded.explained.qualitative {
            ids.extend(shown(entries, &[], FEW));
        }
        let (ids, record_ids): (Vec<i64>, Vec<i64>) = (ids.into_iter().collect(), record_ids.into_iter().collect());
        let station = Scope::Stations(vec![loaded.station.id]);
        let entries = app.store.entries_by_id(&station, &ids).await?;
        let with_files: Vec<i64> = entries.iter().filter(|row| row.files > 0).map(|row| row.id).collect();
        let records = app.store.standing_records_by_id(&record_ids).await?;
        Ok(Evidence {
            files: by_noun(app.store.attachments_of(ENTRY, &with_files).await?),
            record_files: by_noun(app.store.attachments_of(RECORD, &record_ids).await?),
            entries: entries.into_iter().map(|row| (row.id, row)).collect(),
            records: records.into_iter().map(|row| (row.id, row)).collect(),
            names: knows_experts(person.actor.role),
        })
    }

    /// The entries of a row that are shown, oldest first; `None` for matters without a row.
    pub fn lines(&self, loaded: &Loaded, item: Option<&Item>, counted: &[i64], uncounted: &[i64]) -> Vec<EntryLine> {
        let mut rows: Vec<&EntryRow> = counted.iter().chain(uncounted).filter_map(|id| self.entries.get(id)).collect();
        rows.sort_by_key(|row| (row.on_day, row.id));
        rows.into_iter().map(|row| self.line(loaded, item, row, !uncounted.contains(&row.id))).collect()
    }

    fn line(&self, loaded: &Loaded, item: Option<&Item>, row: &EntryRow, counted: bool) -> EntryLine {
        let edition = &loaded.edition;
        let files = self.files.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let tags = [
            (row.late != 0, "补录"),
            (row.backdated != 0, "倒填"),
            (loaded.result.is_some() && !row.live(), "确认后另有更正"),
        ];
        EntryLine {
            id: row.id,
            on: item.map_or_else(|| day(row.on_day), |_| day(row.on_day).split_off(5)),
            title: row.title.clone(),
            kind: item
                .map_or_else(|| kind_name(edition, &row.kind), |item| short_name(edition, item, &row.kind))
                .to_owned(),
            count: format!("{} {}", row.count, edition.kind(&row.kind).map_or("", |kind| &kind.unit)),
            points: item.map_or_else(String::new, |item| entry_points(item, row, counted)),
            counted,
            repeats: row.repeats.filter(|_| !counted),
            tags: tags.iter().filter(|(holds, _)| *holds).map(|(_, tag)| *tag).collect(),
            opinions: opinions_on(&loaded.opinions, ENTRY, row.id),
            photos: photos(files),
            files: others(files),
        }
    }

    /// The standing records of a row.
    pub fn records(&self, loaded: &Loaded, counted: &[i64], refused: &[i64]) -> Vec<RecordLine> {
        let rows = counted.iter().chain(refused).filter_map(|id| self.records.get(id));
        rows.map(|row| {
            let files = self.record_files.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let until = row.until_on.map_or_else(|| "今".to_owned(), day);
            let parts = [&row.person, &row.post, &row.detail, &row.url];
            RecordLine {
                id: row.id,
                title: row.title.clone(),
                detail: parts
                    .iter()
                    .filter(|part| !part.is_empty())
                    .map(|part| part.as_str())
                    .collect::<Vec<_>>()
                    .join("　"),
                since: format!("{} 至 {until}", day(row.from_on)),
                counted: !refused.contains(&row.id),
                opinions: opinions_on(&loaded.opinions, RECORD, row.id),
                photos: photos(files),
                files: others(files),
            }
        })
        .collect()
    }

    /// The reports of a graded row with each expert's mark; the extremes dropped are named.
    pub fn works(&self, loaded: &Loaded, item: &Item, row: &Row) -> Vec<WorkLine> {
        let Rule::Graded { drop_extremes_from, .. } = &item.rule else { return Vec::new() };
        let regulation::appraisal::score::Detail::Graded { works } = &row.score.detail else { return Vec::new() };
        let lines = works.iter().filter_map(|(work, mean)| {
            let id: i64 = work.parse().ok()?;
            let of_work = |mark: &&MarkRow| mark.entry_id == id && mark.item == item.id;
            let marks: Vec<&MarkRow> = loaded.marks.iter().filter(of_work).collect();
            Some(WorkLine {
                id,
                title: self.name(&loaded.edition, ENTRY, id),
                warn: warnings(&loaded.edition, &marks),
                marks: mark_views(&marks, *drop_extremes_from, self.names),
                mean: mean.to_string(),
            })
        });
        lines.collect()
    }

    /// A piece of evidence by its title, or failing that by its number.
    pub fn name(&self, edition: &Edition, noun: &str, id: i64) -> String {
        let title = match noun {
            ENTRY => self.entries.get(&id).map(|row| entry_name(edition, row)),
            _ => self.records.get(&id).map(record_name),
        };
        title.unwrap_or_else(|| format!("{}第 {id} 号", if noun == ENTRY { "台账" } else { "档案" }))
    }
}

/// An entry by its title and kind.
pub fn entry_name(edition: &Edition, row: &EntryRow) -> String {
    format!("“{}”（{}）", row.title, kind_name(edition, &row.kind))
}

/// A standing record by its title.
pub fn record_name(row: &StandingRecord) -> String {
    format!("档案“{}”", row.title)
}

fn by_noun(attachments: Vec<store::files::Attachment>) -> HashMap<i64, Vec<File>> {
    let mut files: HashMap<i64, Vec<File>> = HashMap::new();
    for attachment in attachments {
        files.entry(attachment.noun_id).or_default().push(File::new(attachment));
    }
    files
}

fn photos(files: &[File]) -> Vec<(i64, String)> {
    files.iter().filter(|file| file.image).take(4).map(|file| (file.id, file.name.clone())).collect()
}

fn others(files: &[File]) -> Vec<(i64, String)> {
    let shown: Vec<i64> = photos(files).into_iter().map(|(id, _)| id).collect();
    files.iter().filter(|file| !shown.contains(&file.id)).map(|file| (file.id, file.name.clone())).collect()
}

/// What was said of a piece of evidence, layer by layer.
pub fn opinions_on(opinions: &[Opinion], noun: &str, id: i64) -> Vec<OpinionView> {
    opinions.iter().filter(|opinion| opinion.noun == noun && opinion.noun_id == id).map(OpinionView::new).collect()
}

/// What one entry gives by itself: per event its points, elsewhere how many it counts for.
fn entry_points(item: &Item, row: &EntryRow, counted: bool) -> String {
    let count = if counted { u64::try_from(row.count).unwrap_or_default() } else { 0 };
    match &item.rule {
        Rule::PerEvent { each } => {
            let award = each.iter().find(|award| award.kind == row.kind);
            award.map_or(Points::ZERO, |award| award.points.times(count)).plain()
        }
        Rule::Monthly { .. } => count.to_string(),
        _ => String::new(),
    }
}

fn mark_views(marks: &[&MarkRow], drop_from: usize, names: bool) -> Vec<MarkView> {
    let value = |mark: &MarkRow| mark.mark.parse::<Decimal>().unwrap_or_default();
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|ix| value(marks[*ix]));
    let drops = marks.len() >= drop_from.max(3);
    let (low, high) = (order.first().copied(), order.last().copied());
    let view = |(ix, mark): (usize, &&MarkRow)| MarkView {
        expert: if names { mark.expert.clone() } else { format!("专家 {}", ix + 1) },
        mark: mark.mark.clone(),
        comment: mark.comment.clone(),
        dropped: drops && (Some(ix) == low || Some(ix) == high),
    };
    marks.iter().enumerate().map(view).collect()
}

fn warnings(edition: &Edition, marks: &[&MarkRow]) -> Vec<String> {
    let values: Vec<Decimal> = marks.iter().filter_map(|mark| mark.mark.parse().ok()).collect();
    let mut warn = Vec::new();
    let least = edition.whole("marks.min_experts");
    if i64::try_from(values.len()).unwrap_or_default() < least {
        warn.push(format!("评分专家不足 {least} 人"));
    }
    let spread = values.iter().max().zip(values.iter().min()).map(|(high, low)| *high - *low).unwrap_or_default();
    let most = edition.whole("marks.spread");
    if spread > Decimal::from(most) {
        warn.push(format!("最高与最低相差超过 {most} 分，须会商"));
    }
    warn
}

/// Whether a person may give an opinion on a station's evidence now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn assessment(
    app: &App,
    person: &Person,
    station: &Station,
    year: i64,
    cycle: Option<&Cycle>,
    stage: &Stage,
) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::AssessEvidence, &Subject::of_station("opinion", 0, &station.placed()))?;
    match cycle.map(|cycle| cycle.state.as_str()) {
        Some("open") => {
            settled::changeable(person.actor.role, stage, year)?;
            Ok(mandate)
        }
        Some(_) => Err(Refusal::new(Basis::Item("14"), format!("{year}年度结果已经确认，不再核验证据。"))),
        None => Err(Refusal::new(Basis::Item("9"), format!("{year}年度评估尚未开启，暂不核验证据。"))),
    }
}

/// The same for the page: `None` for roles that never assess.
pub fn offer(app: &App, person: &Person, loaded: &Loaded, stage: &Stage) -> Option<Result<(), Refusal>> {
    if person.scope(app, Verb::AssessEvidence) == Scope::Nothing {
        return None;
    }
    let asked = assessment(app, person, &loaded.station, loaded.year, loaded.cycle.as_ref(), stage);
    Some(asked.map(drop))
}

async fn give_opinion(
    State(app): State<App>,
    person: Person,
    Path((year, id)): Path<(i64, i64)>,
    posted: Posted,
) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::AssessEvidence)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let cycle = app.store.cycle(year).await?;
    let stage = settled::stage_of(&app, year, id).await?;
    let mandate = assessment(&app, &person, &station, year, cycle.as_ref(), &stage)?;
    let (noun, noun_id) = evidence_named(&app, &station, year, &posted).await?;
    let accepted = match posted.text("accepted") {
        "1" => true,
        "0" => false,
        _ => return Err(Fault::Invalid("请选择认可或不认可。".to_owned())),
    };
    let reason = posted.text("reason");
    if !accepted && reason.is_empty() {
        return Err(Fault::Invalid("不认可的，须写明理由。".to_owned()));
    }
    if reason.chars().count() > 200 {
        return Err(Fault::Invalid("理由不超过 200 字。".to_owned()));
    }
    let layer = if person.actor.role.of_city() { "city" } else { "province" };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let opinion = tx.add_opinion(id, year, noun, noun_id, layer, accepted, reason).await?;
    tx.concerns(opinion);
    tx.commit().await?;
    if posted.text("from") == "padding" {
        return Ok(Redirect::to(&format!("{}?done=opinion", super::padding::href(year, id))).into_response());
    }
    let edition = app.edition_of(year).await?;
    let row = edition.sheet.item(posted.text("item")).map(|item| format!("&open={0}#r-{0}", item.id));
    Ok(Redirect::to(&format!("{}?done=opinion{}", href(year, id), row.unwrap_or_default())).into_response())
}

/// The piece of evidence a form names, if it is this station's and of this year.
async fn evidence_named(
    app: &App,
    station: &Station,
    year: i64,
    posted: &Posted,
) -> Result<(&'static str, i64), Fault> {
    let id = posted.number("noun_id").ok_or(Fault::NotFound)?;
    let theirs = match posted.text("noun") {
        ENTRY => {
            let row = app.store.entry(&Scope::Stations(vec![station.id]), id).await?;
            row.filter(|row| row.on_day / 10_000 == year && row.live()).map(|_| ENTRY)
        }
        RECORD => app.store.standing_record(id).await?.filter(|row| row.station_id == station.id).map(|_| RECORD),
        _ => None,
    };
    theirs.map(|noun| (noun, id)).ok_or(Fault::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_evidence_is_always_shown_then_the_newest() {
        let counted: Vec<i64> = (1..=20).collect();
        assert_eq!(shown(&counted, &[21], 4), [21, 18, 19, 20]);
        assert_eq!(shown(&[1], &[2], 4), [2, 1]);
        assert_eq!(shown(&[1], &[2, 3, 4], 2), [2, 3]);
    }

    #[test]
    fn extremes_are_named_once_there_are_enough_experts() {
        let mark = |account: i64, mark: &str| MarkRow {
            id: account,
            account_id: account,
            expert: format!("专家甲{account}"),
            station_id: 1,
            item: "warn.report".into(),
            entry_id: 1,
            mark: mark.into(),
            comment: String::new(),
            given_at: 0,
        };
        let marks: Vec<MarkRow> =
            [(1, "8"), (2, "10"), (3, "9.5"), (4, "6"), (5, "8")].map(|(id, m)| mark(id, m)).into();
        let refs: Vec<&MarkRow> = marks.iter().collect();
        let dropped: Vec<&str> = refs
            .iter()
            .zip(mark_views(&refs, 5, false))
            .filter(|(_, v)| v.dropped)
            .map(|(m, _)| m.mark.as_str())
            .collect();
        assert_eq!(dropped, ["10", "6"]);
        assert!(mark_views(&refs[..4], 5, true).iter().all(|view| !view.dropped));
        let edition = crate::editions::draft().expect("draft");
        assert_eq!(warnings(&edition, &refs), ["最高与最低相差超过 3 分，须会商"]);
        assert_eq!(warnings(&edition, &refs[..1]), ["评分专家不足 3 人"]);
    }
}
