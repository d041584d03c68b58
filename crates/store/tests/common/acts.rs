//! Writes that many tests need, each under the mandate it takes.

use std::path::Path;

use regulation::general::{Actor, Manager, Mandate, Placed, Role, Subject, Verb};
use regulation::law::{Edition, Files};
use store::appraisal::{NewEntry, Supersede};
use store::duties::NewStation;
use store::general::NewAccount;
use store::{Result, Tx};

use super::{Db, allowed, day, of_province, of_station};

pub const YEAR: i64 = 2026;

/// One write: begin, work, commit.
pub async fn act<T>(
    db: &Db,
    mandate: &Mandate,
    work: impl for<'a, 'm> AsyncFnOnce(&'a mut Tx<'m>) -> Result<T>,
) -> Result<T> {
    let mut tx = db.store.begin(mandate, db.now()).await?;
    let value = work(&mut tx).await?;
    tx.commit().await?;
    Ok(value)
}

pub fn entry_of(kind: &str, on_day: i64, count: i64) -> NewEntry {
    let (kind, title) = (kind.to_owned(), format!("{kind} {on_day}"));
    NewEntry { kind, on_day, count, title, keep_until: 20_361_231, source: "form", ..NewEntry::default() }
}

impl Db {
    pub async fn station_in(&self, number: &str, city: &str, county: Option<&str>) -> Placed {
        let new = NewStation {
            number: number.to_owned(),
            name: format!("{number}工作站"),
            city: city.to_owned(),
            county: county.map(str::to_owned),
            managed_by: Manager::City.key().to_owned(),
            confirmed_on: day(1, 1),
            ..NewStation::default()
        };
        let mandate = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
        let id = act(self, &mandate, async |tx| tx.add_station(&new).await).await.expect("station");
        Placed { id, city: new.city, county: new.county, manager: Manager::City }
    }

    pub async fn station(&self) -> Placed {
        self.station_in("370500001", super::CITY, Some(super::COUNTY)).await
    }

    pub async fn account(&self, username: &str, role: Role) -> Result<i64> {
        let new = NewAccount {
            username: username.to_owned(),
            display_name: format!("{username}的名字"),
            role,
            city: None,
            county: None,
            station: None,
            password_hash: "hash".to_owned(),
            must_change: true,
        };
        let mandate = allowed(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", 0));
        act(self, &mandate, async |tx| tx.add_account(&new).await).await
    }

    pub async fn entry(&self, station: &Placed, kind: &str, on_day: i64, count: i64) -> i64 {
        let subject = Subject::of_station("ledger_entry", 0, station);
        let mandate = allowed(&of_station(Role::StationClerk, station), Verb::FileEntry, &subject);
        let new = entry_of(kind, on_day, count);
        act(self, &mandate, async |tx| tx.add_entry(station, &new, None).await).await.expect("entry")
    }

    pub async fn correct(&self, station: &Placed, old: i64, new: &NewEntry) -> Result<i64> {
        self.supersede(station, Supersede { entry: old, void: false }, new).await
    }

    pub async fn withdraw(&self, station: &Placed, old: i64) -> Result<i64> {
        let new = entry_of("warning.published", day(1, 1), 0);
        self.supersede(station, Supersede { entry: old, void: true }, &new).await
    }

    async fn supersede(&self, station: &Placed, supersede: Supersede, new: &NewEntry) -> Result<i64> {
        let subject = Subject::of_station("ledger_entry", supersede.entry, station);
        let mandate = allowed(&of_station(Role::StationClerk, station), Verb::CorrectEntry, &subject);
        act(self, &mandate, async |tx| tx.add_entry(station, new, Some(supersede)).await).await
    }

    /// Loads the draft edition and opens the year under it.
    pub async fn cycle(&self) -> store::appraisal::Cycle {
        let load = allowed(&Actor::operator(), Verb::LoadEdition, &Subject::whole("edition", 0));
        act(self, &load, async |tx| tx.add_edition("draft", &draft_files()).await).await.expect("edition");
        let subject = Subject::whole("cycle", YEAR);
        let open = allowed(&of_province(Role::ProvinceApprover), Verb::OpenCycle, &subject);
        act(self, &open, async |tx| tx.open_cycle(&store::appraisal::NewCycle::usual(YEAR, "draft", 600)).await)
            .await
            .expect("cycle");
        self.store.cycle(YEAR).await.expect("read").expect("open")
    }
}

/// The draft edition as it ships.
pub fn draft() -> Edition {
    Edition::parse(&draft_files()).expect("the draft edition is consistent")
}

pub fn draft_files() -> Files {
    let mut files = Files::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/draft");
    for entry in std::fs::read_dir(folder).expect("edition folder") {
        let path = entry.expect("entry").path();
        if path.is_file() {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
    files
}
