//! Countries and customs territories (`data/countries.tsv`): codes, the Chinese name shown, the names notices use.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

const SHIPPED: &str = include_str!("../data/countries.tsv");

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Country {
    /// ISO 3166 alpha-2; `EU` for the European Union.
    pub iso2: String,
    pub iso3: String,
    pub m49: String,
    /// The Chinese name as shown.
    pub zh: String,
    /// The three digits in the middle of a US Commerce case number.
    pub commerce: String,
}

/// The table, by code and by name.
#[derive(Debug)]
pub struct Countries {
    rows: Vec<Country>,
    by_code: HashMap<String, usize>,
    names: AhoCorasick,
    named: Vec<usize>,
}

impl Countries {
    pub(crate) fn shipped() -> Result<Countries, String> {
        let mut rows: Vec<Country> = Vec::new();
        let mut by_code = HashMap::new();
        let (mut names, mut named) = (Vec::new(), Vec::new());
        for line in SHIPPED.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let cells: Vec<_> = line.split('\t').collect();
            let [iso2, iso3, m49, zh, commerce, known_as] = cells[..] else {
                return Err(format!("countries.tsv: {line:?} has no six columns"));
            };
            let row = rows.len();
            for code in [iso2, iso3, m49, commerce] {
                by_code.entry(code.to_owned()).or_insert(row);
            }
            for name in known_as.split('|') {
                names.push(name.to_owned());
                named.push(row);
            }
            let [iso2, iso3, m49, zh, commerce] = [iso2, iso3, m49, zh, commerce].map(str::to_owned);
            rows.push(Country { iso2, iso3, m49, zh, commerce });
        }
        by_code.remove("");
        let names = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .start_kind(StartKind::Both)
            .ascii_case_insensitive(true)
            .build(&names)
            .map_err(|error| error.to_string())?;
        Ok(Countries { rows, by_code, names, named })
    }

    /// The Chinese name of an alpha-2 code.
    #[must_use]
    pub fn zh(&self, iso2: &str) -> Option<&str> {
        self.row(iso2).filter(|country| country.iso2 == iso2).map(|country| country.zh.as_str())
    }

    /// All rows, by alpha-2 code.
    #[must_use]
    pub fn all(&self) -> &[Country] {
        &self.rows
    }

    fn row(&self, code: &str) -> Option<&Country> {
        self.by_code.get(code).map(|row| &self.rows[*row])
    }

    /// The alpha-2 code of an alpha-2, alpha-3 or M49 code, whatever its case.
    pub(crate) fn by_iso(&self, code: &str) -> Option<&str> {
        let code = code.trim().to_ascii_uppercase();
        // WTO symbols write the customs territory of 台澎金马 as TPKM and the European Union as EU or, before, EEC.
        match code.as_str() {
            "TPKM" => return Some("TW"),
            "EEC" => return Some("EU"),
            _ => {}
        }
        let country = self.row(&code)?;
        (country.commerce != code).then_some(country.iso2.as_str())
    }

    /// The country in the middle of a Commerce case number.
    pub(crate) fn by_commerce(&self, code: &str) -> Option<&str> {
        self.rows.iter().find(|country| country.commerce == code).map(|country| country.iso2.as_str())
    }

    /// The country a text names from its first character on, and how many bytes the name takes. A longer name wins.
    pub(crate) fn named_at<'c>(&'c self, text: &str) -> Option<(&'c str, usize)> {
        let found = self.names.find(Input::new(text).anchored(Anchored::Yes))?;
        self.whole_word(text, found)
    }

    fn whole_word(&self, text: &str, found: aho_corasick::Match) -> Option<(&str, usize)> {
        let name = &text[found.range()];
        // Chinese has no word boundaries; a Latin name must not be the beginning of another word.
        let ends = !name.ends_with(|c: char| c.is_ascii_alphanumeric())
            || !text[found.end()..].starts_with(|c: char| c.is_alphanumeric());
        let country = &self.rows[self.named[found.pattern().as_usize()]];
        ends.then_some((country.iso2.as_str(), found.end()))
    }

    /// The country a field names, alone or with its article and form of state.
    #[must_use]
    pub fn of_field(&self, field: &str) -> Option<&str> {
        let field = field.trim();
        let field = field.strip_prefix("the ").or_else(|| field.strip_prefix("The ")).unwrap_or(field);
        if let Some((iso2, end)) = self.named_at(field)
            && field[end..].trim_matches(|c: char| !c.is_alphanumeric()).is_empty()
        {
            return Some(iso2);
        }
        if field.len() <= 3 {
            return self.by_iso(field);
        }
        None
    }

    /// Every country a field names, in order, each once.
    pub(crate) fn all_in(&self, field: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for hit in self.names.find_iter(field) {
            let begins = !field[..hit.start()].ends_with(|c: char| c.is_ascii_alphanumeric());
            let latin = field[hit.start()..].starts_with(|c: char| c.is_ascii_alphanumeric());
            if let Some((iso2, _)) = self.whole_word(field, hit).filter(|_| begins || !latin)
                && !found.iter().any(|known| known == iso2)
            {
                found.push(iso2.to_owned());
            }
        }
        if found.is_empty() {
            let codes = field.split(|c: char| !c.is_ascii_alphanumeric()).filter(|code| matches!(code.len(), 2 | 3));
            for iso2 in codes.filter_map(|code| self.by_iso(code)) {
                if !found.iter().any(|known| known == iso2) {
                    found.push(iso2.to_owned());
                }
            }
        }
        found
    }
}
