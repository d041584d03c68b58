//! A statement with its values. Text comes only from `&'static str`, so no input reaches the SQL.

use regulation::general::Scope;

/// A value bound to a statement. The two `null` shapes tell PostgreSQL the column's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    Int(Option<i64>),
    Text(Option<String>),
}

macro_rules! bind_from {
    ($($from:ty => $variant:ident, $value:ident => $convert:expr);+ $(;)?) => {
        $(impl From<$from> for Bind {
            fn from($value: $from) -> Bind { Bind::$variant($convert) }
        })+
    };
}

bind_from! {
    i64 => Int, value => Some(value);
    Option<i64> => Int, value => value;
    bool => Int, value => Some(i64::from(value));
    &str => Text, value => Some(value.to_owned());
    String => Text, value => Some(value);
    &String => Text, value => Some(value.clone());
    Option<String> => Text, value => value;
    Option<&str> => Text, value => value.map(str::to_owned);
}

/// A statement in the SQL both databases share, with `$n` placeholders.
#[derive(Clone, Debug)]
pub struct Query {
    sql: String,
    binds: Vec<Bind>,
}

impl Query {
    pub fn new(sql: &'static str) -> Query {
        Query { sql: sql.to_owned(), binds: Vec::new() }
    }

    /// Binds the next placeholder already written in the text.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Bind>) -> Query {
        self.binds.push(value.into());
        self
    }

    pub fn push(&mut self, sql: &'static str) {
        self.sql.push_str(sql);
    }

    /// Appends text and a new placeholder for `value`.
    pub fn push_bind(&mut self, sql: &'static str, value: impl Into<Bind>) {
        self.binds.push(value.into());
        self.sql.push_str(sql);
        self.sql.push_str(&format!("${}", self.binds.len()));
    }

    /// Appends text that opens a bracket, a placeholder for each of the values, of which there is one at least, and the
    /// closing bracket.
    pub(crate) fn push_list(&mut self, sql: &'static str, values: &[i64]) {
        let mut text = sql;
        for value in values {
            self.push_bind(text, *value);
            text = ", ";
        }
        self.push(")");
    }

    /// Ends the text with its order and how many rows to give at most. The number stands in a sum, because SQLite looks
    /// at the value of a placeholder alone behind `LIMIT` and plans the statement anew at every call.
    pub fn push_page(&mut self, order: &'static str, limit: i64) {
        self.push(order);
        self.push_bind(" LIMIT ", limit);
        self.push(" + 0");
    }

    /// Appends `AND …` so that only rows within the scope remain. `columns` names the city, county and
    /// station columns.
    pub fn within(&mut self, scope: &Scope, columns: &ScopeColumns) {
        match scope {
            Scope::All => {}
            Scope::City(city) => self.push_bind(columns.city, city),
            Scope::County(county) => self.push_bind(columns.county, county),
            Scope::Stations(stations) => match stations.as_slice() {
                [] => self.push(" AND 1 = 0"),
                [station] => {
                    self.push_bind(columns.station, *station);
                }
                [first, rest @ ..] => {
                    self.push(" AND ");
                    self.push(columns.station_name);
                    self.push_bind(" IN (", *first);
                    for station in rest {
                        self.push_bind(", ", *station);
                    }
                    self.push(")");
                }
            },
            Scope::Nothing => self.push(" AND 1 = 0"),
        }
    }

    pub fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Bind>) {
        (self.sql, self.binds)
    }
}

/// The conditions of a scope on one table.
pub struct ScopeColumns {
    pub city: &'static str,
    pub county: &'static str,
    pub station: &'static str,
    pub station_name: &'static str,
}

/// Scope of the table `e`, whose rows belong to a station and carry its area.
pub const OF_ENTRY: ScopeColumns = ScopeColumns {
    city: " AND e.city = ",
    county: " AND e.county = ",
    station: " AND e.station_id = ",
    station_name: "e.station_id",
};

/// Scope of the table `s` of stations itself.
pub const OF_STATION: ScopeColumns =
    ScopeColumns { city: " AND s.city = ", county: " AND s.county = ", station: " AND s.id = ", station_name: "s.id" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_never_widens_to_everything() {
        let sql = |scope| {
            let mut query = Query::new("SELECT 1 FROM station s WHERE s.state = $1").bind("有效");
            query.within(&scope, &OF_STATION);
            query.sql().to_owned()
        };
        assert!(sql(Scope::Nothing).ends_with("AND 1 = 0"));
        assert!(sql(Scope::Stations(vec![])).ends_with("AND 1 = 0"));
        assert!(sql(Scope::Stations(vec![7, 8])).ends_with("AND s.id IN ($2, $3)"));
        assert!(sql(Scope::City("370500".into())).ends_with("AND s.city = $2"));
    }
}
