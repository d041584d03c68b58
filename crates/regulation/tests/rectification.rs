//! The diagram of rectification in the docs is the match in the code.

use std::path::Path;

use regulation::appraisal::rectification::diagram;

#[test]
fn the_diagram_of_rectification_is_as_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states/rectification.md");
    let now = format!(
        "# 整改\n\n办法第十二条，读法 K39。由 `crates/regulation/src/appraisal/rectification.rs` 生成；改动属实的，用 UPDATE_GOLDEN=1 重写。\n\n\
         ```mermaid\n{}```\n\n逾期不改变状态，只作提示；逾期报送的照常查验。\n",
        diagram()
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, now).expect("written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, now, "docs/states/rectification.md no longer tells the truth; if it is meant: UPDATE_GOLDEN=1");
}
