//! 保存的检索: saved, opened, renamed, removed. Each is its account's own, and nobody else's to see.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use store::general::{NewSavedSearch, SavedSearch, SearchQuery};

use super::{PATH, Sight, noun_name};
use crate::address::address;
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::public::search::LONGEST;
use crate::shell::moment_of;

/// Searches one account may have saved.
pub const MOST: i64 = 20;
/// Characters of the longest name.
const NAME: usize = 40;

pub fn routes() -> Routes {
    Routes::default()
        .post("/general/searches", Verb::SaveSearch, save)
        .post("/general/searches/{id}/opening", Verb::SaveSearch, open)
        .post("/general/searches/{id}/name", Verb::SaveSearch, rename)
        .post("/general/searches/{id}/removal", Verb::SaveSearch, remove)
}

/// A saved search in the list.
pub struct Line {
    pub id: i64,
    pub name: String,
    pub words: String,
    pub noun: &'static str,
    /// What came since its owner looked.
    pub fresh: i64,
    pub seen: String,
}

/// The list, with what is new of each.
///
/// # Errors
/// Fails when the database does.
pub async fn lines(app: &App, sight: &Sight, kept: Vec<SavedSearch>) -> Result<Vec<Line>, Fault> {
    let newest = app.store.newest_batch().await?;
    let fresh = fresh(app, sight, &kept, newest, |search| search.seen).await?;
    let line = |(search, fresh): (SavedSearch, i64)| Line {
        id: search.id,
        noun: noun_name(&search.noun),
        name: search.name,
        words: search.words,
        fresh,
        seen: moment_of(search.seen_at),
    };
    Ok(kept.into_iter().zip(fresh).map(line).collect())
}

/// How many hits each of one person's searches has behind a mark, up to a batch.
///
/// # Errors
/// Fails when the database does.
pub async fn fresh(
    app: &App,
    sight: &Sight,
    searches: &[SavedSearch],
    until: i64,
    mark: impl Fn(&SavedSearch) -> i64,
) -> store::Result<Vec<i64>> {
    let asked: Vec<(Option<SearchQuery>, Vec<&'static str>, i64)> = searches
        .iter()
        .map(|search| (SearchQuery::parse(&search.words), sight.nouns_of(&search.noun), mark(search)))
        .collect();
    // What was saved can be looked for; should the folding of words ever say otherwise, it finds nothing.
    let (places, queries): (Vec<usize>, Vec<_>) = asked
        .iter()
        .enumerate()
        .filter_map(|(n, (words, nouns, mark))| Some((n, (words.as_ref()?, nouns.as_slice(), *mark))))
        .unzip();
    let counted = app.store.count_fresh(&sight.scope, &queries, until).await?;
    let mut counts = vec![0; searches.len()];
    for (n, count) in places.into_iter().zip(counted) {
        counts[n] = count;
    }
    Ok(counts)
}

/// Whether this person keeps searches at all.
///
/// # Errors
/// The refusal.
pub fn keeping(app: &App, person: &Person) -> Result<Mandate, Refusal> {
    person.may(app, Verb::SaveSearch, &Subject::own_account("saved_search", person.actor.account))
}

/// Whether this person may save one more beside those there are. Button and submit both ask here.
///
/// # Errors
/// The refusal.
pub fn saving(app: &App, person: &Person, kept: usize) -> Result<Mandate, Refusal> {
    let mandate = keeping(app, person)?;
    match i64::try_from(kept).is_ok_and(|kept| kept < MOST) {
        true => Ok(mandate),
        false => Err(Refusal::new(mandate.basis(), format!("最多保存 {MOST} 条检索，请先删除不用的。"))),
    }
}

fn named(typed: &str, words: &str) -> Result<String, Fault> {
    let name = if typed.is_empty() { words } else { typed };
    match name.chars().count() {
        1..=NAME => Ok(name.to_owned()),
        _ if typed.is_empty() => Ok(name.chars().take(NAME).collect()),
        _ => Err(Fault::Invalid(format!("名称不超过 {NAME} 字。"))),
    }
}

async fn save(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let kept = app.store.saved_searches(person.actor.account).await?;
    let mandate = saving(&app, &person, kept.len())?;
    let words: String = posted.text("q").chars().take(LONGEST).collect();
    if SearchQuery::parse(&words).is_none() {
        return Err(Fault::Invalid("请先输入关键词再保存。".to_owned()));
    }
    let sight = Sight::of(&person.actor, app.clock.today());
    let noun = match posted.text("noun") {
        "" => "",
        noun => sight
            .nouns
            .iter()
            .copied()
            .find(|known| *known == noun)
            .ok_or_else(|| Fault::Invalid("请选择页面上列出的类别。".to_owned()))?,
    };
    let name = named(posted.text("name"), &words)?;
    // What is there now is neither new nor news.
    let batch = app.store.number_texts().await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let new = NewSavedSearch { name: &name, words: &words, noun, batch };
    let id = tx.save_search(&new, MOST).await?;
    tx.concerns(id);
    tx.note(format!("保存检索“{words}”（{}）", noun_name(noun)));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=search_saved")).into_response())
}

/// One of this person's own, with the mandate to do something with it.
async fn find(app: &App, person: &Person, id: i64) -> Result<(SavedSearch, Mandate), Fault> {
    keeping(app, person)?;
    let search = app.store.saved_search(person.actor.account, id).await?.ok_or(Fault::NotFound)?;
    let subject = Subject { account: Some(search.account_id), ..Subject::whole("saved_search", id) };
    Ok((search, person.may(app, Verb::SaveSearch, &subject)?))
}

/// Opens a saved search: what it finds is seen from now on, what was new is shown as new once more.
async fn open(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (search, _) = find(&app, &person, id).await?;
    let batch = app.store.number_texts().await?;
    app.store.mark_seen(&search, batch, app.clock.now()).await?;
    let new = search.seen.to_string();
    let place = address(PATH, &[("q", &search.words), ("noun", &search.noun), ("new", &new)]);
    Ok(Redirect::to(&place).into_response())
}

async fn rename(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (search, mandate) = find(&app, &person, id).await?;
    let name = named(posted.text("name"), &search.words)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.rename_search(&search, &name).await?;
    tx.note(format!("检索“{}”更名为“{name}”", search.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=search_renamed")).into_response())
}

async fn remove(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (search, mandate) = find(&app, &person, id).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.remove_search(&search).await?;
    tx.note(format!("删除检索“{}”", search.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=search_removed")).into_response())
}
