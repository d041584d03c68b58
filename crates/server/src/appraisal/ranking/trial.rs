//! 试算: what another pass mark or another choice on the tie would give. Nothing of it is kept.

use regulation::Points;
use regulation::appraisal::grade::{Grade, Grades, settle};

use crate::appraisal::reckon::Standings;

/// The trial form as asked for, with what came of it.
pub struct Trial {
    pub pass: String,
    pub chosen: Vec<String>,
    pub findings: Vec<String>,
    pub problem: Option<String>,
}

/// Runs the trial the address asks for.
pub fn trial(standings: &Standings, asked: &[(String, String)]) -> Trial {
    let value = |name: &str| asked.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
    let pass = value("pass");
    let chosen: Vec<String> = asked
        .iter()
        .filter(|(key, value)| key == "pick" && !value.is_empty())
        .map(|(_, value)| value.clone())
        .collect();
    let mut trial = Trial {
        pass: pass.clone().unwrap_or_else(|| standings.pass_mark.plain()),
        chosen,
        findings: Vec::new(),
        problem: None,
    };
    let Some(pass) = pass else { return trial };
    match pass.parse::<Points>() {
        Ok(mark) if mark >= Points::ZERO && mark <= standings.edition.sheet.total => run(standings, mark, &mut trial),
        _ => {
            trial.problem =
                Some(format!("合格线应为 0 至 {} 之间、最多一位小数的分数。", standings.edition.sheet.total.plain()))
        }
    }
    trial
}

fn run(standings: &Standings, mark: Points, trial: &mut Trial) {
    let grades = standings.under(mark);
    if mark != standings.pass_mark {
        trial.findings.push(format!(
            "合格线改为 {} 时：{}。",
            mark.plain(),
            [change(standings, &grades, Grade::Unqualified), change(standings, &grades, Grade::Excellent)].join("；")
        ));
    }
    if !trial.chosen.is_empty() {
        match settle(&grades, &trial.chosen) {
            Ok(settled) => {
                let excellent = settled.values().filter(|grade| **grade == Grade::Excellent).count();
                let names: Vec<&str> = trial.chosen.iter().filter_map(|id| name(standings, id)).collect();
                let rest = grades.pending.iter().flatten().count() - trial.chosen.len();
                let empty = grades.cap - excellent;
                let seats = if empty > 0 { format!("，空缺 {empty} 席") } else { String::new() };
                trial.findings.push(format!(
                    "名额给{}时：优秀 {excellent} 家，上限 {} 家{seats}；同分其余 {rest} 家为合格。",
                    names.join("、"),
                    grades.cap
                ));
            }
            Err(refusal) => trial.problem = Some(refusal.to_string()),
        }
    }
    if trial.findings.is_empty() && trial.problem.is_none() {
        trial.findings.push("与现有排名相同。".to_owned());
    }
}

fn name<'s>(standings: &'s Standings, id: &str) -> Option<&'s str> {
    Some(standings.scored.get(&id.parse().ok()?)?.station.name.as_str())
}

/// How many more or fewer would get a grade, and who: at most five by name.
fn change(standings: &Standings, grades: &Grades, grade: Grade) -> String {
    let has = |grades: &Grades, id: &String| grades.grades.get(id) == Some(&grade);
    let differing = |into: bool| -> Vec<&String> {
        let differs = |id: &&String| has(grades, id) == into && has(&standings.grades, id) != into;
        standings.grades.grades.keys().filter(differs).collect()
    };
    let named = |ids: &[&String]| {
        let of = |id: &&String| {
            let scored = standings.scored.get(&id.parse().ok()?)?;
            Some(format!("{} {}", scored.station.name, scored.score.total))
        };
        let names: Vec<String> = ids.iter().take(5).filter_map(of).collect();
        let more = if ids.len() > 5 { "等" } else { "" };
        format!("{} 家（{}{more}）", ids.len(), names.join("、"))
    };
    let (more, fewer) = (differing(true), differing(false));
    match (more.is_empty(), fewer.is_empty()) {
        (true, true) => format!("{}不变", grade.name()),
        (false, true) => format!("{}增 {}", grade.name(), named(&more)),
        (true, false) => format!("{}减 {}", grade.name(), named(&fewer)),
        (false, false) => format!("{}增 {}，减 {}", grade.name(), named(&more), named(&fewer)),
    }
}
