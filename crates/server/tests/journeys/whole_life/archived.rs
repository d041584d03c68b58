//! The closed year as a package: made and verified by the real program, as whoever keeps the files would (Article 14).

use std::path::Path;

use crate::app::TestApp;
use crate::common::{fails, succeeds, text};

/// The package of 2028 is whole; whichever file is altered is named, and what a maker of another manifest wrote is found
/// by the hash noted elsewhere.
pub async fn the_closed_year(app: &TestApp) {
    let settings = &app.app.settings;
    let dir = settings.data.join("package");
    let (package, data, url) = (text(&dir), text(&settings.data), settings.database());
    let make =
        ["archive", "make", package, "--year", "2028", "--fonds", "X043", "--data", data, "--database-url", &url];
    let made = succeeds(&make);
    let hash = made.trim_end().rsplit(' ').next().expect("the manifest's hash");
    let verify = ["archive", "verify", package, "--manifest", hash];
    assert!(succeeds(&verify).starts_with("归档包完整"));
    // Five sheets, one of each station, beside the summary and what was published and served that year.
    let catalogue =
        std::fs::read_dir(dir.join("items")).expect("items").flatten().filter_map(|item| kept(&item.path()));
    let catalogue: Vec<String> = catalogue.collect();
    let of = |form: &str| catalogue.iter().filter(|item| item.contains(&format!("<文种>{form}</文种>"))).count();
    assert_eq!((of("评分表"), of("汇总表")), (5, 1), "{catalogue:?}");
    let titles = catalogue.concat();
    for title in ["2028年度评估评分表（示例轮胎行业协会工作站）", "2028年度工作站评估工作方案"]
    {
        assert!(titles.contains(title), "{title}: {titles}");
    }
    for name in ["items/D30-0001.pdf", "items/D30-0001.xml", "catalogue.xlsx", "report.txt"] {
        let file = dir.join(name);
        let whole = std::fs::read(&file).expect(name);
        let mut altered = whole.clone();
        *altered.last_mut().expect("bytes") ^= 1;
        std::fs::write(&file, &altered).expect(name);
        let (code, stderr) = fails(&verify);
        assert!(code == 1 && stderr.contains(name) && stderr.contains("改动"), "{code}: {stderr}");
        std::fs::write(&file, &whole).expect(name);
    }
    succeeds(&verify);
    // What was done is on record like any other act.
    let trail = ["audit", "verify", "--data", data, "--database-url", &url];
    assert!(succeeds(&trail).starts_with("审计链完整"));
}

/// The metadata of an item.
fn kept(path: &Path) -> Option<String> {
    path.extension().filter(|end| *end == "xml").map(|_| std::fs::read_to_string(path).expect("metadata"))
}
