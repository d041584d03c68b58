//! What becomes of a document of foreign notices: every record read or refused, notices not met before put on record and
//! brought to the stations they concern, all in one transaction (Article 5(1), readings K90, K91).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

use anyhow::Context as _;
use feeds::{Desk, Mapping, Outcome, Source, Tally, TradeNotice};
use jiff::ToSpan as _;
use jiff::civil::Date;
use regulation::duties::routing::{Claim, Dated, aside, industry_named, route, watched};
use regulation::duties::tariff::{Revision, widened};
use regulation::duties::vocabulary::products;
use regulation::general::Mandate;
use store::Tx;
use store::duties::{IntakeRefusal, Known, NewIntake, NewTradeNotice, Watcher};

use super::findable;
use crate::app::App;

/// Refusals kept of one document: with more, the file is not what it was taken for, and the count says so.
const REFUSALS: usize = 500;

/// The tables of the readers, made at the first document.
///
/// # Errors
/// Never for the tables as they are shipped.
pub fn desk() -> anyhow::Result<&'static Desk> {
    static DESK: OnceLock<Desk> = OnceLock::new();
    if let Some(desk) = DESK.get() {
        return Ok(desk);
    }
    let made = Desk::shipped().context("公告分类规则")?;
    Ok(DESK.get_or_init(|| made))
}

/// A document, and who brought it.
pub struct Document {
    pub source: Source,
    /// `upload`, `folder` or `fetch`.
    pub origin: &'static str,
    pub file_name: String,
    pub bytes: bytes::Bytes,
    pub station: Option<i64>,
    /// By which its columns are read, where it is a table.
    pub mapping: Option<SavedMapping>,
}

/// A saved column mapping.
#[derive(Clone, Debug)]
pub struct SavedMapping {
    pub name: String,
    pub mapping: Mapping,
}

/// What was in a document.
pub struct Read {
    pub tally: Tally,
    pub notices: Vec<TradeNotice>,
    pub refusals: Vec<IntakeRefusal>,
}

/// Reads a document off the async threads: the largest take seconds.
///
/// # Errors
/// Fails when the tables do, or the thread was lost.
pub async fn read(document: &Document) -> anyhow::Result<Read> {
    let desk = desk()?;
    let (source, bytes) = (document.source, document.bytes.clone());
    let mapping = document.mapping.as_ref().map(|saved| saved.mapping.clone());
    Ok(tokio::task::spawn_blocking(move || {
        let (mut notices, mut refusals): (Vec<TradeNotice>, _) = (Vec::new(), Vec::new());
        let mut places: HashMap<String, usize> = HashMap::new();
        let tally = desk.parse(source, &bytes, mapping.as_ref(), &mut |outcome| match outcome {
            // One document announced and published, or listed twice, is one notice.
            Outcome::Notice(notice) => match places.entry(notice.identity.clone()) {
                Entry::Occupied(place) => {
                    let before = &mut notices[*place.get()];
                    if let Some(one) = feeds::merge(before, &notice) {
                        *before = one;
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(notices.len());
                    notices.push(*notice);
                }
            },
            Outcome::Refused(refused) if refusals.len() < REFUSALS => refusals.push(IntakeRefusal {
                record: i64::try_from(refused.record).unwrap_or(i64::MAX),
                place: refused.place.to_string(),
                reason: refused.reason,
            }),
            Outcome::Refused(_) => {}
        });
        Read { tally, notices, refusals }
    })
    .await?)
}

/// Notices written in one transaction: while one is open, everybody else who writes waits.
const AT_ONCE: usize = 500;

/// What a document brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub intake: i64,
    pub fresh: i64,
    pub signals: i64,
    pub uncovered: i64,
    /// Places of the notices left for further transactions, [`go_on`].
    later: Vec<usize>,
}

/// Puts a read document on record within the transaction of `mandate`: its counts, what was refused, and its first notices.
/// The rest follows by [`go_on`]; should the process end before, the same document brings them when it comes again.
///
/// # Errors
/// Fails when the database does.
pub async fn take(app: &App, tx: &mut Tx<'_>, document: &Document, read: &Read) -> anyhow::Result<Taken> {
    let identities: Vec<&str> = read.notices.iter().map(|notice| notice.identity.as_str()).collect();
    let known = tx.known_notices(&identities).await?;
    let known: HashMap<&str, &Known> = known.iter().map(|known| (known.identity.as_str(), known)).collect();
    let fresh: Vec<usize> =
        (0..read.notices.len()).filter(|place| !known.contains_key(read.notices[*place].identity.as_str())).collect();
    let intake = tx.add_intake(&counted(document, read, fresh.len())).await?;
    for refusal in &read.refusals {
        tx.add_intake_refusal(intake, refusal).await?;
    }
    for notice in &read.notices {
        let published = notice.published_on.is_some();
        if let Some(before) =
            known.get(notice.identity.as_str()).filter(|known| known.published_on.is_none() && published)
        {
            let row = row(notice, Days::of(app));
            tx.fill_in_notice(before.id, &row).await?;
            findable::index(tx, before.id, &row).await?;
        }
    }
    let mut taken = Taken { intake, fresh: whole(fresh.len()), ..Taken::default() };
    let (now, later) = fresh.split_at(fresh.len().min(AT_ONCE));
    write(app, tx, read, now, &mut taken).await?;
    taken.later = later.to_vec();
    tx.note(format!(
        "{} {}：读取 {} 条，新公告 {} 条，不能识别 {} 条",
        document.source, document.file_name, read.tally.read, taken.fresh, read.tally.refused
    ));
    Ok(taken)
}

/// Writes the notices [`take`] left, a transaction for each few hundred, each with its audit row.
///
/// # Errors
/// Fails when the database does; what was written before stays.
pub async fn go_on(app: &App, mandate: &Mandate, read: &Read, taken: &mut Taken) -> anyhow::Result<()> {
    for places in std::mem::take(&mut taken.later).chunks(AT_ONCE) {
        let mut tx = app.store.begin(mandate, app.clock.now()).await?;
        write(app, &mut tx, read, places, taken).await?;
        tx.concerns(taken.intake);
        tx.note(format!("续接收 {} 条", places.len()));
        tx.commit().await?;
    }
    Ok(())
}

/// Puts some of a document's notices on record and brings them to the doors they belong to. One that somebody else put on
/// record meanwhile is left as it is.
async fn write(app: &App, tx: &mut Tx<'_>, read: &Read, places: &[usize], taken: &mut Taken) -> anyhow::Result<()> {
    let notices: Vec<&TradeNotice> = places.iter().map(|place| &read.notices[*place]).collect();
    let identities: Vec<&str> = notices.iter().map(|notice| notice.identity.as_str()).collect();
    let known = tx.known_notices(&identities).await?;
    let doors = if notices.is_empty() { Doors::default() } else { Doors::read(app).await? };
    for notice in notices {
        if known.iter().any(|known| known.identity == notice.identity) {
            continue;
        }
        let row = row(notice, Days::of(app));
        let Some(id) = tx.add_trade_notice(taken.intake, &row).await? else { continue };
        findable::index(tx, id, &row).await?;
        if row.aside.is_empty() {
            doors.bring(app, tx, id, &row, taken).await?;
        }
    }
    Ok(())
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(document: &Document, read: &Read, fresh: usize) -> NewIntake {
    use sha2::Digest as _;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    NewIntake {
        source: document.source.name(),
        origin: document.origin,
        file_name: document.file_name.clone(),
        sha256: hex::encode(sha2::Sha256::digest(&document.bytes)),
        size: whole(document.bytes.len()),
        station: document.station,
        records: count(read.tally.read),
        notices: count(read.tally.notices),
        fresh: whole(fresh),
        refused: count(read.tally.refused),
        announced: read.tally.announced.map(count),
        mapping: document.mapping.as_ref().map(|saved| saved.name.clone()).unwrap_or_default(),
    }
}

/// A name as serde writes it: the feeds' closed lists are kept as their Chinese words.
pub fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// The days that decide whether a notice still becomes a signal: what is older is kept, and calls for nothing at once
/// (reading K91).
#[derive(Clone, Copy)]
struct Days {
    today: Date,
    /// The first whose notices do.
    since: Date,
}

impl Days {
    fn of(app: &App) -> Days {
        let today = app.clock.today();
        Days { today, since: today.saturating_sub(app.present().edition.whole("signal.fresh_days").days()) }
    }
}

/// Why a notice goes to nobody; empty when it may.
fn set_aside(notice: &TradeNotice, days: Days) -> &'static str {
    let targets: Vec<&str> = notice.targets.iter().map(String::as_str).collect();
    let own = std::iter::once(&notice.source_id).chain(&notice.case_numbers);
    let numbers: Vec<&str> = own.map(String::as_str).collect();
    let dated = Dated { published: notice.published_on, deadline: notice.deadline_on, numbers: &numbers };
    // Orders in force are no news: they are looked up.
    let listed = (notice.source == Source::ItaOrders).then_some("清单资料，只作留存");
    let old = dated.old(days.today, days.since).then_some("公布已久，只作留存");
    aside(&word(&notice.kind), &word(&notice.stage), &targets).or(listed).or(old).unwrap_or_default()
}

/// A notice as its row. Codes the document does not state are proposed from the words of its title.
fn row(notice: &TradeNotice, days: Days) -> NewTradeNotice {
    let mut codes: Vec<(String, String)> =
        notice.hs_codes.iter().map(|code| (code.code.clone(), word(&code.via))).collect();
    let product = notice.product.clone().unwrap_or_default();
    if codes.is_empty() {
        let spoken = products(&format!("{} {product}", notice.title));
        codes.extend(spoken.into_iter().flat_map(|product| product.codes).map(|code| (code, "words".to_owned())));
        codes.dedup();
    }
    // That it was announced before is about no other document.
    let relation = notice.relates_to.as_ref().filter(|relation| relation.how != feeds::How::Announces);
    NewTradeNotice {
        identity: notice.identity.clone(),
        source: notice.source.name(),
        source_id: notice.source_id.clone(),
        published_on: notice.published_on.map(store::day_number),
        authority: notice.authority.clone(),
        country: notice.country.clone().unwrap_or_default(),
        kind: word(&notice.kind),
        stage: word(&notice.stage),
        title: notice.title.clone(),
        product,
        targets: notice.targets.join(","),
        case_numbers: notice.case_numbers.join(","),
        deadline_on: notice.deadline_on.map(store::day_number),
        url: notice.url.clone().unwrap_or_default(),
        raw_sha256: notice.raw_sha256.clone(),
        relation: relation.map(|relation| word(&relation.how)).unwrap_or_default(),
        relates_to: relation.and_then(|relation| relation.to.clone()).unwrap_or_default(),
        aside: set_aside(notice, days).to_owned(),
        codes,
    }
}

/// The stations' doors: read once a document.
#[derive(Default)]
struct Doors {
    watchers: Vec<Watcher>,
    words: Vec<(i64, String)>,
}

impl Doors {
    async fn read(app: &App) -> store::Result<Doors> {
        Ok(Doors { watchers: app.store.watchers().await?, words: app.store.watch_words(None).await? })
    }

    /// Brings a notice to the stations it concerns, or, where no station covers it, to the department.
    async fn bring(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        id: i64,
        notice: &NewTradeNotice,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        let codes: Vec<String> = notice.codes.iter().map(|(code, _)| code.clone()).collect();
        let published = notice.published_on.and_then(|on| store::date_from(on).ok());
        // Rosters and stations list their goods by whichever edition of the tariff they were written in.
        let codes = widened(&codes, Revision::on(published));
        let firms = app.store.firms_touched(&codes).await?;
        let text = format!("{} {}", notice.title, notice.product);
        let country = desk()?.countries().zh(&notice.country).unwrap_or_default();
        let spoken: Vec<&str> = products(&text).into_iter().map(|product| product.name).collect();
        let claim = |watcher: &Watcher| Claim {
            station: watcher.id,
            digits: own_digits(&watcher.hs_chapters, &codes),
            firms: firms.get(&watcher.id).copied().unwrap_or(0),
            word: self.word_of(watcher.id, &text, country),
            industry: industry_named(&watcher.industry, &text, &spoken).map(str::to_owned),
            comprehensive: watcher.comprehensive == 1,
        };
        let present = app.present();
        let due_on = store::day_number(present.due_after("signal.working_days", tx.instant()));
        let routed = route(self.watchers.iter().map(claim));
        for to in &routed {
            if let Some(watcher) = self.watchers.iter().find(|watcher| watcher.id == to.station) {
                tx.add_signal(id, to, &watcher.placed(), due_on).await?;
                taken.signals += 1;
            }
        }
        if routed.is_empty() {
            let why = if codes.is_empty() {
                "公告没有税号，也不含行业名称和关注词"
            } else {
                "没有工作站覆盖"
            };
            tx.add_uncovered_signal(id, why, due_on).await?;
            taken.uncovered += 1;
        }
        Ok(())
    }

    fn word_of(&self, station: i64, text: &str, country: &str) -> Option<String> {
        let own = self.words.iter().filter(|(of, _)| *of == station);
        own.map(|(_, word)| word).find(|word| watched(word, text, country)).cloned()
    }
}

/// Digits of the longest of a station's own codes that touches one of the notice's.
fn own_digits(own: &str, codes: &[String]) -> usize {
    let touches = |own: &&str| codes.iter().any(|code| code.starts_with(*own) || own.starts_with(code.as_str()));
    let own = own.split(|c: char| !c.is_ascii_digit()).filter(|code| code.len() >= 2);
    own.filter(touches).map(str::len).max().unwrap_or(0)
}

/// Reads a document and puts it on record under one mandate.
///
/// # Errors
/// Fails when the database does.
pub async fn receive(app: &App, mandate: &Mandate, document: &Document) -> anyhow::Result<(Taken, Tally)> {
    let read = read(document).await?;
    Ok((keep(app, mandate, document, &read).await?, read.tally))
}

/// Puts a document that was read on record under one mandate.
///
/// # Errors
/// Fails when the database does; what was committed before stays, and the same document brings the rest.
pub async fn keep(app: &App, mandate: &Mandate, document: &Document, read: &Read) -> anyhow::Result<Taken> {
    let mut tx = app.store.begin(mandate, app.clock.now()).await?;
    let mut taken = take(app, &mut tx, document, read).await?;
    tx.commit().await?;
    go_on(app, mandate, read, &mut taken).await?;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_s_own_codes_are_read_however_they_are_parted() {
        let codes = ["401110".to_owned()];
        assert_eq!(own_digits("40、72", &codes), 2);
        assert_eq!(own_digits("4011,4012", &codes), 4);
        assert_eq!(own_digits("40111000", &codes), 8);
        assert_eq!(own_digits("", &codes), 0);
        assert_eq!(own_digits("72", &codes), 0);
    }
}
