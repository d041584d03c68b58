//! Grades from before this system (reading K79): read off an earlier list, told as history, never counted.

/// Grades a year could have (Article 14).
const GRADES: [&str; 3] = ["优秀", "合格", "不合格"];

/// Reads `2023优秀、2024合格`: years of past grades, in order. `first` is the year of confirmation, `this` the present one.
///
/// # Errors
/// A sentence naming the part that is no year and grade, or a year that cannot have one.
pub fn past_grades(text: &str, first: i64, this: i64) -> Result<Vec<(i64, &'static str)>, String> {
    let mut grades: Vec<(i64, &'static str)> = Vec::new();
    for part in text.split(['、', '；', ';', '，', ',', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let Some((year, grade)) = one(part) else {
            return Err(format!("历年等次“{part}”应写作“2024优秀”，等次为优秀、合格或不合格，多个年度用顿号分隔。"));
        };
        if year < first || year >= this {
            return Err(format!("历年等次的年度应在 {first} 年（确认年度）至 {} 年之间，现有 {year} 年。", this - 1));
        }
        if grades.iter().any(|(known, _)| *known == year) {
            return Err(format!("{year} 年的等次填写了不止一次。"));
        }
        grades.push((year, grade));
    }
    grades.sort_unstable();
    Ok(grades)
}

fn one(part: &str) -> Option<(i64, &'static str)> {
    let year = part.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = part.get(4..)?.trim_start_matches(['年', '度', ' ', '　', ':', '：']);
    let grade = GRADES.into_iter().find(|grade| *grade == rest)?;
    Some((year.parse().ok()?, grade))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_grades_are_read_in_order() {
        assert_eq!(past_grades("2024合格、2023年度：优秀", 2023, 2026), Ok(vec![(2023, "优秀"), (2024, "合格")]));
        assert_eq!(past_grades("2025 不合格", 2025, 2026), Ok(vec![(2025, "不合格")]));
        assert_eq!(past_grades(" ", 2023, 2026), Ok(Vec::new()));
    }

    #[test]
    fn a_year_without_an_end_or_before_the_confirmation_has_no_grade() {
        for text in ["2022优秀", "2026优秀", "2023优秀、2023合格", "2023良好", "优秀", "二〇二三优秀"]
        {
            assert!(past_grades(text, 2023, 2026).is_err(), "{text}");
        }
    }
}
