//! Chapter three: from the first application to the certificate (Articles 6-8).

use super::{Founded, until};
use crate::admission::{FORM, MET, open_round, register};
use crate::app::TestApp;
use crate::client::Client;
use crate::{people, selection};

/// Username, code, name of the station, industry code and name, chapters.
type Unit = (&'static str, &'static str, &'static str, [&'static str; 3]);

const UNITS: [Unit; 3] = [
    ("luntai", "91110000101623741K", "示例轮胎行业协会工作站", ["291", "轮胎制造", "40"]),
    ("yuye", "11370000004504951T", "示例渔业协会工作站", ["136", "水产品加工", "03"]),
    ("gangtie", "91350211M000100Y46", "示例钢铁协会工作站", ["313", "钢压延加工", "72"]),
];

/// Three associations of one city become stations 3 to 5.
pub async fn three_associations(app: &TestApp) -> [Founded; 3] {
    open_round(app).await;
    until(app, "2027-04-20T09:00:00");
    for (ix, unit) in (1i64..).zip(UNITS) {
        apply(app, unit, ix).await;
    }
    reviewed_by_the_city(app).await;
    accepted(app).await;
    let notice = shortlisted(app).await;
    confirmed(app, notice).await;
    [3, 4, 5].map(|id| {
        let (manager, _, name, _) = UNITS[usize::try_from(id - 3).expect("three")];
        Founded { manager, id, number: ["37-003", "37-004", "37-005"][usize::try_from(id - 3).expect("three")], name }
    })
}

/// Registers, fills, is told what is missing, and hands in.
async fn apply(app: &TestApp, (name, code, station, industry): Unit, id: i64) {
    let mut applicant = register(app, name, code, "association", people::CITY).await;
    applicant.get("/admission/applications").await.is(200);
    applicant.post("/admission/applications", &[]).await.is(303);
    let here = format!("/admission/applications/{id}");
    let submission = format!("{here}/submission");
    applicant.refused(&here, &submission, &[], "未填写或没有佐证", "第六条").await;
    for item in ["6-1", "6-2", "6-3", "6-4", "6-5"] {
        let files = [("证明.pdf", b"%PDF-1.7".as_slice())];
        applicant.upload(&format!("{here}/files"), &[("item", item)], &files).await.is(303);
    }
    let own = |(key, value): &(&'static str, &'static str)| match *key {
        "station_name" => (*key, station),
        "industry_code" => (*key, industry[0]),
        "industry" => (*key, industry[1]),
        "hs_chapters" => (*key, industry[2]),
        _ => (*key, *value),
    };
    let form: Vec<(&str, &str)> = FORM.iter().map(own).collect();
    let saved = applicant.post(&format!("{here}/draft"), &form).await;
    applicant.follow(&saved).await.is(200).says("已填写完整");
    let handed_in = applicant.offered(&here, &submission, &[], &[]).await;
    applicant.follow(&handed_in).await.is(200).says("回执已生成").says("市初审中").says(&format!("2027-0000{id}-1"));
    applicant.out_of_turn(&here, &submission, &[], "市初审中", "第八条（一）").await;
}

/// Condition by condition, then all forwarded in one act.
async fn reviewed_by_the_city(app: &TestApp) {
    let mut approver = app.sign_in("city_approver").await;
    approver.get("/admission/forwarding").await.is(200).says("没有待上报的申请");
    let mut city = app.sign_in("city").await;
    let met: Vec<(&str, &str)> = MET
        .iter()
        .map(|(key, value)| match *key {
            "met-7" => (*key, "1"),
            "note-7" => (*key, ""),
            _ => (*key, *value),
        })
        .collect();
    for id in 1..=3 {
        let here = format!("/admission/applications/{id}");
        app.sign_in("other_city").await.get(&here).await.is(404);
        city.get(&here).await.is(200).says("作出结论");
        city.post(&format!("{here}/acceptance"), &[]).await.is(403).says("受理申请").says("第八条");
        city.post(&format!("{here}/review"), &met[1..]).await.is(422).says("请逐项勾选");
        let passed = city.offered(&here, &format!("{here}/review"), &met, &[]).await;
        city.follow(&passed).await.is(200).says("初审合格，待上报");
        city.out_of_turn(&here, &format!("{here}/review"), &met, "初审合格，待上报", "第八条（二）").await;
    }
    until(app, "2027-05-20T09:00:00");
    let mut approver = app.sign_in("city_approver").await;
    approver.get("/admission/forwarding").await.is(200).says("上报 3 件");
    let forwarded = approver.offered("/admission/forwarding", "/admission/forwarding", &[], &[]).await;
    approver.follow(&forwarded).await.is(200).says_not("市级迟报");
}

async fn accepted(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    for id in 1..=3 {
        let here = format!("/admission/applications/{id}");
        province.get(&here).await.is(200).says("省受理中");
        let accepted = province.offered(&here, &format!("{here}/acceptance"), &[], &[]).await;
        province.follow(&accepted).await.is(200).says("评审中");
    }
    for (name, ..) in UNITS {
        app.sign_in(name).await.get("/general/papers").await.is(200).says("受理通知书");
    }
}

/// A panel drawn and marking blind, the shortlist, the public notice.
async fn shortlisted(app: &TestApp) -> i64 {
    until(app, "2027-06-10T09:00:00");
    let mut clerk = app.sign_in("province").await;
    let (panel, experts) = selection::panel(app, &mut clerk).await;
    let page = format!("/admission/panels/{panel}");
    let close = format!("{page}/closure");
    clerk.refused(&page, &close, &[], "尚未提交全部评分，不能汇总", "第八条（三）").await;
    for mut expert in experts {
        for id in 1..=3 {
            selection::review(&mut expert, id, 10 - 3 * id, "1").await;
        }
        let (page, again) = ("/admission/reviews/1", [("agree", "0"), ("opinion", "改为不同意")]);
        expert.out_of_turn(page, &format!("{page}/submission"), &again, "锁定，不能再改", "第八条（三）").await;
    }
    clerk.offered(&page, &close, &[], &[]).await;
    let (list, chosen) = ("/admission/selection/1/shortlist", [("chosen", "1"), ("chosen", "2"), ("chosen", "3")]);
    clerk.offered(list, list, &chosen, &[]).await;
    until(app, "2027-06-11T10:00:00");
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/admission/selection/1/notice").await.is(200).says("示例单位luntai");
    let desk =
        [("office", "公平贸易处"), ("phone", "0531-00000000"), ("email", "a@example.org"), ("address", "示例路")];
    approver.post("/admission/selection/1/notice", &desk).await.number_after("/admission/notices/")
}

/// Five working days from Monday 14 June, one objection decided with reasons; then numbers, certificates, accounts.
async fn confirmed(app: &TestApp, notice: i64) {
    let page = format!("/admission/notices/{notice}");
    let act = format!("{page}/confirmation");
    let receipt = selection::object(app, notice, "2").await;
    until(app, "2027-06-18T23:59:59");
    let mut approver = app.sign_in("province_approver").await;
    approver.refused(&page, &act, &[], "公示期至 2027-06-18 24时，公示期未满", "第八条（四）").await;
    until(app, "2027-06-19T00:00:00");
    approver.refused(&page, &act, &[], "尚有 1 件异议没有处理完毕", "第八条（四）").await;
    let mut reviewer = app.sign_in("province_reviewer").await;
    let (objection, decide) = (format!("{page}/objections/1"), format!("{page}/objections/1/ruling"));
    let ruling = [("ruling", "dismissed"), ("reason", "经实地核实，办公场所属实。")];
    reviewer.offered(&objection, &decide, &ruling, &[]).await;
    app.browser().get(&receipt).await.is(200).says("办公场所属实");
    approver.get(&page).await.is(200).says("value=\"37-003\"").says("value=\"37-005\"");
    let fields: Vec<(String, String)> = (1..=3)
        .zip(UNITS)
        .flat_map(|(id, (_, _, name, _))| {
            [(format!("number-{id}"), format!("37-00{}", id + 2)), (format!("name-{id}"), name.to_owned())]
        })
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let done = approver.offered(&page, &act, &fields, &[]).await;
    assert!(done.location().ends_with("?done=stations_confirmed"));
    approver.refused(&page, &act, &fields, "没有待确认的申请", "第八条（四）").await;
    let mut anyone = app.browser();
    for (number, (manager, _, name, _)) in ["37-003", "37-004", "37-005"].into_iter().zip(UNITS) {
        anyone.get(&format!("/public/certificates/{number}")).await.is(200).says(name).says("有效");
        signed(app, manager, name).await;
    }
}

async fn signed(app: &TestApp, manager: &str, name: &str) -> Client {
    let mut browser = app.sign_in(manager).await;
    browser.get("/desk").await.is(200).says(name).says("工作站管理员");
    browser.get("/general/papers").await.is(200).says("关于确认");
    browser
}
