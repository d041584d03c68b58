//! The two databases hold the same schema.

use std::collections::BTreeSet;
use std::path::Path;

use store::Store;

use crate::common::{Db, on_postgres, on_sqlite};

type Columns = Vec<(String, String, String, i64)>;

/// How each database finds words: terms stand in SQLite's own index with its shadow tables, on PostgreSQL in a column of
/// the part with an index. `contract/search.rs` compares what they find.
const OF_SEARCH: [&str; 3] = ["column search_index", "column search_text.terms ", "index search_text_terms"];

/// One line for each column and index.
async fn schema(store: &Store) -> BTreeSet<String> {
    let (columns, indexes): (Columns, Vec<(String,)>) = store.schema().await.expect("schema");
    assert!(columns.len() > 100 && indexes.len() > 20, "{} columns, {} indexes", columns.len(), indexes.len());
    let columns = columns.into_iter().map(|(table, column, kind, required)| {
        let required = if required == 1 { " required" } else { "" };
        format!("column {table}.{column} {kind}{required}")
    });
    let indexes = indexes.into_iter().map(|(name,)| format!("index {name}"));
    let of_search = |line: &String| OF_SEARCH.iter().any(|start| line.starts_with(start));
    columns.chain(indexes).filter(|line| !of_search(line)).collect()
}

fn missing(from: &BTreeSet<String>, of: &BTreeSet<String>, name: &str) -> Vec<String> {
    of.difference(from).map(|item| format!("only in {name}: {item}")).collect()
}

/// Tables, columns, types, required columns and index names are equal; a difference is printed line by line.
#[test]
fn both_databases_have_the_same_schema() {
    on_postgres(async |db: &Db| {
        let postgres = schema(&db.store).await;
        let folder = tempfile::TempDir::new().expect("folder");
        let store = Store::open_in(folder.path()).await.expect("open");
        store.migrate().await.expect("migrate");
        let sqlite = schema(&store).await;
        let mut differences = missing(&sqlite, &postgres, "PostgreSQL");
        differences.extend(missing(&postgres, &sqlite, "SQLite"));
        assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    });
}

/// Lines of a folder's migrations that begin like this.
fn definitions(folder: &str, starts: &[&str]) -> BTreeSet<String> {
    let lines = migrations(folder).into_iter().flat_map(|file| {
        let text = std::fs::read_to_string(path(folder).join(file)).expect("migration");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines.filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

fn path(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder)
}

fn migrations(folder: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(path(folder)).expect("folder");
    files.map(|file| file.expect("file").file_name().to_string_lossy().into_owned()).collect()
}

/// Every migration stands in both folders under the same name, with the same indexes on the same columns.
#[test]
fn every_migration_is_in_both_folders() {
    assert_eq!(migrations("sqlite"), migrations("postgres"));
    let indexes = ["CREATE INDEX", "CREATE UNIQUE INDEX"];
    let mut of_postgres = definitions("postgres", &indexes);
    let of_search = ["CREATE INDEX search_text_tokens ", "CREATE INDEX search_text_terms "];
    of_postgres.retain(|line| !of_search.iter().any(|start| line.starts_with(start)));
    assert_eq!(definitions("sqlite", &indexes), of_postgres);
}

/// Migrating a database at the newest schema again changes nothing.
#[test]
fn migrating_again_changes_nothing() {
    on_sqlite(async |db: &Db| {
        let before = schema(&db.store).await;
        db.store.migrate().await.expect("again");
        assert_eq!(schema(&db.store).await, before);
    });
}
