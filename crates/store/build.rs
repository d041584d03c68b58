//! `sqlx::migrate!` embeds the folder's files; cargo alone would not notice a new one.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
