//! Whether a package is still what it was: needs the folder and nothing else, neither database nor network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};

use super::MANIFEST;

/// A package as it should be.
#[derive(Debug)]
pub struct Whole {
    pub files: usize,
    pub manifest_sha256: String,
}

/// Why a folder does not pass.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is no package: nothing can be said of it.
    #[error("{0}")]
    NoPackage(String),
    /// The first file, by name, that is not as the manifest has it.
    #[error("{0}")]
    Broken(String),
}

/// Compares every file with the manifest, by name; names the first altered, missing or extra one.
///
/// # Errors
/// [`Problem::NoPackage`] where there is no manifest that can be read; [`Problem::Broken`] otherwise.
pub fn verify(dir: &Path) -> Result<Whole, Problem> {
    let path = dir.join(MANIFEST);
    let no_package = |what: String| Problem::NoPackage(what);
    let bytes = std::fs::read(&path)
        .map_err(|error| no_package(format!("{}：不是归档包，读不到 {MANIFEST}（{error}）", dir.display())))?;
    let listed = String::from_utf8(bytes.clone()).ok().and_then(|text| parse(&text));
    let listed = listed.ok_or_else(|| no_package(format!("{}：不是归档清单", path.display())))?;
    let mut found = BTreeSet::new();
    walk(dir, "", &mut found).map_err(|error| no_package(format!("{}：无法读取（{error}）", dir.display())))?;
    found.remove(MANIFEST);
    let mut names: Vec<&String> = listed.keys().chain(found.iter()).collect();
    names.sort();
    names.dedup();
    for name in names {
        match (listed.get(name), found.contains(name)) {
            (Some(_), false) => return Err(Problem::Broken(format!("缺少 {name}"))),
            (None, _) => return Err(Problem::Broken(format!("多出 {name}，清单中没有"))),
            (Some(hash), true) => check(dir, name, hash)?,
        }
    }
    Ok(Whole { files: listed.len(), manifest_sha256: hex::encode(Sha256::digest(&bytes)) })
}

fn check(dir: &Path, name: &str, hash: &str) -> Result<(), Problem> {
    match hash_of(&dir.join(name)) {
        Ok(found) if found == hash => Ok(()),
        Ok(_) => Err(Problem::Broken(format!("{name} 已被改动，与清单的校验值不符"))),
        Err(error) => Err(Problem::Broken(format!("{name} 无法读取（{error}）"))),
    }
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashInto(&mut digest))?;
    Ok(hex::encode(digest.finalize()))
}

/// A digest as something to write into: a file is never whole in memory.
struct HashInto<'a>(&'a mut Sha256);

impl io::Write for HashInto<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Name and hash of each line; `None` when a line is none, names a file twice or one outside of the package.
fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut listed = BTreeMap::new();
    for line in text.lines() {
        let (hash, name) = line.split_once("  ")?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let within = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_hash || !within || name.is_empty() || listed.insert(name.to_owned(), hash.to_lowercase()).is_some() {
            return None;
        }
    }
    (!listed.is_empty()).then_some(listed)
}

/// Every file below a folder by its name within it. A link is a file: what it leads to is not followed into.
fn walk(dir: &Path, prefix: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), found)?;
        } else {
            found.insert(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_leads_out_of_the_package_is_none() {
        let hash = "0".repeat(64);
        for name in ["../etc/passwd", "/etc/passwd", "items/../../x", ""] {
            assert!(parse(&format!("{hash}  {name}\n")).is_none(), "{name}");
        }
        assert!(parse(&format!("{hash}  items/a.pdf\n{hash}  items/a.pdf\n")).is_none());
        assert!(parse("").is_none() && parse("abc  a.pdf\n").is_none());
        assert_eq!(parse(&format!("{hash}  items/a.pdf\n")).expect("one").len(), 1);
    }
}
