//! 国外公告 (Article 5(1)): what comes in from which source, what of it could not be read, and documents brought by hand.

pub mod fetching;
pub mod findable;
pub mod folder;
pub mod intake;
pub mod mappings;
pub mod places;
mod sources;

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use feeds::Source;
use regulation::duties::tariff::{Code, Concordance, Revision};
use regulation::general::{Mandate, Subject, Verb};
use serde::Deserialize;
use store::duties::{Intake, IntakeRefusal};

use self::intake::{Document, desk, go_on, read, take};
use super::{own, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{MAX_FILE, Posted};
use crate::shell::{Shell, day, moment_of, size};

pub const FEEDS: &str = "/duties/feeds";

/// Documents of a source in its list.
const PAGE: i64 = 50;
/// A document slower to read than this is worth a line in the log.
const SLOW: Duration = Duration::from_secs(5);

pub fn routes() -> Routes {
    Routes::default()
        .get(FEEDS, Verb::ViewNotices, sources::list)
        .get("/duties/feeds/sources/{source}", Verb::ViewNotices, sources::show)
        .post("/duties/feeds/fetching", Verb::LoadNotices, sources::fetch_now)
        .get("/duties/feeds/uploads/new", Verb::LoadNotices, blank)
        .post("/duties/feeds/uploads", Verb::LoadNotices, upload)
        .get("/duties/feeds/intakes/{id}", Verb::ViewNotices, show)
        .get("/duties/notices/{id}", Verb::ViewNotices, notice)
        .with(mappings::routes())
}

/// What people call a source.
pub fn source_name(source: &str) -> &'static str {
    match source {
        "us-fr-json" => "美国《联邦公报》（JSON）",
        "us-fr-xml" => "美国《联邦公报》（全文 XML）",
        "us-fr-csv" => "美国《联邦公报》（CSV）",
        "ita-orders" => "美国商务部反倾销、反补贴令",
        "eu-cellar" => "欧盟出版局公告（CELLAR）",
        "eu-search" => "欧盟 EUR-Lex 检索结果",
        "eu-rss" => "欧盟 EUR-Lex 订阅",
        "eu-cases" => "欧盟贸易救济案件",
        "eping-xlsx" => "世贸组织 TBT、SPS 通报（表格）",
        "eping-json" => "世贸组织 TBT、SPS 通报（接口）",
        "uk" => "英国贸易救济署",
        "dgtr" => "印度贸易救济总局",
        "rss" => "RSS、Atom 订阅",
        "csv" => "表格（CSV、Excel）",
        _ => "其他来源",
    }
}

/// Whose publication a notice is, as a Chinese reader knows it; the authority as it calls itself where the source is of no
/// one publisher.
pub fn publisher<'n>(source: &str, authority: &'n str) -> &'n str {
    match source {
        "us-fr-json" | "us-fr-xml" | "us-fr-csv" => "美国《联邦公报》",
        "ita-orders" => "美国商务部",
        "eu-cellar" | "eu-search" | "eu-rss" => "《欧盟官方公报》",
        "eu-cases" => "欧盟委员会",
        "eping-xlsx" | "eping-json" => "世贸组织通报",
        "uk" => "英国贸易救济署",
        "dgtr" => "印度贸易救济总局",
        _ => authority,
    }
}

/// Whether this person may bring documents, or something `noun` they are read by. Form and submit both ask here.
pub async fn loading(app: &App, person: &Person, noun: &'static str) -> Result<(Mandate, Option<i64>), Fault> {
    match own(person) {
        Some(id) => {
            let station = visible(app, person, Verb::ViewStation, id).await?;
            let subject = Subject::of_station(noun, 0, &station.placed());
            Ok((person.may(app, Verb::LoadNotices, &subject)?, Some(id)))
        }
        None => Ok((person.may(app, Verb::LoadNotices, &Subject::whole(noun, 0))?, None)),
    }
}

struct IntakeLine {
    id: i64,
    at: String,
    by: String,
    file_name: String,
    size: String,
    records: i64,
    notices: i64,
    fresh: i64,
    refused: i64,
    announced: Option<i64>,
}

impl IntakeLine {
    fn new(row: &Intake) -> IntakeLine {
        IntakeLine {
            id: row.id,
            at: moment_of(row.received_at),
            by: row.received_by.clone(),
            file_name: row.file_name.clone(),
            size: size(row.size),
            records: row.records,
            notices: row.notices,
            fresh: row.fresh,
            refused: row.refused,
            announced: row.announced,
        }
    }
}

#[derive(Template)]
#[template(path = "duties/feed_upload.html")]
struct UploadPage {
    shell: Shell,
    once: String,
    sources: Vec<(&'static str, &'static str, bool)>,
    /// Saved column mappings: key, name, chosen.
    mappings: Vec<(String, String, bool)>,
    max_bytes: usize,
    problem: Option<String>,
    /// The columns were not understood: a mapping would help.
    columns: bool,
}

/// What was chosen on the form, by key.
#[derive(Clone, Copy, Debug, Default)]
struct Chosen<'a> {
    source: &'a str,
    mapping: &'a str,
}

async fn upload_page(
    app: &App,
    person: &Person,
    chosen: Chosen<'_>,
    problem: Option<String>,
) -> Result<UploadPage, Fault> {
    let choice = |source: Source| (source.name(), source_name(source.name()), source.name() == chosen.source);
    let mappings = app.store.column_mappings().await?;
    let mapping = |row: store::duties::ColumnMapping| {
        let key = row.id.to_string();
        let chosen = key == chosen.mapping;
        (key, row.name, chosen)
    };
    Ok(UploadPage {
        shell: Shell::new(app, person, FEEDS),
        once: random_token()?,
        sources: Source::ALL.into_iter().map(choice).collect(),
        mappings: mappings.into_iter().map(mapping).collect(),
        max_bytes: MAX_FILE,
        columns: problem.is_some() && chosen.source == Source::Csv.name(),
        problem,
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    mapping: String,
}

async fn blank(State(app): State<App>, person: Person, Query(wanted): Query<Wanted>) -> Page {
    loading(&app, &person, "intake").await?;
    let source = if wanted.mapping.is_empty() { "" } else { Source::Csv.name() };
    render(&upload_page(&app, &person, Chosen { source, mapping: &wanted.mapping }, None).await?)
}

async fn upload(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let (mandate, station) = loading(&app, &person, "intake").await?;
    let chosen = Chosen { source: posted.text("source"), mapping: posted.text("mapping") };
    let again = async |sentence: &str| -> Page {
        let page = upload_page(&app, &person, chosen, Some(sentence.to_owned())).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    };
    let Ok(source) = chosen.source.parse::<Source>() else { return again("请选择来源。").await };
    let Some(file) = posted.files.first() else { return again("请选择文件。").await };
    let mapping = match chosen.mapping {
        "" => None,
        _ if source != Source::Csv => return again("列映射只用于表格，来源请选“表格”。").await,
        key => match mappings::of_key(&app, key).await? {
            Some(saved) => Some(saved),
            None => return again("所选列映射已经移除，请重新选择。").await,
        },
    };
    let begun = tokio::time::Instant::now();
    let (file_name, bytes) = (file.file_name.clone(), file.bytes.clone());
    let document = Document { source, origin: "upload", file_name, bytes, station, mapping };
    let read = read(&document).await?;
    if read.tally.notices == 0 && read.tally.refused <= 1 {
        let why = read.refusals.first().map_or("文件中没有公告。".to_owned(), |refusal| {
            format!("文件没有按所选来源识别出公告：{}", refusal.reason)
        });
        return again(&why).await;
    }
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let mut taken = take(&app, &mut tx, &document, &read).await?;
    if begun.elapsed() > SLOW {
        tracing::info!(file = document.file_name, took = ?begun.elapsed(), "a document took long to read");
    }
    let done = match (read.tally.notices, taken.fresh) {
        (0, _) => "unread",
        (_, 0) => "nothing_new",
        _ => "loaded",
    };
    let page = answer(tx, once.as_deref(), &format!("{FEEDS}/intakes/{}?done={done}", taken.intake)).await?;
    go_on(&app, &mandate, &read, &mut taken).await?;
    Ok(page)
}

#[derive(Template)]
#[template(path = "duties/intake.html")]
struct IntakePage {
    shell: Shell,
    source: &'static str,
    line: IntakeLine,
    sha256: String,
    mapping: String,
    notices: Vec<NoticeLine>,
    next: Option<i64>,
    refusals: Vec<IntakeRefusal>,
}

/// A notice in a list.
pub struct NoticeLine {
    pub id: i64,
    pub headline: String,
    pub title: String,
    pub published: String,
    pub aside: String,
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: i64,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewNotices)?;
    let row = app.store.intake(id).await?.ok_or(Fault::NotFound)?;
    let mut notices = app.store.notices_of_intake(id, asked.after, PAGE + 1).await?;
    let more = notices.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    notices.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let ids: Vec<i64> = notices.iter().map(|notice| notice.id).collect();
    let codes = app.store.notice_codes(&ids).await?;
    let line = |notice: &store::duties::TradeNotice| {
        let own = codes.iter().filter(|code| code.notice_id == notice.id);
        Ok::<_, Fault>(NoticeLine {
            id: notice.id,
            headline: headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?,
            title: notice.title.clone(),
            published: notice.published_on.map(day).unwrap_or_default(),
            aside: notice.aside.clone(),
            codes: own.map(|code| shown_code(&code.code)).collect(),
        })
    };
    render(&IntakePage {
        shell: Shell::new(&app, &person, FEEDS),
        source: source_name(&row.source),
        sha256: row.sha256.clone(),
        mapping: row.mapping.clone(),
        line: IntakeLine::new(&row),
        next: notices.last().filter(|_| more).map(|notice| notice.id),
        notices: notices.iter().map(line).collect::<Result<_, _>>()?,
        refusals: app.store.intake_refusals(id, 50).await?,
    })
}

/// `4011.10` of `401110`; what is no code stays as it is.
pub fn shown_code(digits: &str) -> String {
    Code::parse(digits).map_or_else(|_| digits.to_owned(), |code| code.shown())
}

/// Where a code of an edition of the tariff stands in the one in force, when elsewhere (reading K100).
pub fn now(digits: &str, of: Revision) -> String {
    let codes = Code::parse(digits).map(|code| Concordance::shipped().now(&code, of)).unwrap_or_default();
    codes.iter().map(Code::shown).collect::<Vec<_>>().join("、")
}

/// Who does what about which product, in Chinese, from what was read of a notice: `美国反倾销日落复审（轮胎）`.
///
/// # Errors
/// Fails when the tables of the readers do.
pub fn headline(country: &str, kind: &str, stage: &str, title: &str) -> anyhow::Result<String> {
    let place = desk()?.countries().zh(country).unwrap_or("国外").to_owned();
    let kind = if kind == "337" { "337 调查" } else { kind };
    let stage = if stage == "其他" { "公告" } else { stage };
    let names: Vec<&str> =
        regulation::duties::vocabulary::products(title).into_iter().map(|product| product.name).take(2).collect();
    let about = if names.is_empty() { String::new() } else { format!("（{}）", names.join("、")) };
    Ok(match kind {
        "其他" => format!("{place}{stage}{about}"),
        _ => format!("{place}{kind}{stage}{about}"),
    })
}

#[derive(Template)]
#[template(path = "duties/notice.html")]
struct NoticePage {
    shell: Shell,
    headline: String,
    facts: Facts,
    related: Vec<(i64, String, String)>,
    /// Where it went, as far as this person may see.
    doors: Vec<super::signals::Door>,
}

/// What was read of a notice, for its page and its signals'.
pub struct Facts {
    pub id: i64,
    pub title: String,
    pub source: &'static str,
    pub number: String,
    pub authority: String,
    pub kind: String,
    pub stage: String,
    pub product: String,
    pub targets: Vec<String>,
    pub cases: Vec<String>,
    /// Code as shown, how it was found, and where it stands in the tariff in force, when elsewhere.
    pub codes: Vec<(String, &'static str, String)>,
    pub published: Option<String>,
    pub deadline: Option<String>,
    pub url: String,
    pub sha256: String,
    pub received: String,
    pub aside: String,
}

/// How a code was found, in words.
fn found(via: &str) -> &'static str {
    match via {
        "field" => "来源标明",
        "mapping" => "表格列",
        "text" => "正文识别，待确认",
        _ => "按产品词推荐，待确认",
    }
}

impl Facts {
    /// # Errors
    /// Fails when the database or the readers' tables do.
    pub async fn of(app: &App, notice: &store::duties::TradeNotice) -> Result<Facts, Fault> {
        let codes = app.store.notice_codes(&[notice.id]).await?;
        let listed =
            |text: &str| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let countries = desk()?.countries();
        let edition = Revision::on(notice.published_on.and_then(|on| store::date_from(on).ok()));
        Ok(Facts {
            id: notice.id,
            title: notice.title.clone(),
            source: source_name(&notice.source),
            number: notice.source_id.clone(),
            authority: notice.authority.clone(),
            kind: notice.kind.clone(),
            stage: notice.stage.clone(),
            product: notice.product.clone(),
            targets: listed(&notice.targets)
                .iter()
                .map(|code| countries.zh(code).map_or_else(|| code.clone(), str::to_owned))
                .collect(),
            cases: listed(&notice.case_numbers),
            codes: codes
                .iter()
                .map(|code| (shown_code(&code.code), found(&code.via), now(&code.code, edition)))
                .collect(),
            published: notice.published_on.map(day),
            deadline: notice.deadline_on.map(day),
            url: notice.url.clone(),
            sha256: notice.raw_sha256.clone(),
            received: moment_of(notice.received_at),
            aside: notice.aside.clone(),
        })
    }
}

async fn notice(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewNotices)?;
    let notice = app.store.trade_notice(id).await?.ok_or(Fault::NotFound)?;
    let related = app.store.related_notices(&notice).await?;
    let scope = person.scope(&app, Verb::ViewSignals);
    let doors = app.store.signals_of_notice(&scope, id).await?;
    render(&NoticePage {
        shell: Shell::new(&app, &person, FEEDS),
        headline: headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?,
        facts: Facts::of(&app, &notice).await?,
        related: related
            .into_iter()
            .map(|one| (one.id, one.title, one.published_on.map(day).unwrap_or_default()))
            .collect(),
        doors: doors.iter().map(super::signals::Door::new).collect(),
    })
}
