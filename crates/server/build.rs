//! The binary embeds `web/dist`; this says so plainly when it has not been built.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=../../web/dist");
    if !Path::new("../../web/dist/app.css").is_file() {
        println!("cargo::error=web/dist/app.css is missing: run `make web` first");
    }
}
