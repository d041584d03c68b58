//! Early warning as the sample has it: foreign notices as they came in some days ago, signals at the stations' doors, warnings
//! published by the first stations, letters to their firms and some answers. The notices are made up, in the form of the
//! Federal Register.

use anyhow::Context;
use feeds::Source;
use jiff::ToSpan as _;
use jiff::civil::Date;
use regulation::general::{Actor, Mandate, Scope, Subject, Verb, may};
use serde_json::json;
use store::duties::{Outcome, SignalFilter, WarningText};

use super::cast::Cast;
use super::when;
use crate::app::App;
use crate::duties::feeds::intake::{Document, read, take};
use crate::duties::feeds::publisher;
use crate::duties::warnings::publishing::put_out;
use crate::error::Fault;

/// What was published how many days ago: title, docket, days until comments close.
const NOTICES: [(&str, &str, i64, Option<i64>); 9] = [
    (
        "Passenger Vehicle and Light Truck Tires From the People's Republic of China: Initiation of Five-Year (Sunset) Review",
        "A-570-991",
        9,
        Some(21),
    ),
    (
        "Certain Fasteners From the People's Republic of China: Initiation of Less-Than-Fair-Value Investigation",
        "A-570-992",
        8,
        Some(12),
    ),
    (
        "Boltless Steel Shelving Units From the People's Republic of China: Preliminary Results of Antidumping Duty Administrative Review",
        "A-570-993",
        6,
        None,
    ),
    (
        "Garlic From the People's Republic of China: Final Results of Antidumping Duty Administrative Review",
        "A-570-994",
        5,
        None,
    ),
    (
        "Crystalline Silicon Photovoltaic Cells From the People's Republic of China: Initiation of Circumvention Inquiry",
        "A-570-995",
        4,
        Some(26),
    ),
    (
        "Carbon and Alloy Steel Wire Rod From Brazil: Final Results of Antidumping Duty Administrative Review",
        "A-351-997",
        3,
        None,
    ),
    (
        "Hardwood Plywood From the People's Republic of China: Continuation of Antidumping Duty Order",
        "A-570-998",
        2,
        None,
    ),
    (
        "Certain Submarine Lanterns From the People's Republic of China: Institution of Investigation",
        "A-570-999",
        1,
        Some(30),
    ),
    (
        "Truck and Bus Tires From the People's Republic of China: Preliminary Affirmative Countervailing Duty Determination",
        "C-570-996",
        1,
        Some(18),
    ),
];

/// Writes the sample's notices, signals and warnings.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let today = app.clock.today();
    let back = |days: i64| today.checked_sub(days.days()).context("a day of the sample");
    let clerk = cast.person("province")?;
    for (place, &(title, docket, ago, closes)) in NOTICES.iter().enumerate() {
        let on = back(ago)?;
        let bytes = document(title, docket, place, on, closes.map(|days| on.saturating_add(days.days())))?;
        let file_name = format!("federal-register-{on}-{place}.json");
        let document =
            Document { source: Source::UsFrJson, origin: "upload", file_name, bytes, station: None, mapping: None };
        let mandate = may(clerk, Verb::LoadNotices, &Subject::whole("intake", 0), on)?;
        let read = read(&document).await?;
        // Of this morning none has come before now.
        let mut tx = app.store.begin(&mandate, when(on.tomorrow()?, 8, 40).min(app.clock.now())).await?;
        take(app, &mut tx, &document, &read).await?;
        tx.commit().await?;
    }
    for (place, post) in cast.posts.iter().take(4).enumerate() {
        let inbox = Scope::Stations(vec![post.placed.id]);
        let open = SignalFilter { stage: Some("open"), ..SignalFilter::default() };
        let Some(signal) = app.store.signals(&inbox, &open, i64::MAX, 20).await?.pop() else { continue };
        let arrived = store::day_of(store::instant_from(signal.arrived_at));
        // What came today waits: its day is not over.
        if arrived == today {
            continue;
        }
        let text = text(app, &signal, post.plan.trade.name).await?;
        let allowed =
            |verb, noun, id| allowed(&post.manager, verb, &Subject::of_station(noun, id, &post.placed), arrived);
        let (draft, accept) =
            (allowed(Verb::DraftWarning, "warning", 0)?, allowed(Verb::HandleSignal, "signal", signal.id)?);
        let mut tx = app.store.begin(&draft, when(arrived, 9, 30)).await?;
        let id = tx.add_warning(&post.placed, (Some(signal.notice_id), Some(signal.id)), &text).await?;
        tx.proceed(&accept, when(arrived, 9, 30)).await?;
        tx.settle_signal(&signal, "accepted", "").await?;
        tx.note(format!("《{}》采用，编写预警《{}》", signal.title, text.title));
        tx.commit().await?;
        // One stays a draft, so that there is one to look at.
        if place == 3 {
            continue;
        }
        let warning = app.store.warning(&inbox, id).await?.context("a warning of the sample")?;
        let publish = allowed(Verb::PublishWarning, "warning", id)?;
        put_out(app, &publish, &warning, &text, when(arrived, 10, 15)).await.map_err(broken)?;
        answers(app, arrived).await?;
    }
    Ok(())
}

fn allowed(actor: &Actor, verb: Verb, subject: &Subject, on: Date) -> anyhow::Result<Mandate> {
    Ok(may(actor, verb, subject, on)?)
}

fn broken(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{fault:?}")
}

/// One document as the Federal Register's API gives it.
fn document(title: &str, docket: &str, place: usize, on: Date, closes: Option<Date>) -> anyhow::Result<bytes::Bytes> {
    let number = format!("{}-9{:04}", on.year(), place + 1);
    let document = json!({
        "title": format!("{title} (Sample)"), "type": "Notice", "document_number": number, "publication_date": on.to_string(),
        "html_url": format!("https://www.federalregister.gov/documents/{}/{number}", on.strftime("%Y/%m/%d")),
        "agencies": [{ "raw_name": "DEPARTMENT OF COMMERCE", "name": "Commerce Department (示例)" }],
        "docket_ids": [docket], "comments_close_on": closes.map(|on| on.to_string()), "abstract": "Sample.",
    });
    Ok(serde_json::to_vec(&json!({ "count": 1, "total_pages": 1, "results": [document] }))?.into())
}

/// What a station makes of a signal.
async fn text(app: &App, signal: &store::duties::Signal, industry: &str) -> anyhow::Result<WarningText> {
    let notice = app.store.trade_notice(signal.notice_id).await?.context("a notice of the sample")?;
    let codes = app.store.notice_codes(&[notice.id]).await?;
    let headline = crate::duties::feeds::headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?;
    let (level, _) = crate::duties::signals::proposed(app, signal);
    Ok(WarningText {
        level: level.key().to_owned(),
        title: format!("{headline}（示例）"),
        kind: notice.kind.clone(),
        market: "美国".to_owned(),
        industry: industry.to_owned(),
        summary: format!("美国商务部公告，对自中国进口的{industry}产品{}（示例）。", said(&notice.kind, &notice.stage)),
        products: format!("{industry}产品"),
        hs_codes: codes.iter().map(|code| code.code.clone()).collect::<Vec<_>>().join(","),
        advice: "核对是否出口过上列税号产品，三日内回执。\n拟应诉的，指定联系人，保存订单、报关单和成本资料。\n不应诉的，了解可能适用的税率后果。".to_owned(),
        respond_on: notice.deadline_on,
        source_title: format!("{}公告：{}", publisher(&notice.source, &notice.authority), notice.title),
        source_url: notice.url,
        source_on: notice.published_on,
        source_sha256: notice.raw_sha256,
        captured_at: Some(notice.received_at),
        notes: "已与省厅电话沟通（示例）。".to_owned(),
    })
}

/// What the sample says of a notice: no two of its warnings are one text with another product.
fn said(kind: &str, stage: &str) -> &'static str {
    match (kind, stage) {
        ("反规避", _) => "立案，审查经第三国完成或者组装的货物是否规避现行措施，有关货物进口时可能须提交原产证明",
        (_, "立案") => "立案调查。将以数量和金额问卷选取强制应诉企业，没有答复问卷的，可能适用全国统一税率",
        (_, "日落复审") => {
            "启动五年一次的复审。国内产业没有参加的，现行税令取消；参加的，应诉企业须在规定期限内登记并提交实质答复"
        }
        (_, "行政复审") => "公布年度行政复审结果，列明复审期内各企业的税率，最终结果公布后按新税率征收保证金",
        _ => "发布公告，有关企业请核对出口记录和原产地证明",
    }
}

/// The letters as they went out, and what every third firm answered.
async fn answers(app: &App, on: Date) -> anyhow::Result<()> {
    let claimed = app.store.claim_deliveries(when(on, 10, 15), 2_000).await?;
    for (place, one) in claimed.iter().enumerate() {
        let outcome = Outcome::Sent { receipt: "250 2.0.0 Ok（示例）".to_owned() };
        app.store.settle_delivery((one.id, one.attempts), &outcome, when(on, 10, 16)).await?;
        if place % 3 != 0 {
            continue;
        }
        let delivery = app.store.delivery(one.id).await?.context("a delivery of the sample")?;
        let station = app.store.station(&Scope::All, delivery.station_id).await?.context("a station of the sample")?;
        let firm = Actor { name: delivery.firm.clone(), ..Actor::public() };
        let subject = Subject::of_station("delivery", delivery.id, &station.placed());
        let mandate = may(&firm, Verb::AnswerWarning, &subject, on)?;
        let (key, remark) =
            [("concerned", ""), ("not_concerned", "未出口过（示例）"), ("help", "拟应诉，请联系（示例）")]
                [place / 3 % 3];
        let mut tx = app.store.begin(&mandate, when(on, 11 + i64::try_from(place % 7)?, 20)).await?;
        tx.answer_delivery(&delivery, key, remark).await?;
        tx.note(format!("{}回执（示例）", delivery.firm));
        tx.commit().await?;
        if place == 6 {
            let mut tx = app.store.begin(&mandate, when(on, 17, 30)).await?;
            tx.add_consultation(
                &delivery,
                &station.placed(),
                "question",
                "未登记应诉的，以后还能申请单独税率吗？（示例）",
            )
            .await?;
            tx.note(format!("{}咨询（示例）", delivery.firm));
            tx.commit().await?;
        }
    }
    Ok(())
}
