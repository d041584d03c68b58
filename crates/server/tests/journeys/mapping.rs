//! 列映射 (Article 5(1)): a table with headings nobody knows is shown, mapped once, and read by its mapping from then on: from the
//! upload page and from the watched folder.

use std::time::Duration;

use server::duties::feeds::folder;

use crate::app::TestApp;
use crate::client::Client;

const MAPPINGS: &str = "/duties/feeds/mappings";
/// Constructed; a title stands above the headings.
const TABLE: &str = "Ticaret Bakanligi 2026\nTarih;Konu;GTIP;Adres\n03/08/2026;Tyres from China: initiation of \
                     anti-dumping investigation;4011.10;https://example.org/1\n13/08/2026;Wrong order;;\n";

/// The fields of the form for [`TABLE`].
fn fields(name: &str) -> Vec<(&'static str, String)> {
    [
        ("name", name),
        ("heading", "Tarih"),
        ("heading", "Konu"),
        ("heading", "GTIP"),
        ("heading", "Adres"),
        ("column.title", "Konu"),
        ("column.published_on", "Tarih"),
        ("column.hs_codes", "GTIP"),
        ("column.url", "Adres"),
        ("dates", "month_first"),
        ("country", "土耳其"),
        ("kind", "反倾销"),
    ]
    .map(|(field, value)| (field, value.to_owned()))
    .to_vec()
}

async fn post(browser: &mut Client, path: &str, fields: &[(&'static str, String)]) -> crate::client::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
    browser.post(path, &fields).await
}

/// Saves a mapping; its key.
pub async fn save(browser: &mut Client, name: &str) -> i64 {
    browser.get("/duties/feeds/mappings/new").await.is(200);
    post(browser, MAPPINGS, &fields(name)).await.number_after("mapping=")
}

async fn upload(browser: &mut Client, mapping: &str) -> crate::client::Answer {
    browser.get("/duties/feeds/uploads/new").await.is(200);
    let fields = [("source", "csv"), ("mapping", mapping)];
    browser.upload("/duties/feeds/uploads", &fields, &[("list.csv", TABLE.as_bytes())]).await
}

async fn a_table_is_mapped_once_and_read_from_then_on(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    // Without a mapping the headings say nothing, and the page says what helps.
    upload(&mut station, "").await.is(422).says("没有标题列").says("/duties/feeds/mappings/new");
    station.get("/duties/feeds/mappings/new").await.is(200).says("第一步");
    let looked = station.upload("/duties/feeds/mappings/sample", &[], &[("list.csv", TABLE.as_bytes())]).await;
    looked.is(200).says("第二步").says("Konu（如 Tyres from China: initia）").says(r#"name="heading" value="GTIP""#);
    let id = save(&mut station, "土耳其清单").await;
    let key = id.to_string();
    station.get(&format!("/duties/feeds/uploads/new?mapping={id}")).await.is(200).says("土耳其清单</option>");
    let intake = upload(&mut station, &key).await.number_after("/duties/feeds/intakes/");
    let shown = station.get(&format!("/duties/feeds/intakes/{intake}")).await;
    shown.is(200).says("土耳其反倾销立案").says("2026-03-08").says("4011.10").says("<dd>土耳其清单</dd>");
    // The record with another order of day and month is refused by name, not read as something else.
    shown.says("不能识别的记录").says("第 4 行");
}

async fn a_wrong_mapping_is_said_by_field_and_keeps_what_was_typed(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    save(&mut station, "土耳其清单").await;
    let with = |field: &'static str, value: &str| {
        let mut all = fields("另一清单");
        all.retain(|(name, _)| *name != field);
        all.push((field, value.to_owned()));
        all
    };
    for (wrong, sentence) in [
        (with("name", "土耳其清单"), "已有同名的列映射"),
        (with("name", "a/b"), "名称不能含"),
        (with("name", "done"), "接收目录自用的名称"),
        (with("column.title", ""), "请指定公告标题在哪一列"),
        (with("column.url", "Nowhere"), "所选的列不在表头中"),
        (with("country", "月球"), "国别“月球”无法识别"),
    ] {
        station.get("/duties/feeds/mappings/new").await.is(200);
        post(&mut station, MAPPINGS, &wrong).await.is(422).says(sentence).says(r#"value="GTIP" selected"#);
    }
    station.get("/duties/feeds/mappings/new").await.is(200);
    let nothing = station.upload("/duties/feeds/mappings/sample", &[], &[("list.csv", b"one line\n")]).await;
    nothing.is(422).says("没有表头");
    let missing = station.upload("/duties/feeds/mappings/sample", &[("sheet", "x")], &[("list.xlsx", b"PK")]).await;
    missing.is(422).says("xlsx");
    // A mapping is for tables, and one that is gone is said to be.
    station.get("/duties/feeds/uploads/new").await.is(200);
    let fields = [("source", "us-fr-json"), ("mapping", "1")];
    let other = station.upload("/duties/feeds/uploads", &fields, &[("fr.json", b"{}")]).await;
    other.is(422).says("列映射只用于表格");
    upload(&mut station, "99999").await.is(422).says("已经移除");
}

async fn a_mapping_is_changed_by_its_own_people_and_used_by_all(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = save(&mut station, "土耳其清单").await;
    let mut province = app.sign_in("province").await;
    let of_province = save(&mut province, "全省清单").await;
    let list = station.get(MAPPINGS).await;
    list.is(200)
        .says("全省清单")
        .says(&format!("{MAPPINGS}/{id}/removal"))
        .says_not(&format!("{MAPPINGS}/{of_province}/removal"));
    station.get(&format!("{MAPPINGS}/{of_province}")).await.is(404);
    station.get(MAPPINGS).await.is(200);
    station.post(&format!("{MAPPINGS}/{of_province}/removal"), &[]).await.is(404);
    app.sign_in("city").await.get(MAPPINGS).await.is(403);
    let form = station.get(&format!("{MAPPINGS}/{id}")).await;
    form.is(200).says(r#"value="Konu" selected"#).says("土耳其").says(r#"value="month_first" selected"#);
    let mut changed = fields("土耳其公告");
    changed.retain(|(name, _)| *name != "column.url");
    let answer = post(&mut station, &format!("{MAPPINGS}/{id}"), &changed).await;
    assert_eq!(answer.location(), format!("{MAPPINGS}?done=mapping_saved"));
    station.get(MAPPINGS).await.is(200).says("土耳其公告");
    station.get(&format!("{MAPPINGS}/{id}")).await.is(200).says_not(r#"value="Adres" selected"#);
    let intake = upload(&mut station, &of_province.to_string()).await.number_after("/duties/feeds/intakes/");
    station.get(MAPPINGS).await.is(200);
    station.post(&format!("{MAPPINGS}/{id}/removal"), &[]).await.is(303);
    station.get(MAPPINGS).await.is(200).says_not("土耳其公告");
    station.get(&format!("/duties/feeds/intakes/{intake}")).await.is(200).says("全省清单");
}

async fn the_folder_of_a_mapping_is_read_by_it(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    save(&mut station, "土耳其清单").await;
    let watched = tempfile::TempDir::new().expect("a folder");
    let own = watched.path().join("csv").join("土耳其清单");
    std::fs::create_dir_all(&own).expect("a folder");
    std::fs::write(own.join("list.csv"), TABLE).expect("a file");
    let folder = watched.path().to_owned();
    let app = app.restarted(|settings| settings.notice_folder = folder).await;
    assert_eq!(folder::pass(&app.app, Duration::ZERO).await.expect("read"), 1);
    assert_eq!(std::fs::read_dir(own.join("done")).expect("moved").count(), 1);
    app.sign_in("province").await.get("/duties/feeds/sources/csv").await.is(200).says("list.csv");
}

on_both!(
    a_table_is_mapped_once_and_read_from_then_on,
    a_wrong_mapping_is_said_by_field_and_keeps_what_was_typed,
    a_mapping_is_changed_by_its_own_people_and_used_by_all,
    the_folder_of_a_mapping_is_read_by_it,
);
