//! Official documents as files: who gets them, and that one document is always the same file.

use std::time::Duration;

use papers::official::{Document, to_docx};
use regulation::general::{Actor, Subject, Verb, may};
use store::general::{NewPaper, NewPublication};

use crate::app::TestApp;
use crate::people;

const NOTICE: &str = "标志：示例省商务厅\n标题：未参加年度检查告知书\n主送：示例轮胎工作站\n落款：示例省商务厅\n\
                      日期：2026年9月18日\n\n你单位未在期限内报送年度评估材料。\n一、事实\n（一）经过\n逾期未报。\n";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A paper served on the first station, one on the applicant's account, and a notice before the public.
async fn issue(app: &TestApp) -> (i64, i64, i64) {
    let subject = Subject::whole("station", 0);
    let today = store::day_of(app.now());
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, today).expect("allowed");
    let applicant = app.store().account_by_name("applicant").await.expect("read").expect("account");
    let served = NewPaper {
        kind: "notice.absence",
        noun: "station",
        noun_id: people::STATION,
        station: Some(people::STATION),
        city: Some(people::CITY.to_owned()),
        title: "未参加年度检查告知书".to_owned(),
        content: NOTICE.to_owned(),
        served: true,
        ..NewPaper::default()
    };
    let to_account = NewPaper { station: None, city: None, account: Some(applicant.id), ..served.clone() };
    let notice = NewPublication {
        kind: "notice",
        noun: "station",
        noun_id: people::STATION,
        title: "未参加年度检查告知书".to_owned(),
        content: NOTICE.to_owned(),
        until_day: Some(20_260_930),
    };
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    let served = tx.add_paper(&served).await.expect("paper");
    let to_account = tx.add_paper(&to_account).await.expect("paper");
    let notice = tx.publish(&notice).await.expect("published");
    tx.commit().await.expect("commit");
    (served, to_account, notice)
}

async fn a_served_document_is_a_file_for_those_who_may_see_it(app: &TestApp) {
    let (served, to_account, _) = issue(app).await;
    let docx = to_docx(&Document::parse(NOTICE).expect("parses")).expect("written");
    let place = format!("/general/papers/{served}");
    for name in ["station001", "station001clerk", "province", "city", "county"] {
        let mut browser = app.sign_in(name).await;
        let links = [format!("{place}/document.docx"), format!("{place}/document.pdf")];
        let page = browser.get(&place).await;
        page.is(200).says(&format!("href=\"{}\"", links[0])).says(&format!("href=\"{}\"", links[1]));
        let file = browser.get(&links[0]).await;
        assert_eq!(file.is(200).header("content-type"), DOCX);
        assert!(file.header("content-disposition").starts_with("attachment; filename*=UTF-8''%E6%9C%AA"));
        assert!(file.bytes == docx, "{name}: the frozen text as .docx");
        let file = browser.get(&links[1]).await;
        assert_eq!(file.is(200).header("content-type"), "application/pdf");
        assert!(file.bytes.starts_with(b"%PDF-"));
    }
    for name in ["station002", "other_city", "applicant"] {
        let mut browser = app.sign_in(name).await;
        for ending in ["docx", "pdf"] {
            browser.get(&format!("{place}/document.{ending}")).await.is(404);
        }
    }
    let mut applicant = app.sign_in("applicant").await;
    applicant.get(&format!("/general/papers/{to_account}/document.docx")).await.is(200);
    app.sign_in("other_city").await.get(&format!("/general/papers/{to_account}/document.pdf")).await.is(404);
}

/// What stands above the red head is the issuing office's to give, on its copy alone.
async fn the_head_is_given_by_the_office_that_issues(app: &TestApp) {
    let (served, ..) = issue(app).await;
    let place = format!("/general/papers/{served}");
    let with = |query: &str| format!("{place}/document.docx?{query}");
    let mut city = app.sign_in("city").await;
    city.get(&place).await.is(200).says("下载带版头的 .docx");
    app.sign_in("station001").await.get(&place).await.is(200).says_not("下载带版头的 .docx");
    let head = Document::parse(NOTICE).expect("parses").headed("000001", "加急", "示例签发人").expect("a head");
    let file = city
        .get(&with("copy=000001&urgency=%E5%8A%A0%E6%80%A5&signer=%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%8F%91%E4%BA%BA"))
        .await;
    assert!(file.is(200).bytes == to_docx(&head).expect("written"));
    city.get(&with("copy=1")).await.is(422).says("份号应为6位数字");
    city.get(&with("urgency=now")).await.is(422).says("紧急程度应为特急或者加急");
    city.get(&with(&format!("signer={}", "a".repeat(21)))).await.is(422).says("签发人应为姓名，不超过20字");
    let file = city.get(&format!("{place}/document.docx")).await;
    assert!(
        file.is(200).bytes == to_docx(&Document::parse(NOTICE).expect("parses")).expect("written"),
        "as it was made"
    );
}

/// Days later, after a restart, under another name of the station: the same bytes.
async fn one_document_is_always_the_same_file(app: &TestApp) {
    let (served, ..) = issue(app).await;
    let path = format!("/general/papers/{served}/document.pdf");
    let first = app.sign_in("station001").await.get(&path).await;
    first.is(200);
    app.wait(Duration::from_secs(40 * 86_400));
    let again = app.restarted(|_| {}).await;
    let second = again.sign_in("province").await.get(&path).await;
    assert!(second.is(200).bytes == first.bytes);
}

async fn everyone_may_keep_a_public_notice(app: &TestApp) {
    let (.., notice) = issue(app).await;
    let mut browser = app.browser();
    let path = format!("/public/notices/{notice}/document.pdf");
    browser.get(&format!("/public/notices/{notice}")).await.is(200).says(&format!("href=\"{path}\""));
    let file = browser.get(&path).await;
    assert!(file.is(200).bytes.starts_with(b"%PDF-"));
    browser.get(&format!("/public/notices/{}/document.pdf", notice + 1)).await.is(404);
    // A served paper of the same text is not the public's.
    assert!(browser.get("/general/papers/1/document.pdf").await.location().starts_with("/login"));
}

on_both!(
    a_served_document_is_a_file_for_those_who_may_see_it,
    the_head_is_given_by_the_office_that_issues,
    one_document_is_always_the_same_file,
    everyone_may_keep_a_public_notice,
);
