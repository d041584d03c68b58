//! Two editions side by side: what was added is underlined, what went is struck through.

use askama::Template;
use axum::extract::{Query, State};
use regulation::general::Verb;
use regulation::law::{Edition, cite};
use serde::Deserialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::{PATH, edition_named, said};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::interpretations::InForce;
use crate::shell::{Look, Shell};

pub fn routes() -> Routes {
    Routes::default().get("/general/rules/diff", Verb::ViewRules, show)
}

#[derive(Deserialize)]
struct Asked {
    a: Option<String>,
    b: Option<String>,
}

#[derive(Template)]
#[template(path = "general/rules_diff.html")]
struct DiffPage {
    shell: Shell,
    editions: Vec<String>,
    a: String,
    b: String,
    a_title: String,
    b_title: String,
    sections: Vec<Section>,
}

/// One kind of thing compared: 条文, 评分表, 数值, 读法.
struct Section {
    title: &'static str,
    changed: Vec<Pair>,
    same: usize,
}

/// One thing in both editions; `None` where an edition does not have it.
struct Pair {
    title: String,
    old: Option<Vec<Piece>>,
    new: Option<Vec<Piece>>,
}

/// A stretch of text, changed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub changed: bool,
    pub text: String,
}

async fn show(State(app): State<App>, person: Result<Person, Fault>, look: Look, Query(asked): Query<Asked>) -> Page {
    let known = app.store.editions().await?;
    let newest = known.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let before = known.get(1).map_or_else(|| newest.clone(), |(id, _)| id.clone());
    let (a, b) = (asked.a.unwrap_or(before), asked.b.unwrap_or(newest));
    let old = edition_named(&app, &known, Some(&a)).await?;
    let new = edition_named(&app, &known, Some(&b)).await?;
    let title = |edition: &Edition| format!("{}（{}）", edition.head.title, edition.head.status);
    render(&DiffPage {
        shell: Shell::for_anyone(&app, person, &look, PATH),
        editions: known.into_iter().map(|(id, _)| id).collect(),
        a_title: title(&old),
        b_title: title(&new),
        a: old.head.id.clone(),
        b: new.head.id.clone(),
        sections: vec![
            section("条文摘要", &articles(&old), &articles(&new)),
            section("评分表", &rows(&old), &rows(&new)),
            section("日期和数值", &numbers(&old), &numbers(&new)),
            section("台账类别", &kinds(&old), &kinds(&new)),
            section("读法", &readings(&old), &readings(&new)),
        ],
    })
}

/// Key, title and text of each thing compared.
type Texts = Vec<(String, String, String)>;

fn articles(edition: &Edition) -> Texts {
    let items = edition.items().filter(|item| !item.text.is_empty());
    items.map(|item| (item.id.clone(), cite(&item.id), item.text.clone())).collect()
}

fn rows(edition: &Edition) -> Texts {
    let line = |row: said::RowView| {
        let value = if row.value.is_empty() { String::new() } else { format!("分值 {}。", row.value) };
        (row.id, row.work, format!("{}　{value}{}　算法：{}。", row.group, row.criteria, row.rule))
    };
    said::rows(edition, &InForce::none()).into_iter().map(line).collect()
}

fn numbers(edition: &Edition) -> Texts {
    let line = |number: said::NumberView| {
        let tag = number.tag.map_or_else(String::new, |tag| format!("（{tag}）"));
        (number.id, number.name, format!("{}　依据 {}{tag}", number.value, number.ground.text))
    };
    said::numbers(edition).into_iter().map(line).collect()
}

fn kinds(edition: &Edition) -> Texts {
    let line = |kind: said::KindView| {
        let text = format!(
            "{}，由{}登记，保存 {} 年；证据：{}；依据 {}",
            kind.line, kind.by, kind.years, kind.evidence, kind.ground.text
        );
        (kind.id, kind.name, text)
    };
    said::kinds(edition).into_iter().map(line).collect()
}

fn readings(edition: &Edition) -> Texts {
    let line = |reading: said::ReadingView| {
        let of = reading.paragraphs.into_iter().find(|(label, _)| label == "读法").map(|(_, text)| text);
        let tag = reading.tag.map_or_else(String::new, |tag| format!("（{tag}）"));
        let title = format!("{} {}", reading.id, reading.title);
        (reading.id, title, format!("{}{tag}", of.unwrap_or_default()))
    };
    said::readings(edition).into_iter().map(line).collect()
}

/// What differs, in the newer edition's order; what it no longer has comes last.
fn section(title: &'static str, old: &Texts, new: &Texts) -> Section {
    let find = |texts: &Texts, key: &str| texts.iter().find(|(known, ..)| known == key).cloned();
    let mut section = Section { title, changed: Vec::new(), same: 0 };
    for (key, name, text) in new {
        match find(old, key) {
            Some((_, before, earlier)) if before == *name && earlier == *text => section.same += 1,
            Some((_, before, earlier)) => {
                let named = if before == *name { name.clone() } else { format!("{before} → {name}") };
                let (gone, come) = compare(&earlier, text);
                section.changed.push(Pair { title: named, old: Some(gone), new: Some(come) });
            }
            None => section.changed.push(Pair { title: name.clone(), old: None, new: Some(whole(text)) }),
        }
    }
    for (_, name, text) in old.iter().filter(|(key, ..)| find(new, key).is_none()) {
        section.changed.push(Pair { title: name.clone(), old: Some(whole(text)), new: None });
    }
    section
}

fn whole(text: &str) -> Vec<Piece> {
    vec![Piece { changed: true, text: text.to_owned() }]
}

/// Both texts in pieces, told apart by characters and by whole numbers and Latin words.
fn compare(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (a, b) = (tokens(old), tokens(new));
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let same = op.tag() == DiffTag::Equal;
        push(&mut gone, !same, &a[op.old_range()].concat());
        push(&mut come, !same, &b[op.new_range()].concat());
    }
    (gone, come)
}

fn push(pieces: &mut Vec<Piece>, changed: bool, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.changed == changed => last.text.push_str(text),
        _ => pieces.push(Piece { changed, text: text.to_owned() }),
    }
}

/// One character each, but numbers and Latin words whole: `60` to `65` is one change.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let end = if plain(first) { rest.find(|c| !plain(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, behind) = rest.split_at(end);
        tokens.push(token);
        rest = behind;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.changed { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn a_number_changes_as_a_whole() {
        let (old, new) = compare("总分60分及以上为合格", "总分65.5分以上为合格");
        assert_eq!(shown(&old), "总分[60]分[及]以上为合格");
        assert_eq!(shown(&new), "总分[65.5]分以上为合格");
    }

    #[test]
    fn an_edition_against_itself_has_no_change() {
        let draft = crate::editions::draft().expect("draft");
        for texts in [articles(&draft), rows(&draft), numbers(&draft), kinds(&draft), readings(&draft)] {
            let section = section("", &texts, &texts);
            assert_eq!((section.changed.len(), section.same), (0, texts.len()));
        }
    }

    #[test]
    fn what_only_one_edition_has_stands_alone() {
        let text = |key: &str, text: &str| (key.to_owned(), key.to_owned(), text.to_owned());
        let section = section("", &vec![text("1", "旧"), text("2", "同")], &vec![text("2", "同"), text("3", "新")]);
        let sides: Vec<(bool, bool)> =
            section.changed.iter().map(|pair| (pair.old.is_some(), pair.new.is_some())).collect();
        assert_eq!((sides, section.same), (vec![(false, true), (true, false)], 1));
    }
}
