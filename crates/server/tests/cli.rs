//! The command line as an administrator meets it: help, one clear line on bad input, exit codes.

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Serving, fails, fengsui, free_address, succeeds, text};
use regulation::general::{Actor, Subject, Verb, may};
use sqlx::{Connection as _, SqliteConnection};
use store::general::{NewPaper, NewPublication};
use tempfile::TempDir;

const DRAFT: &str = "../../law/draft";

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("folder");
    let data = folder.path().join("data");
    (folder, data)
}

/// One line, naming what it is about.
#[track_caller]
fn one_line(stderr: &str, names: &[&str]) {
    assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
    for name in names {
        assert!(stderr.contains(name), "“{stderr}” does not name {name}");
    }
}

fn add_user(data: &Path, args: &[&str], password: &str) -> std::process::Output {
    let mut command = fengsui();
    command.args(["user", "add"]).args(args).args(["--data", text(data)]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    writeln!(child.stdin.take().expect("stdin"), "{password}").expect("written");
    child.wait_with_output().expect("ended")
}

#[test]
fn help_tells_of_every_command() {
    let help = succeeds(&["--help"]);
    for command in
        ["demo", "serve", "appraise", "grade", "draw", "audit", "user", "migrate", "law", "archive", "stations", "feed"]
    {
        assert!(help.contains(command), "{command}: {help}");
        assert!(succeeds(&[command, "--help"]).contains("Usage: fengsui"), "{command}");
    }
    for (command, subs) in [
        ("audit", ["verify", "anchor"].as_slice()),
        ("user", &["add"]),
        ("law", &["check", "load", "text"]),
        ("archive", &["make", "verify"]),
        ("stations", &["import"]),
        ("feed", &["parse"]),
    ] {
        for sub in subs {
            assert!(succeeds(&[command, sub, "--help"]).contains("Usage: fengsui"), "{command} {sub}");
        }
    }
    assert!(succeeds(&["--version"]).starts_with("fengsui "));
    assert_eq!(fails(&["march"]).0, 2);
}

#[test]
fn bad_input_is_one_line_naming_file_and_place() {
    let (folder, _) = folder();
    let file = folder.path().join("year.json");
    std::fs::write(
        &file,
        r#"{"edition":"draft","year":2026,"stations":[{"id":"a","ledger":[{"kind":"nope","on":"2026-01-01"}]}]}"#,
    )
    .expect("written");
    for (command, broken) in
        [("appraise", text(&file)), ("grade", text(&file)), ("draw", text(&file)), ("appraise", "/no/such.json")]
    {
        let (code, stderr) = fails(&[command, broken]);
        assert_eq!(code, 2, "{stderr}");
        one_line(&stderr, &[broken]);
    }
    let (_, stderr) = fails(&["appraise", text(&file)]);
    one_line(&stderr, &["stations[0].ledger[0].kind", "nope"]);
}

#[test]
fn a_folder_without_a_database_is_not_verified() {
    let (_folder, data) = folder();
    for args in [["audit", "verify", "--data", text(&data)], ["audit", "anchor", text(&data), "--data"]] {
        let mut args = args.to_vec();
        if args[3] == "--data" {
            args.push(text(&data));
        }
        let (code, stderr) = fails(&args);
        assert_eq!(code, 2, "{stderr}");
        one_line(&stderr, &["没有数据库"]);
    }
    assert!(!data.join("fengsui.db").exists(), "nothing was made");
}

async fn forge(data: &Path, sql: &'static str) {
    let url = format!("sqlite:{}", data.join("fengsui.db").display());
    let mut connection = SqliteConnection::connect(&url).await.expect("connect");
    for statement in ["DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_seal_once", sql] {
        sqlx::query(statement).execute(&mut connection).await.expect(statement);
    }
    connection.close().await.expect("close");
}

#[tokio::test]
async fn a_forged_row_is_named() {
    for (sql, named) in [
        ("UPDATE audit SET detail = 'x' WHERE position = 2", "编号 2"),
        ("DELETE FROM audit WHERE position = 2", "第 2 行"),
        ("UPDATE audit SET position = -1 WHERE position = 2", "编号 2"),
    ] {
        let (_folder, data) = folder();
        succeeds(&["demo", "--data", text(&data), "--stations", "3", "--only-data"]);
        let whole = succeeds(&["audit", "verify", "--data", text(&data)]);
        assert!(whole.starts_with("审计链完整"), "{whole}");
        forge(&data, sql).await;
        let (code, stderr) = fails(&["audit", "verify", "--data", text(&data)]);
        assert_eq!(code, 1, "{sql}: {stderr}");
        one_line(&stderr, &[named]);
    }
}

#[tokio::test]
async fn an_anchor_shows_a_cut_tail() {
    let (folder, data) = folder();
    succeeds(&["migrate", "--data", text(&data)]);
    let anchor = folder.path().join("anchor.json");
    succeeds(&["audit", "anchor", text(&anchor), "--data", text(&data)]);
    let verify = ["audit", "verify", "--data", text(&data), "--anchor", text(&anchor)];
    succeeds(&verify);
    // More is written: the anchor still holds.
    assert!(add_user(&data, &["auditor", "--role", "auditor"], "Beacon-2026").status.success());
    succeeds(&verify);
    forge(&data, "DELETE FROM audit WHERE position >= 2").await;
    // The chain that is left is whole; only the anchor tells.
    succeeds(&["audit", "verify", "--data", text(&data)]);
    assert_eq!(fails(&verify).0, 1);
    std::fs::write(&anchor, "{}").expect("written");
    let (code, stderr) = fails(&verify);
    assert_eq!(code, 2, "{stderr}");
    one_line(&stderr, &["anchor.json", "不是锚点文件"]);
}

#[test]
fn a_user_is_added_with_a_password_from_standard_input() {
    let (_folder, data) = folder();
    let added = add_user(&data, &["clerk", "--role", "province_clerk", "--name", "张三"], "Beacon-2026");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    assert!(String::from_utf8_lossy(&added.stdout).contains("省厅经办"));
    let refused: [(&[&str], &str, &[&str]); 7] = [
        (&["clerk", "--role", "province_clerk"], "Beacon-2026", &["clerk", "已有人使用"]),
        (&["other", "--role", "emperor"], "Beacon-2026", &["--role", "emperor"]),
        (&["other", "--role", "operator"], "Beacon-2026", &["--role", "operator"]),
        (&["other", "--role", "city_clerk"], "Beacon-2026", &["--city"]),
        (&["other", "--role", "city_clerk", "--city", "990000"], "Beacon-2026", &["--city", "990000"]),
        (&["other", "--role", "station_manager", "--station", "37-999"], "Beacon-2026", &["--station", "37-999"]),
        (&["other", "--role", "auditor"], "short", &["密码"]),
    ];
    for (args, password, names) in refused {
        let output = add_user(&data, args, password);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        one_line(&stderr, names);
    }
}

/// The list of stations from before this system: checked, then taken in on request, once.
#[test]
fn earlier_stations_are_checked_and_taken_in_once() {
    let (folder, data) = folder();
    let file = folder.path().join("list.xlsx");
    let row = [
        ("编号", "旧-001"),
        ("工作站名称", "示例旧站"),
        ("承办单位", "示例协会"),
        ("统一社会信用代码", "91110000101623741K"),
        ("承办单位类型", "行业商（协）会"),
        ("设区市", "东营市"),
        ("管理关系", "省管"),
        ("行业", "轮胎"),
        ("确认日期", "2023-09-01"),
        ("确认文件", "示例通知"),
        ("历年等次", "2023优秀"),
    ];
    let column = |name: &str| papers::ColumnPaper { name: name.to_owned(), ..papers::ColumnPaper::default() };
    let book = papers::TablePaper {
        title: "名单".to_owned(),
        note: None,
        columns: row.iter().map(|(name, _)| column(name)).collect(),
        rows: vec![row.iter().map(|(_, value)| (*value).to_owned()).collect()],
    };
    std::fs::write(&file, papers::template_xlsx(&book).expect("workbook")).expect("written");
    let import = ["stations", "import", text(&file), "--data", text(&data)];
    let confirm = [&import[..], &["--confirm"]].concat();
    let checked = succeeds(&import);
    assert!(checked.contains("可登记 1 家") && checked.contains("没有写入"), "{checked}");
    assert!(succeeds(&confirm).contains("已登记 1 家，补历年等次 0 家"));
    assert!(succeeds(&confirm).contains("已在名册 1 家，有误 0 行"));
    let (code, stderr) = fails(&["stations", "import", text(&data), "--data", text(&data)]);
    assert_eq!(code, 2);
    one_line(&stderr, &["data", "无法读取"]);
}

#[test]
fn an_edition_is_checked_loaded_and_given_its_text() {
    let (folder, data) = folder();
    assert!(succeeds(&["law", "check", DRAFT]).contains("版本 draft"));
    assert!(succeeds(&["law", "load", DRAFT, "--data", text(&data)]).contains("已装载"));
    assert!(succeeds(&["law", "load", DRAFT, "--data", text(&data)]).contains("内容相同"));
    let text_file = folder.path().join("办法.txt");
    std::fs::write(&text_file, "第一条 正式文本").expect("written");
    assert!(succeeds(&["law", "text", text(&text_file), "--data", text(&data)]).contains("8 字"));
    let (code, stderr) = fails(&["law", "text", text(&text_file), "--edition", "none", "--data", text(&data)]);
    assert_eq!(code, 2, "{stderr}");
    one_line(&stderr, &["none"]);
    // Another text under a known id is refused; a broken folder names its file and line.
    let other = copied(DRAFT, folder.path());
    append(&other.join("readings.md"), "\n");
    let (code, stderr) = fails(&["law", "load", text(&other), "--data", text(&data)]);
    assert_eq!(code, 2, "{stderr}");
    one_line(&stderr, &["draft", "不能改动"]);
    append(&other.join("calendar.toml"), "\n[[number]\n");
    let (code, stderr) = fails(&["law", "check", text(&other)]);
    assert_eq!(code, 2, "{stderr}");
    one_line(&stderr, &["calendar.toml", "行"]);
    one_line(&fails(&["law", "check", "/no/such/folder"]).1, &["/no/such/folder"]);
}

fn copied(from: &str, into: &Path) -> PathBuf {
    let to = into.join("edition");
    copy_folder(Path::new(from), &to);
    to
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn append(file: &Path, more: &str) {
    let text = std::fs::read_to_string(file).expect("read") + more;
    std::fs::write(file, text).expect("written");
}

#[test]
fn migrating_twice_changes_nothing() {
    let (_folder, data) = folder();
    assert!(succeeds(&["migrate", "--data", text(&data)]).contains("规则版本 draft 已装载"));
    let first = succeeds(&["audit", "verify", "--data", text(&data)]);
    succeeds(&["migrate", "--data", text(&data)]);
    assert_eq!(succeeds(&["audit", "verify", "--data", text(&data)]), first);
}

fn get(serving: &Serving, path: &str) -> String {
    let mut stream = TcpStream::connect(serving.address).expect("connect");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answer");
    answer
}

#[test]
fn the_server_is_set_by_its_environment() {
    let (_folder, data) = folder();
    let address = free_address();
    let mut command = fengsui();
    command.arg("serve").env("FENGSUI_DATA", &data).env("FENGSUI_LISTEN", address.to_string());
    command.env("FENGSUI_ORGANISER", "示例省商务厅");
    let serving = Serving::start(command, address);
    assert!(get(&serving, "/healthz").contains("ok"));
    assert!(get(&serving, "/readyz").contains("ready"));
    assert!(get(&serving, "/login").contains("示例省商务厅"));
    assert!(serving.stop(), "asked to end, it ends well");
    assert!(data.join("fengsui.db").is_file());
}

#[test]
fn the_server_is_set_by_its_file_and_says_what_is_wrong_with_it() {
    let (folder, data) = folder();
    let address = free_address();
    let config = folder.path().join("fengsui.toml");
    std::fs::write(&config, format!("listen = \"{address}\"\ndata = \"{}\"\n", data.display())).expect("written");
    let mut command = fengsui();
    command.args(["serve", "--config", text(&config)]);
    let serving = Serving::start(command, address);
    assert!(get(&serving, "/healthz").contains("ok"));
    assert!(serving.stop());
    for (line, named) in [("listn = 1", "listn"), ("listen = 8080", "listen"), ("listen = ", "fengsui.toml")] {
        std::fs::write(&config, line).expect("written");
        let (code, stderr) = fails(&["serve", "--config", text(&config)]);
        assert_eq!(code, 2, "{stderr}");
        one_line(&stderr, &["fengsui.toml", named]);
    }
    let output = fengsui().arg("serve").env("FENGSUI_SECOND_FACTOR", "maybe").output().expect("started");
    assert_eq!(output.status.code(), Some(2));
    one_line(&String::from_utf8_lossy(&output.stderr), &["FENGSUI_SECOND_FACTOR"]);
}

/// The demo's confirmed year, and a package of it.
async fn package(data: &Path, dir: &Path) -> (String, String) {
    succeeds(&["demo", "--data", text(data), "--stations", "3", "--only-data"]);
    let url = format!("sqlite:{}", data.join("fengsui.db").display());
    let mut connection = SqliteConnection::connect(&url).await.expect("connect");
    let confirmed = sqlx::query_scalar("SELECT max(year) FROM cycle WHERE state = 'confirmed'");
    let year: i64 = confirmed.fetch_one(&mut connection).await.expect("a confirmed year");
    connection.close().await.expect("close");
    let year = year.to_string();
    let made = succeeds(&["archive", "make", text(dir), "--year", &year, "--fonds", "X043", "--data", text(data)]);
    let hash = made.trim_end().rsplit(' ').next().expect("the manifest's hash").to_owned();
    assert!(made.starts_with("归档包已写入") && hash.len() == 64, "{made}");
    (year, hash)
}

/// The first item of a package that is of a kind: its number and what is said of it.
fn item_of_kind(dir: &Path, kind: &str) -> (String, String) {
    let named = format!("<文种>{kind}</文种>");
    let items = (1..)
        .map(|n| format!("D30-{n:04}"))
        .map_while(|number| Some((std::fs::read_to_string(dir.join(format!("items/{number}.xml"))).ok()?, number)));
    let (metadata, number) = items.into_iter().find(|(text, _)| text.contains(&named)).expect("such an item");
    (number, metadata)
}

#[tokio::test]
async fn a_years_package_is_made_and_stays_as_it_was() {
    let (folder, data) = folder();
    let dir = folder.path().join("package");
    let (year, hash) = package(&data, &dir).await;
    let whole = succeeds(&["archive", "verify", text(&dir), "--manifest", &hash]);
    assert!(whole.starts_with("归档包完整"), "{whole}");
    // Anyone verifies it without this program.
    let mut sums = std::process::Command::new("sha256sum");
    let sums = sums.args(["-c", "--quiet", "manifest.sha256"]).current_dir(&dir).status();
    assert!(sums.expect("sha256sum").success());
    let (number, metadata) = item_of_kind(&dir, "评分表");
    let sheet = std::fs::read(dir.join(format!("items/{number}.pdf"))).expect("a sheet");
    assert!(sheet.starts_with(b"%PDF-"));
    for element in [
        format!("<档号>X043-WS·{year}-{number}</档号>"),
        format!("<年度>{year}</年度>"),
        "<保管期限>30年</保管期限>".to_owned(),
        "<文种>评分表</文种>".to_owned(),
        "<责任者>山东省商务厅</责任者>".to_owned(),
        "<格式信息>PDF/A-2b</格式信息>".to_owned(),
    ] {
        assert!(metadata.contains(&element), "{element}: {metadata}");
    }
    let report = std::fs::read_to_string(dir.join("report.txt")).expect("the report");
    for section in ["一、真实性", "二、完整性", "三、可用性", "四、安全性", "审计链核验完整"]
    {
        assert!(report.contains(section), "{section}: {report}");
    }
    // The folder is taken; another day gives the same documents.
    let (code, stderr) = fails(&["archive", "make", text(&dir), "--year", &year, "--data", text(&data)]);
    assert_eq!(code, 2, "{stderr}");
    one_line(&stderr, &["package", "不是空目录"]);
    let again = folder.path().join("again");
    succeeds(&["archive", "make", text(&again), "--year", &year, "--fonds", "X043", "--data", text(&data)]);
    for name in ["items/D30-0001.pdf", "items/D30-0001.xml", "catalogue.xlsx"] {
        assert!(std::fs::read(dir.join(name)).expect("one") == std::fs::read(again.join(name)).expect("two"), "{name}");
    }
    assert!(succeeds(&["audit", "verify", "--data", text(&data)]).starts_with("审计链完整"));
}

#[tokio::test]
async fn the_first_file_of_a_package_that_is_not_as_it_was_is_named() {
    let (folder, data) = folder();
    let dir = folder.path().join("package");
    let (_, hash) = package(&data, &dir).await;
    let named = |problem: &[&str]| {
        let (code, stderr) = fails(&["archive", "verify", text(&dir)]);
        assert_eq!(code, 1, "{stderr}");
        one_line(&stderr, problem);
    };
    let (sheet, metadata) = (dir.join("items/D30-0002.pdf"), dir.join("items/D30-0001.xml"));
    let kept = std::fs::read(&sheet).expect("read");
    let mut altered = kept.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    std::fs::write(&sheet, &altered).expect("written");
    named(&["items/D30-0002.pdf", "改动"]);
    // The first by name, when there are several.
    std::fs::rename(&metadata, folder.path().join("aside.xml")).expect("moved");
    named(&["缺少", "items/D30-0001.xml"]);
    std::fs::rename(folder.path().join("aside.xml"), &metadata).expect("back");
    std::fs::write(&sheet, &kept).expect("written");
    std::fs::write(dir.join("items/A.pdf"), b"%PDF-").expect("written");
    named(&["多出", "items/A.pdf"]);
    std::fs::remove_file(dir.join("items/A.pdf")).expect("removed");
    succeeds(&["archive", "verify", text(&dir)]);
    // Whoever alters a file and makes the manifest anew is told from the hash kept elsewhere.
    let manifest = std::fs::read_to_string(dir.join("manifest.sha256")).expect("read");
    let fewer: String = manifest
        .lines()
        .filter(|line| !line.ends_with("D30-0002.pdf"))
        .fold(String::new(), |all, line| all + line + "\n");
    std::fs::write(dir.join("manifest.sha256"), fewer).expect("written");
    std::fs::remove_file(&sheet).expect("removed");
    succeeds(&["archive", "verify", text(&dir)]);
    let (code, stderr) = fails(&["archive", "verify", text(&dir), "--manifest", &hash]);
    assert_eq!(code, 1, "{stderr}");
    one_line(&stderr, &["清单已重做"]);
}

#[test]
fn a_folder_that_is_no_package_and_a_year_without_documents_are_bad_input() {
    let (folder, data) = folder();
    let dir = folder.path().join("package");
    let refused = |args: &[&str], names: &[&str]| {
        let (code, stderr) = fails(args);
        assert_eq!(code, 2, "{stderr}");
        one_line(&stderr, names);
    };
    refused(&["archive", "verify", text(&dir)], &["package", "不是归档包"]);
    std::fs::create_dir(&dir).expect("made");
    refused(&["archive", "verify", text(&dir)], &["package", "不是归档包"]);
    for manifest in ["", "nonsense\n", "../../etc/passwd\n"] {
        std::fs::write(dir.join("manifest.sha256"), manifest).expect("written");
        refused(&["archive", "verify", text(&dir)], &["manifest.sha256", "不是归档清单"]);
    }
    let into = folder.path().join("into");
    refused(&["archive", "make", text(&into), "--year", "2026", "--data", text(&data)], &["没有数据库"]);
    succeeds(&["migrate", "--data", text(&data)]);
    refused(&["archive", "make", text(&into), "--year", "2001", "--data", text(&data)], &["2001", "没有可归档的文书"]);
    assert!(!into.exists(), "nothing was made");
}

/// A decision served and a notice published today, as the server would write them.
async fn issue(data: &Path) -> i64 {
    let store = store::Store::open_in(data).await.expect("open");
    let now: jiff::Timestamp = "2026-09-18T02:00:00Z".parse().expect("instant");
    let subject = Subject::whole("station", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, store::day_of(now)).expect("allowed");
    let content = "标志：示例省商务厅\n文号：示商×〔20××〕×号\n标题：关于撤销示例工作站的决定\n落款：示例省商务厅\n\n经研究，决定撤销。";
    let title = "关于撤销示例工作站的决定".to_owned();
    let paper = NewPaper {
        kind: "decision",
        noun: "station",
        title: title.clone(),
        content: content.into(),
        ..NewPaper::default()
    };
    let notice = NewPublication {
        kind: "announcement",
        noun: "station",
        title,
        content: content.into(),
        ..NewPublication::default()
    };
    let mut tx = store.begin(&mandate, now).await.expect("begin");
    tx.add_paper(&paper).await.expect("paper");
    tx.publish(&notice).await.expect("published");
    tx.commit().await.expect("commit");
    store.close().await;
    i64::from(store::day_of(now).year())
}

#[tokio::test]
async fn documents_of_the_year_are_archived_as_they_were_frozen() {
    let (folder, data) = folder();
    succeeds(&["migrate", "--data", text(&data)]);
    let year = issue(&data).await.to_string();
    let dir = folder.path().join("package");
    succeeds(&["archive", "make", text(&dir), "--year", &year, "--data", text(&data)]);
    let metadata = std::fs::read_to_string(dir.join("items/Y-0001.xml")).expect("metadata");
    for element in
        ["<文种>决定</文种>", "<责任者>示例省商务厅</责任者>", "<文件编号></文件编号>", "<全宗号></全宗号>", "paper/1"]
    {
        assert!(metadata.contains(element), "{element}: {metadata}");
    }
    assert!(std::fs::read_to_string(dir.join("items/Y-0002.xml")).expect("metadata").contains("publication/1"));
    let report = std::fs::read_to_string(dir.join("report.txt")).expect("the report");
    assert!(report.contains("全宗号（2 件）、文件编号（2 件）") && report.contains("没有确认的结果"), "{report}");
    // A frozen text that is not what was recorded is not archived as if it were.
    let url = format!("sqlite:{}", data.join("fengsui.db").display());
    let mut connection = SqliteConnection::connect(&url).await.expect("connect");
    for sql in ["DROP TRIGGER paper_no_update", "UPDATE paper SET content = content || '。'"] {
        sqlx::query(sql).execute(&mut connection).await.expect(sql);
    }
    connection.close().await.expect("close");
    let other = folder.path().join("other");
    let (code, stderr) = fails(&["archive", "make", text(&other), "--year", &year, "--data", text(&data)]);
    assert_eq!(code, 1, "{stderr}");
    one_line(&stderr, &["paper/1", "校验值不符"]);
    assert!(!other.exists(), "nothing was made");
}
