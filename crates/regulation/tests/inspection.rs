//! The diagram in `docs/states/inspection.md`, printed from the match itself.
//! `UPDATE_GOLDEN=1 cargo test -p regulation --test inspection` writes it anew.

use std::collections::BTreeSet;
use std::path::Path;

use regulation::appraisal::inspection::{STAGES, examples, take};

#[test]
fn the_diagram_is_what_the_match_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states/inspection.md");
    let now = diagram();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(&path, &now).expect("written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, now, "docs/states/inspection.md no longer tells the truth; if it is meant: UPDATE_GOLDEN=1");
}

fn diagram() -> String {
    let mut text = String::from(
        "# 年度检查\n\n办法第九条、第十条、第十四条，读法 K46、K47、K51、K81、K87。由 `crates/regulation/src/appraisal/inspection.rs` \
         生成；改动属实的，用 UPDATE_GOLDEN=1 重写。\n\n```mermaid\nstateDiagram-v2\n",
    );
    for (key, name) in STAGES {
        text.push_str(&format!("    {key}: {name}\n"));
    }
    text.push_str("    [*] --> waiting\n    waiting --> filling: 年度已开启且已结束\n");
    let (stages, steps) = examples();
    let mut known = BTreeSet::new();
    for stage in &stages {
        for step in &steps {
            let Ok(next) = take(stage.clone(), step.clone()) else { continue };
            let line = format!("    {} --> {}: {}\n", stage.key(), next.key(), step.name());
            if known.insert(line.clone()) {
                text.push_str(&line);
            }
        }
    }
    text.push_str("    archived --> [*]\n```\n");
    text
}
