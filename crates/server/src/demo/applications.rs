//! A round of applications on both ways, at several stages: every unit invented, every act as it is done for real.

use anyhow::Context as _;
use bytes::Bytes;
use jiff::civil::{Date, date};
use jiff::{Timestamp, civil::DateTime};
use regulation::admission::form::{CONDITIONS, Typed, Unit};
use regulation::admission::{Desk, Route, Step};
use regulation::general::{Actor, Due, Mandate, Role, Subject, Verb, Workdays, may};
use regulation::law::Edition;
use store::admission::{Applicant, Application, Draft, NewApplication, NewCheck, NewRound};
use store::files::{Stored, Upload};
use store::general::NewAccount;
use store::{Objects, Store};

/// One sample applicant: username, unit, kind, code, industry with its class and chapters, how far it came.
struct Sample {
    username: &'static str,
    name: &'static str,
    unit: Unit,
    uscc: &'static str,
    industry: (&'static str, &'static str, &'static str),
    route: Route,
    steps: usize,
}

const SAMPLES: [Sample; 4] = [
    Sample {
        username: "applicant1",
        name: "示例省日用陶瓷行业协会",
        unit: Unit::Association,
        uscc: "51370000MJD0000013",
        industry: ("日用陶瓷制造", "307", "69"),
        route: Route::Direct,
        steps: 2,
    },
    Sample {
        username: "applicant2",
        name: "示例玻璃纤维有限公司",
        unit: Unit::Firm,
        uscc: "91370500MA00000025",
        industry: ("玻璃纤维制造", "306", "70"),
        route: Route::City,
        steps: 3,
    },
    Sample {
        username: "applicant3",
        name: "示例家具商会",
        unit: Unit::Association,
        uscc: "51370500MJD0000030",
        industry: ("木质家具制造", "211", "94"),
        route: Route::City,
        steps: 2,
    },
    Sample {
        username: "applicant4",
        name: "示例贸易法律服务中心",
        unit: Unit::Service,
        uscc: "52370500MJD0000049",
        industry: ("商务服务", "729", "84、85"),
        route: Route::City,
        steps: 1,
    },
];

/// The sample applicants' accounts.
pub fn lines() -> impl Iterator<Item = (Role, String)> {
    SAMPLES.iter().map(|sample| (Role::Applicant, sample.username.to_owned()))
}

/// Who acts, when.
struct Stagehand<'a> {
    store: &'a Store,
    year: i16,
    city: String,
}

impl Stagehand<'_> {
    fn actor(&self, role: Role, account: i64, name: &str) -> Actor {
        let city = role.of_city().then(|| self.city.clone());
        Actor { account, name: name.to_owned(), role, city, ..Actor::public() }
    }

    fn may(&self, actor: &Actor, verb: Verb, subject: &Subject, on: Date) -> anyhow::Result<Mandate> {
        // Every step of the sample is its own person's.
        may(actor, verb, &subject.clone().after(Vec::new()), on).map_err(|refusal| anyhow::anyhow!("{refusal}"))
    }

    fn at(&self, month: i8, day: i8) -> anyhow::Result<(DateTime, Timestamp)> {
        let civil = date(self.year, month, day).at(10, 0, 0, 0);
        Ok((civil, store::china().to_timestamp(civil)?))
    }

    async fn step(
        &self,
        actor: &Actor,
        verb: Verb,
        a: &Application,
        step: Step,
        note: &str,
        day: (i8, i8),
    ) -> anyhow::Result<()> {
        let (civil, at) = self.at(day.0, day.1)?;
        let subject =
            Subject { city: Some(a.city.clone()), account: Some(a.account_id), ..Subject::whole("application", a.id) };
        let mandate = self.may(actor, verb, &subject, civil.date())?;
        let mut tx = self.store.begin(&mandate, at).await?;
        if matches!(step, Step::Submit { .. }) {
            tx.add_application_version(a, "[]", &format!("{}-1", a.number)).await?;
        }
        if matches!(step, Step::Pass { .. }) {
            let tick = |(item, _): &(&'static str, &'static str)| NewCheck { item, met: true, note: String::new() };
            tx.add_application_checks(a, "city", &CONDITIONS.iter().map(tick).collect::<Vec<_>>()).await?;
        }
        tx.step_application(a.id, step, note).await?.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
        tx.commit().await?;
        Ok(())
    }
}

/// The newest round whose April is over, and its applications.
///
/// # Errors
/// Fails when the database or the storage does.
pub async fn write(store: &Store, objects: &Objects, edition: &Edition, hash: &str, today: Date) -> anyhow::Result<()> {
    let year = if today >= date(today.year(), 5, 1) { today.year() } else { today.year() - 1 };
    let city = edition.head.areas.get(4).or(edition.head.areas.first()).context("没有设区市")?.code.clone();
    let hand = Stagehand { store, year, city };
    let round = round(&hand, edition).await?;
    let proof = objects.put(proof()).await?;
    for sample in &SAMPLES {
        apply(&hand, round, sample, hash, &proof).await?;
    }
    Ok(())
}

fn proof() -> Upload {
    Upload {
        file_name: "证明材料（示例）.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: Bytes::from_static("示例证明材料，仅供试用。\n".as_bytes()),
    }
}

async fn round(hand: &Stagehand<'_>, edition: &Edition) -> anyhow::Result<i64> {
    let (civil, at) = hand.at(3, 2)?;
    let approver = hand.actor(Role::ProvinceApprover, 0, "示例审批");
    let mandate = hand.may(&approver, Verb::OpenRound, &Subject::whole("admission_round", 0), civil.date())?;
    open(hand.store, edition, &mandate, hand.year, at).await
}

/// Opens a year's round and publishes its call.
///
/// # Errors
/// Fails when the database does.
pub async fn open(
    store: &Store,
    edition: &Edition,
    mandate: &Mandate,
    year: i16,
    at: Timestamp,
) -> anyhow::Result<i64> {
    let workdays: Workdays = store.workdays().await?;
    let day = |id: &str| edition.due(id, year, &workdays).map(|due| store::day_number(due.on)).context("日期");
    let new = NewRound {
        year: i64::from(year),
        name: format!("{year}年度工作站申报"),
        edition_id: edition.head.id.clone(),
        city_due: day("application.city")?,
        direct_due: day("application.direct")?,
        forwarding_due: day("forwarding.city")?,
        review_due: day("review.expert")?,
        contact: "示例处室 0531-00000000".to_owned(),
    };
    let mut tx = store.begin(mandate, at).await?;
    let id = tx.open_round(&new).await?;
    let call = crate::admission::rounds::call(edition, id, &new, store::day_of(at))?;
    crate::admission::rounds::announce(&mut tx, id, &call).await?;
    tx.commit().await?;
    Ok(id)
}

async fn apply(hand: &Stagehand<'_>, round: i64, sample: &Sample, hash: &str, proof: &Stored) -> anyhow::Result<()> {
    let (civil, at) = hand.at(4, 1)?;
    let public = hand.may(&Actor::public(), Verb::RegisterApplicant, &Subject::whole("applicant", 0), civil.date())?;
    let mut tx = hand.store.begin(&public, at).await?;
    let account = NewAccount {
        username: sample.username.to_owned(),
        display_name: sample.name.to_owned(),
        role: Role::Applicant,
        city: None,
        county: None,
        station: None,
        password_hash: hash.to_owned(),
        must_change: false,
    };
    let account = tx.add_account(&account).await?;
    let applicant = Applicant {
        account_id: account,
        name: sample.name.to_owned(),
        uscc: sample.uscc.to_owned(),
        unit: sample.unit.key().to_owned(),
        city: hand.city.clone(),
        county: None,
        contact: "示例甲".to_owned(),
        phone: "13800000000".to_owned(),
        registered_at: 0,
    };
    tx.add_applicant(&applicant).await?;
    tx.commit().await?;

    let actor = hand.actor(Role::Applicant, account, sample.name);
    let id = fill(hand, round, sample, &actor, &applicant, proof).await?;
    let found = hand.store.application(&regulation::general::Scope::Nothing, account, id).await?;
    let a = found.context("申请")?;
    let clerk = hand.actor(Role::CityClerk, 0, "示例市局经办");
    let province = hand.actor(Role::ProvinceClerk, 0, "示例省厅经办");
    let due = Due::day(date(hand.year, 4, 30));
    let submit = Step::Submit { at: hand.at(4, 8)?.0, route: sample.route, due, gaps: 0 };
    hand.step(&actor, Verb::FileApplication, &a, submit, "", (4, 8)).await?;
    let back = Step::Return { by: Desk::City, due: date(hand.year, 4, 20), before: 0, most: 1 };
    let approver = hand.actor(Role::CityApprover, 0, "示例市局审批");
    match (sample.route, sample.steps) {
        (Route::Direct, _) => {
            hand.step(&province, Verb::AcceptApplication, &a, Step::Accept, "", (4, 18)).await?;
        }
        (Route::City, 3) => {
            let pass = Step::Pass { unmet: 0 };
            hand.step(&clerk, Verb::CheckApplication, &a, pass, "逐项核实，情况属实。", (4, 12)).await?;
            hand.step(&approver, Verb::ForwardApplications, &a, Step::Forward, "", (4, 15)).await?;
        }
        (Route::City, 2) => {
            hand.step(&clerk, Verb::CheckApplication, &a, Step::Pass { unmet: 0 }, "条件符合。", (4, 12)).await?;
        }
        (Route::City, _) => {
            hand.step(&clerk, Verb::CheckApplication, &a, back, "补充近三年业务清单。", (4, 13)).await?;
        }
    }
    Ok(())
}

async fn fill(
    hand: &Stagehand<'_>,
    round: i64,
    sample: &Sample,
    actor: &Actor,
    applicant: &Applicant,
    proof: &Stored,
) -> anyhow::Result<i64> {
    let (civil, at) = hand.at(4, 2)?;
    let subject = Subject::own_account("application", actor.account);
    let mandate = hand.may(actor, Verb::FileApplication, &subject, civil.date())?;
    let (industry, code, chapters) = sample.industry;
    let mut typed = Typed::new();
    for field in regulation::admission::form::fields(sample.unit).filter(|field| field.needed) {
        use regulation::admission::form::Shape;
        let value = match field.shape {
            Shape::Whole => "12",
            Shape::Web => "https://yj.example.cn",
            Shape::Yes => "1",
            Shape::Choice(choices) => choices.first().map_or("", |(key, _)| *key),
            Shape::Line | Shape::Text => "示例",
        };
        typed.insert(field.id.to_owned(), value.to_owned());
    }
    let station = format!("{industry}工作站（示例）");
    let pairs = [
        ("station_name", station.as_str()),
        ("region_code", &hand.city),
        ("office_address", "示例路1号"),
        ("industry", industry),
        ("industry_code", code),
        ("hs_chapters", chapters),
        ("contact", &applicant.contact),
        ("phone", &applicant.phone),
        ("uscc_note", "示例代码"),
    ];
    typed.extend(pairs.map(|(id, value)| (id.to_owned(), value.to_owned())));
    let form = serde_json::to_string(&typed)?;
    let new = NewApplication {
        round,
        year: i64::from(hand.year),
        account: actor.account,
        name: applicant.name.clone(),
        uscc: applicant.uscc.clone(),
        kind: applicant.unit.clone(),
        city: applicant.city.clone(),
        county: None,
        form: form.clone(),
    };
    let draft = Draft {
        route: sample.route.key().to_owned(),
        direct_ground: if sample.route == Route::Direct { "province_wide" } else { "" }.to_owned(),
        station_name: station,
        industry_code: code.to_owned(),
        industry: industry.to_owned(),
        hs_chapters: chapters.to_owned(),
        address: "示例路1号".to_owned(),
        website: "https://yj.example.cn".to_owned(),
        form,
        ..Draft::default()
    };
    let mut tx = hand.store.begin(&mandate, at).await?;
    let id = tx.begin_application(&new).await?;
    tx.save_application(id, "draft", &draft).await?;
    for (item, _) in CONDITIONS.iter().filter(|(item, _)| *item != "7") {
        tx.add_application_files(id, item, std::slice::from_ref(proof)).await?;
    }
    tx.commit().await?;
    Ok(id)
}
