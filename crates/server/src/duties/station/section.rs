//! Standing records grouped by the facts of the edition: what each row of the sheet rests on.

use std::collections::HashMap;

use jiff::civil::Date;
use regulation::appraisal::ledger::{Fact, KeptIn};
use regulation::appraisal::sheet::Rule;
use regulation::law::{Edition, cite};
use store::duties::StandingRecord;
use store::files::Attachment;

use crate::app::App;
use crate::shell::{day, masked, moment_of};

/// One standing fact with its records.
pub struct Section {
    pub fact: String,
    pub name: String,
    /// What the station must have on record for it.
    pub evidence: String,
    pub basis: String,
    pub cited: String,
    /// The score row the fact drives: id, words.
    pub row: Option<(String, String)>,
    pub in_force: bool,
    pub records: Vec<Record>,
}

pub struct Record {
    pub id: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub person: String,
    pub post: String,
    pub phone: String,
    pub hidden: bool,
    pub from: String,
    pub until: Option<String>,
    pub validity: &'static str,
    pub validity_class: &'static str,
    pub recorded: String,
    pub files: Vec<File>,
}

pub struct File {
    pub id: i64,
    pub name: String,
}

/// The records of a station under the edition's facts. One record may be shown with its telephone number whole.
///
/// # Errors
/// Fails when the database does.
pub async fn sections(
    app: &App,
    edition: &Edition,
    station: i64,
    revealed: Option<i64>,
) -> anyhow::Result<Vec<Section>> {
    let records = app.store.standing_records(station).await?;
    let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
    let mut files: HashMap<i64, Vec<Attachment>> = HashMap::new();
    for file in app.store.attachments_of("standing_record", &ids).await? {
        files.entry(file.noun_id).or_default().push(file);
    }
    let today = app.clock.today();
    let mut sections: Vec<Section> = kept_facts(edition).map(|fact| section(edition, fact)).collect();
    for record in records {
        let Some(section) = sections.iter_mut().find(|section| section.fact == record.fact) else { continue };
        let files = files.remove(&record.id).unwrap_or_default();
        section.in_force |= in_force(&record, today);
        section.records.push(Record::new(record, files, today, revealed));
    }
    Ok(sections)
}

/// Facts shown by standing records, as the edition orders them.
pub fn kept_facts(edition: &Edition) -> impl Iterator<Item = &Fact> {
    edition.facts.iter().filter(|fact| fact.kept_in == KeptIn::Record)
}

fn section(edition: &Edition, fact: &Fact) -> Section {
    let driven = edition
        .sheet
        .items()
        .find(|item| matches!(&item.rule, Rule::Presence { fact: Some(driving), .. } if *driving == fact.id));
    Section {
        fact: fact.id.clone(),
        name: fact.name.clone(),
        evidence: fact.evidence.clone(),
        cited: format!("办法{}", cite(&fact.basis)),
        basis: fact.basis.clone(),
        row: driven
            .map(|item| (item.id.clone(), format!("{}（{} 分）", item.work, item.value_text.trim_end_matches('分')))),
        in_force: false,
        records: Vec::new(),
    }
}

fn in_force(record: &StandingRecord, today: Date) -> bool {
    let today = store::day_number(today);
    record.from_on <= today && record.until_on.is_none_or(|until| until >= today)
}

impl Record {
    fn new(record: StandingRecord, files: Vec<Attachment>, today: Date, revealed: Option<i64>) -> Record {
        let shown = revealed == Some(record.id);
        let (validity, validity_class) = match (in_force(&record, today), record.from_on > store::day_number(today)) {
            (true, _) => ("有效", "ok"),
            (false, true) => ("未生效", ""),
            (false, false) => ("已过期", "bad"),
        };
        Record {
            id: record.id,
            hidden: !shown && !record.phone.is_empty(),
            phone: if shown { record.phone } else { masked(&record.phone) },
            from: day(record.from_on),
            until: record.until_on.map(day),
            validity,
            validity_class,
            recorded: format!("{}　{}", moment_of(record.recorded_at), record.recorded_by),
            files: files.into_iter().map(|file| File { id: file.id, name: file.file_name }).collect(),
            title: record.title,
            detail: record.detail,
            url: record.url,
            person: record.person,
            post: record.post,
        }
    }
}
