//! Where the two databases truly differ. Keep this list short (goal: under fifteen).

use crate::engine::Backend;

/// Held by whoever seals the audit chain, so that two servers on one database never do it at once. SQLite's
/// single writer needs none.
pub(crate) fn seal_lock(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Sqlite => None,
        Backend::Postgres => Some("SELECT pg_advisory_xact_lock(7203)"),
    }
}

/// Held by whoever numbers the texts that became findable, for the same reason.
pub(crate) fn batch_lock(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Sqlite => None,
        Backend::Postgres => Some("SELECT pg_advisory_xact_lock(7204)"),
    }
}

/// Two servers that take up work from one table leave each other's rows alone. SQLite's single writer needs no word for it.
pub(crate) fn skip_locked(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "",
        Backend::Postgres => " FOR UPDATE SKIP LOCKED",
    }
}

/// The planner's account of a statement, one text column.
pub(crate) fn explain(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "EXPLAIN QUERY PLAN ",
        Backend::Postgres => "EXPLAIN ",
    }
}

/// The parts `t` of texts whose terms are as what stands between the two texts says. SQLite goes through the terms' lists
/// first, in that order, instead of keeping what they hold aside.
pub(crate) fn parts(backend: Backend) -> (&'static str, &'static str) {
    match backend {
        Backend::Sqlite => {
            (" FROM search_index CROSS JOIN search_text t ON t.id = search_index.rowid WHERE search_index MATCH ", "")
        }
        Backend::Postgres => (" FROM search_text t WHERE t.terms @@ CAST(", " AS tsquery)"),
    }
}

/// Adds a part of a text. PostgreSQL keeps the terms with it, SQLite in `search_index`.
pub(crate) fn index_part(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => {
            "INSERT INTO search_text (document_id, kind, on_day, city, county, station_id, open) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"
        }
        Backend::Postgres => {
            "INSERT INTO search_text (document_id, kind, on_day, city, county, station_id, open, terms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, CAST($8 AS tsvector)) RETURNING id"
        }
    }
}

/// Table, column and type of the whole schema, for the parity test.
pub(crate) fn columns(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name, \
             CASE c.type WHEN 'INTEGER' THEN 'bigint' ELSE lower(c.type) END AS column_type, \
             CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 1 ELSE 0 END AS required \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' ORDER BY 1, 2"
        }
        Backend::Postgres => {
            "SELECT table_name::text, column_name::text, data_type::text AS column_type, \
             CASE WHEN is_nullable = 'NO' THEN 1::bigint ELSE 0::bigint END AS required \
             FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%' ORDER BY 1, 2"
        }
    }
}

/// Names of all indexes and the tables they are on, for the parity test.
pub(crate) fn indexes(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY 1",
        Backend::Postgres => {
            "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = current_schema() \
             AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key' AND tablename NOT LIKE '\\_%' ORDER BY 1"
        }
    }
}
