//! A sample province: invented names only, marked 示例, the same for the same seed.

use regulation::general::{Actor, Role, Subject, Verb, may};
use store::duties::NewStation;
use store::general::NewAccount;
use store::{Objects, Store};

use crate::clock::Clock;
use crate::{auth, editions};

/// Password of every demo account: the demo is for trying out, on a loopback address.
const PASSWORD: &str = "Fengsui-2026";

/// One line of what `fengsui demo` prints.
#[derive(Clone, Debug)]
pub struct AccountLine {
    pub role: &'static str,
    pub username: String,
    pub password: &'static str,
}

/// Makes the sample province once and returns its accounts.
///
/// # Errors
/// Fails when the database or the storage does.
pub async fn prepare(store: &Store, _objects: &Objects, clock: &Clock, stations: u32, _seed: u64) -> anyhow::Result<Vec<AccountLine>> {
    let edition = editions::Editions::default().newest(store).await?;
    let hash = auth::hash_now(PASSWORD)?;
    let mut accounts = Vec::new();
    let actor = Actor::operator();
    let registry = may(&actor, Verb::MaintainRegistry, &Subject::whole("station", 0), clock.today())?;
    let account = may(&actor, Verb::CreateAccount, &Subject::whole("account", 0), clock.today())?;
    for n in 0..stations {
        let area = &edition.head.areas[n as usize % edition.head.areas.len()];
        let mut tx = store.begin(&registry, clock.now()).await?;
        let id = tx
            .add_station(&NewStation {
                number: format!("37-{:03}", n + 1),
                name: format!("示例工作站{}", n + 1),
                host_name: format!("示例协会{}", n + 1),
                city: area.code.clone(),
                managed_by: "city".into(),
                confirmed_on: 20240901,
                source: "demo".into(),
                ..NewStation::default()
            })
            .await?;
        tx.commit().await?;
        let mut tx = store.begin(&account, clock.now()).await?;
        let username = format!("station{:03}", n + 1);
        tx.add_account(&new_account(&username, Role::StationManager, None, Some(id), &hash)).await?;
        tx.commit().await?;
        accounts.push(AccountLine { role: Role::StationManager.key(), username, password: PASSWORD });
    }
    Ok(accounts)
}

fn new_account(username: &str, role: Role, city: Option<String>, station: Option<i64>, hash: &str) -> NewAccount {
    NewAccount {
        username: username.to_owned(),
        display_name: format!("示例{}", role.name()),
        role,
        city,
        county: None,
        station,
        password_hash: hash.to_owned(),
        must_change: false,
    }
}
