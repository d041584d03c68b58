//! Editions read from their folders, as the command line does it.

use std::path::Path;

use regulation::law::{Edition, Files};

pub fn edition(folder: &str) -> Edition {
    Edition::parse(&files(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"))
}

/// The files of a folder of this crate by name, those below it as `cases/S01.toml`.
pub fn files(folder: &str) -> Files {
    let mut files = Files::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("edition folder") {
        let path = entry.expect("entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("name").to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
}
