//! Which industries and cities the stations cover (Articles 3, 7): gaps to plan for, overlaps to look into.

use std::collections::BTreeMap;

/// States in which a station is at work: until a decision ends it, it stays on duty (Articles 15 to 17).
pub const AT_WORK: &[&str] = &["有效", "拟退出", "拟整合", "拟撤销"];

/// Stations that have city, industry and state in common.
#[derive(Clone, Debug)]
pub struct Held {
    pub city: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: bool,
    pub state: String,
    pub stations: i64,
}

/// What a row of the matrix stands for; comprehensive stations come last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The leading digits of the industry's code, or the name of one entered without a code.
    Class(String),
    Comprehensive,
}

/// How the province stands in an industry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One station, as Article 7 has it.
    Single,
    /// Several stations where Article 7 generally wants one.
    Overlap,
    /// Stations there once were, none of them still at work.
    Gap,
    /// Stations whose industry nobody recorded: nothing to compare.
    Unrecorded,
    /// Comprehensive stations, which Article 7 allows beside the others.
    Comprehensive,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub field: Field,
    /// Names the stations gave the industry.
    pub names: Vec<String>,
    /// Stations at work, city by city.
    pub cells: Vec<i64>,
    pub total: i64,
    pub standing: Standing,
}

/// Industry by city.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Codes of the cities, those asked for first.
    pub cities: Vec<String>,
    pub rows: Vec<Row>,
    /// Stations at work in each city.
    pub totals: Vec<i64>,
    pub total: i64,
}

impl Coverage {
    pub fn count(&self, standing: Standing) -> usize {
        self.rows.iter().filter(|row| row.standing == standing).count()
    }

    /// Codes of cities without a station at work.
    pub fn bare_cities(&self) -> impl Iterator<Item = &str> {
        self.cities.iter().zip(&self.totals).filter(|(_, total)| **total == 0).map(|(city, _)| city.as_str())
    }
}

/// Industries are the same when the first `digits` of their codes are (Article 7, reading K26).
pub fn class(code: &str, name: &str, digits: usize) -> String {
    if code.is_empty() { name.to_owned() } else { code.chars().take(digits).collect() }
}

/// Lays stations out by industry and city. `cities` are the jurisdiction's; one they do not name gets a column after them.
pub fn coverage(held: &[Held], cities: &[&str], digits: usize) -> Coverage {
    let mut cities: Vec<String> = cities.iter().map(|city| (*city).to_owned()).collect();
    for group in held {
        if !cities.contains(&group.city) {
            cities.push(group.city.clone());
        }
    }
    let mut by_field: BTreeMap<Field, (Vec<String>, Vec<i64>)> = BTreeMap::new();
    for group in held {
        let field = match group.comprehensive {
            true => Field::Comprehensive,
            false => Field::Class(class(&group.industry_code, &group.industry, digits)),
        };
        let (names, cells) = by_field.entry(field).or_insert_with(|| (Vec::new(), vec![0; cities.len()]));
        if !names.contains(&group.industry) {
            names.push(group.industry.clone());
        }
        let column = cities.iter().position(|city| *city == group.city);
        if let Some(column) = column.filter(|_| AT_WORK.contains(&group.state.as_str())) {
            cells[column] += group.stations;
        }
    }
    let rows: Vec<Row> = by_field.into_iter().map(|(field, (names, cells))| row(field, names, cells)).collect();
    let totals: Vec<i64> = (0..cities.len()).map(|ix| rows.iter().map(|row| row.cells[ix]).sum()).collect();
    Coverage { cities, rows, total: totals.iter().sum(), totals }
}

fn row(field: Field, names: Vec<String>, cells: Vec<i64>) -> Row {
    let total: i64 = cells.iter().sum();
    let standing = match (&field, total) {
        (Field::Class(class), _) if class.is_empty() => Standing::Unrecorded,
        (_, 0) => Standing::Gap,
        (Field::Comprehensive, _) => Standing::Comprehensive,
        (Field::Class(_), 1) => Standing::Single,
        (Field::Class(_), _) => Standing::Overlap,
    };
    Row { field, names, cells, total, standing }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CITIES: [&str; 3] = ["370100", "370200", "370300"];

    fn held(city: &str, code: &str, industry: &str, state: &str, stations: i64) -> Held {
        Held {
            city: city.to_owned(),
            industry_code: code.to_owned(),
            industry: industry.to_owned(),
            comprehensive: industry == "综合",
            state: state.to_owned(),
            stations,
        }
    }

    fn standing(held: &[Held]) -> Standing {
        coverage(held, &CITIES, 3).rows[0].standing
    }

    #[test]
    fn one_middle_class_is_one_industry_across_the_province() {
        let two = [held("370100", "2911", "轮胎", "有效", 1), held("370200", "291", "橡胶制品", "有效", 1)];
        let laid = coverage(&two, &CITIES, 3);
        assert_eq!(laid.rows.len(), 1);
        assert_eq!(laid.rows[0].field, Field::Class("291".to_owned()));
        assert_eq!(
            (laid.rows[0].names.join("、"), laid.rows[0].standing),
            ("轮胎、橡胶制品".to_owned(), Standing::Overlap)
        );
        assert_eq!((laid.rows[0].cells.clone(), laid.totals.clone(), laid.total), (vec![1, 1, 0], vec![1, 1, 0], 2));
        assert_eq!(laid.bare_cities().collect::<Vec<_>>(), ["370300"]);
        assert_eq!(coverage(&two, &CITIES, 4).count(Standing::Single), 2);
    }

    #[test]
    fn a_station_counts_until_it_is_ended() {
        for state in AT_WORK {
            assert_eq!(standing(&[held("370100", "291", "轮胎", state, 1)]), Standing::Single, "{state}");
        }
        for state in ["已退出", "已整合", "已撤销"] {
            assert_eq!(standing(&[held("370100", "291", "轮胎", state, 1)]), Standing::Gap, "{state}");
        }
        let replaced = [held("370100", "291", "轮胎", "已退出", 1), held("370200", "291", "轮胎", "有效", 1)];
        assert_eq!(standing(&replaced), Standing::Single);
    }

    #[test]
    fn stations_without_an_industry_are_not_said_to_overlap() {
        assert_eq!(standing(&[held("370100", "", "", "有效", 2)]), Standing::Unrecorded);
    }

    #[test]
    fn comprehensive_stations_overlap_nothing() {
        assert_eq!(standing(&[held("370100", "", "综合", "有效", 3)]), Standing::Comprehensive);
        let beside = [held("370100", "", "综合", "有效", 1), held("370100", "291", "轮胎", "有效", 1)];
        let laid = coverage(&beside, &CITIES, 3);
        assert_eq!((laid.rows[0].standing, laid.rows[1].standing), (Standing::Single, Standing::Comprehensive));
    }

    #[test]
    fn what_has_no_code_goes_by_its_name_and_an_unknown_city_is_not_lost() {
        let odd = [held("370100", "", "轮胎", "有效", 1), held("990100", "", "苹果", "有效", 1)];
        let laid = coverage(&odd, &CITIES, 3);
        assert_eq!((laid.rows.len(), laid.total), (2, 2));
        assert_eq!(laid.cities.last().map(String::as_str), Some("990100"));
    }
}
