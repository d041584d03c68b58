//! 抽取检查对象 (Article 10 (3), reading K37): the province's draw, with all that is needed to do it again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::appraisal::sampling::{Candidate, Ratio, Why, sample};
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb, draw};
use store::appraisal::{Cycle, SampleDraw, Sampled};
use store::duties::StationFilter;

use super::reckon;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    let path = "/appraisal/cycles/{year}/sampling";
    Routes::default().get(path, Verb::ViewChecks, show).post(path, Verb::DrawSample, draw_sample)
}

#[derive(Template)]
#[template(path = "appraisal/sampling.html")]
struct SamplingPage {
    shell: Shell,
    year: i64,
    percent: i64,
    min_per_city: i64,
    candidates: Vec<CandidateView>,
    drawn: Option<DrawnView>,
    draw: Result<(), Refusal>,
}

struct CandidateView {
    id: i64,
    number: String,
    name: String,
    city: String,
    /// Place in the draw and why.
    drawn: Option<(i64, &'static str)>,
}

struct DrawnView {
    seed: String,
    sha256: String,
    when: String,
    by: String,
    count: usize,
    /// Whether doing it again from the record gives the same.
    holds: bool,
}

/// Whether this person may draw that year's sample now. Button and submit both ask here.
fn drawing(app: &App, person: &Person, cycle: &Cycle, drawn: bool) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::DrawSample, &Subject::whole("sample_draw", cycle.year))?;
    let no = |item, reason: String| Err(Refusal::new(Basis::Item(item), reason));
    match cycle.state.as_str() {
        "open" if drawn => no("10-3", format!("{}年度的检查对象已经抽取，不重抽。", cycle.year)),
        "open" => Ok(mandate),
        _ => no("14", format!("{}年度结果已经确认，不再抽取。", cycle.year)),
    }
}

/// One candidate a line: key, number, city, name.
pub fn listed(stations: &[store::duties::Station]) -> String {
    let lines = stations.iter().map(|s| format!("{}\t{}\t{}\t{}", s.id, s.number, s.city, s.name.replace('\t', " ")));
    lines.collect::<Vec<_>>().join("\n")
}

struct Listed<'a> {
    id: i64,
    number: &'a str,
    city: &'a str,
    name: &'a str,
}

impl<'a> Listed<'a> {
    fn read(line: &'a str) -> Option<Listed<'a>> {
        let mut parts = line.splitn(4, '\t');
        let id = parts.next()?.parse().ok()?;
        Some(Listed { id, number: parts.next()?, city: parts.next()?, name: parts.next()? })
    }
}

fn read(candidates: &str) -> Vec<Listed<'_>> {
    candidates.lines().filter_map(Listed::read).collect()
}

fn again(drawn: &SampleDraw) -> Vec<(i64, Why)> {
    let candidates: Vec<Candidate> =
        read(&drawn.candidates).iter().map(|c| Candidate { id: c.id, city: c.city.to_owned() }).collect();
    sample(&drawn.seed, &candidates, Ratio { percent: drawn.percent, min_per_city: drawn.min_per_city })
}

/// Stations of the year, in force: who may be drawn. 省管 ones are always among them.
async fn in_force(app: &App, year: i64) -> Result<Vec<store::duties::Station>, Fault> {
    let mut stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    stations.retain(|station| reckon::active(station, year));
    Ok(stations)
}

async fn show(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    // The whole list is the province's: who is drawn elsewhere is told beside each station.
    if person.scope_or_refuse(&app, Verb::ViewChecks)? != Scope::All {
        person.may(&app, Verb::DrawSample, &Subject::whole("sample_draw", year))?;
    }
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned().ok_or(Fault::NotFound)?;
    let edition = app.edition_of(year).await?;
    let kept = app.store.sample_draw(year).await?;
    let sampled = app.store.sampled(&Scope::All, year).await?;
    let text = match &kept {
        Some(kept) => kept.candidates.clone(),
        None => listed(&in_force(&app, year).await?),
    };
    let place = |id: i64| sampled.iter().find(|drawn| drawn.station_id == id);
    let candidates = read(&text).into_iter().map(|candidate| CandidateView {
        id: candidate.id,
        number: candidate.number.to_owned(),
        name: candidate.name.to_owned(),
        city: edition.area_name(candidate.city).to_owned(),
        drawn: place(candidate.id).map(|drawn| (drawn.place, Why::name_of(&drawn.why))),
    });
    render(&SamplingPage {
        shell: Shell::new(&app, &person, super::checks::PATH),
        year,
        percent: kept.as_ref().map_or_else(|| edition.whole("sampling.percent"), |kept| kept.percent),
        min_per_city: kept.as_ref().map_or_else(|| edition.whole("sampling.min_per_city"), |kept| kept.min_per_city),
        candidates: candidates.collect(),
        draw: drawing(&app, &person, &cycle, kept.is_some()).map(drop),
        drawn: kept.map(|kept| drawn_view(kept, &sampled)),
    })
}

fn drawn_view(kept: SampleDraw, sampled: &[Sampled]) -> DrawnView {
    let recorded: Vec<(i64, &str)> = sampled.iter().map(|drawn| (drawn.station_id, drawn.why.as_str())).collect();
    let redone: Vec<(i64, &str)> = again(&kept).into_iter().map(|(id, why)| (id, why.key())).collect();
    DrawnView {
        holds: recorded == redone && store::general::text_hash(&kept.candidates) == kept.sha256,
        count: sampled.len(),
        when: moment_of(kept.drawn_at),
        by: kept.drawn_by,
        seed: kept.seed,
        sha256: kept.sha256,
    }
}

async fn draw_sample(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::DrawSample)?;
    let cycle = app.store.cycle(year).await?.ok_or(Fault::NotFound)?;
    let mandate = drawing(&app, &person, &cycle, app.store.sample_draw(year).await?.is_some())?;
    let edition = app.edition_of(year).await?;
    let stations = in_force(&app, year).await?;
    if stations.is_empty() {
        return Err(Fault::Invalid("没有可以抽取的工作站。".to_owned()));
    }
    let candidates = listed(&stations);
    let ratio =
        Ratio { percent: edition.whole("sampling.percent"), min_per_city: edition.whole("sampling.min_per_city") };
    // The list's hash is in the seed: the list is fixed before the draw.
    let hash = store::general::text_hash(&candidates);
    let about = format!("{year}年度省级抽取；候选{}家；{hash}", stations.len());
    let seed = draw::seed(&about, app.clock.today(), &random_token()?);
    let of: Vec<Candidate> = stations.iter().map(|s| Candidate { id: s.id, city: s.city.clone() }).collect();
    let drawn: Vec<(i64, &'static str)> =
        sample(&seed, &of, ratio).into_iter().map(|(id, why)| (id, why.key())).collect();
    if drawn.is_empty() {
        return Err(Fault::Invalid("这一规则版本没有规定抽取比例，不能抽取。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_sample(year, &seed, (ratio.percent, ratio.min_per_city), &candidates, &drawn).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/sampling?done=sampled")).into_response())
}
