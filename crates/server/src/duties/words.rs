//! 关注词 (Article 5(1), reading K91): words a station watches for in foreign notices besides its customs codes.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::{Mandate, Subject, Verb};

use super::signals::SIGNALS;
use super::{own, visible};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::Shell;

const WORDS: &str = "/duties/signals/words";
/// Words one station may watch for.
const MOST: usize = 30;
/// Characters of the longest.
const LONGEST: usize = 40;

pub fn routes() -> Routes {
    Routes::default().get(WORDS, Verb::HandleSignal, show).post(WORDS, Verb::HandleSignal, save)
}

/// The person's own station and the right to choose its words.
async fn choosing(app: &App, person: &Person) -> Result<(i64, String, Mandate), Fault> {
    let Some(id) = own(person) else {
        person.may(app, Verb::HandleSignal, &Subject::whole("watch_word", 0))?;
        return Err(Fault::NotFound);
    };
    let station = visible(app, person, Verb::ViewStation, id).await?;
    let mandate = person.may(app, Verb::HandleSignal, &Subject::of_station("watch_word", 0, &station.placed()))?;
    Ok((id, station.hs_chapters, mandate))
}

#[derive(Template)]
#[template(path = "duties/words.html")]
struct WordsPage {
    shell: Shell,
    words: String,
    codes: String,
    problem: Option<String>,
}

async fn show(State(app): State<App>, person: Person) -> Page {
    let (id, codes, _) = choosing(&app, &person).await?;
    let words = app.store.watch_words(Some(id)).await?;
    let words: Vec<String> = words.into_iter().map(|(_, word)| word).collect();
    render(&WordsPage { shell: Shell::new(&app, &person, SIGNALS), words: words.join("\n"), codes, problem: None })
}

/// Words as typed, one a line or parted by commas, each once.
fn read(typed: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    for word in typed.split(['\n', '、', '，', ',', ';', '；']).map(str::trim).filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !(2..=LONGEST).contains(&length) {
            return Err(format!("关注词“{word}”应为 2 至 {LONGEST} 个字符。"));
        }
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    if words.len() > MOST {
        return Err(format!("关注词不超过 {MOST} 个，现为 {} 个。", words.len()));
    }
    Ok(words)
}

async fn save(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (id, codes, mandate) = choosing(&app, &person).await?;
    let typed = posted.raw("words");
    let words = match read(typed) {
        Ok(words) => words,
        Err(problem) => {
            let shell = Shell::new(&app, &person, SIGNALS);
            let page = WordsPage { shell, words: typed.to_owned(), codes, problem: Some(problem) };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_watch_words(id, &words).await?;
    tx.note(format!("关注词：{}", words.join("、")));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SIGNALS}?done=words")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_people_part_them() {
        assert_eq!(read("tire、轮胎\n tire ，rubber"), Ok(["tire", "轮胎", "rubber"].map(str::to_owned).to_vec()));
        assert_eq!(read("a"), Err("关注词“a”应为 2 至 40 个字符。".to_owned()));
        assert!(read(&(0..31).map(|n| format!("word{n}")).collect::<Vec<_>>().join("\n")).is_err());
    }
}
