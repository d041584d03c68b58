use jiff::{SignedDuration, Timestamp};
use regulation::general::{Actor, Role, Scope, Subject, Verb, scope};
use store::general::{Account, AccountFilter};

use crate::common::{Db, act, allowed, day, of_province, public, today};

/// An account reads back as written; a username in use is a duplicate; only the whole jurisdiction lists accounts.
async fn accounts_read_back_and_names_are_unique(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    db.account("li", Role::Expert).await.expect("account");
    let account = of(db, id).await;
    assert_eq!((account.username.as_str(), account.role.as_str()), ("zhang", "city_clerk"));
    assert_eq!((account.must_change, account.failures, account.locked_until), (1, 0, None));
    assert_eq!(db.store.account_by_name("zhang").await.expect("read").map(|a| a.id), Some(id));
    assert!(db.account("zhang", Role::Expert).await.expect_err("in use").is_duplicate());

    let listed = db.store.accounts(&Scope::All, &AccountFilter::default(), "", 10).await.expect("list");
    assert_eq!(listed.iter().map(|a| a.username.as_str()).collect::<Vec<_>>(), ["li", "zhang"]);
    assert_eq!(db.store.accounts(&Scope::All, &AccountFilter::default(), "li", 10).await.expect("list").len(), 1);
    let city = Scope::City("370500".into());
    assert!(db.store.accounts(&city, &AccountFilter::default(), "", 10).await.expect("list").is_empty());
    assert_eq!(db.store.count_accounts(&city, &AccountFilter::default()).await.expect("count"), 0);
    let experts = AccountFilter { role: Some(Role::Expert), text: Some("l".into()) };
    assert_eq!(db.store.count_accounts(&Scope::All, &experts).await.expect("count"), 1);
    let nobody = AccountFilter { text: Some("100%".into()), ..AccountFilter::default() };
    assert_eq!(db.store.count_accounts(&Scope::All, &nobody).await.expect("count"), 0);
}

async fn of(db: &Db, id: i64) -> Account {
    db.store.account(id).await.expect("read").expect("account")
}

/// Failures count, the fifth locks, and a good sign-in clears both; so does an unlock.
async fn the_fifth_failure_locks(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    let until = db.now() + SignedDuration::from_mins(10);
    for _ in 0..4 {
        db.store.count_failure(id, 5, until).await.expect("count");
    }
    assert_eq!((of(db, id).await.failures, of(db, id).await.locked_until), (4, None));
    db.store.count_failure(id, 5, until).await.expect("count");
    assert_eq!((of(db, id).await.failures, of(db, id).await.locked_until), (5, Some(until.as_millisecond())));

    sign_in(db, id, "t1").await;
    assert_eq!((of(db, id).await.failures, of(db, id).await.locked_until), (0, None));

    for _ in 0..5 {
        db.store.count_failure(id, 5, until).await.expect("count");
    }
    let admin = of_province(Role::SecurityAdmin);
    let mandate = allowed(&admin, Verb::GrantRole, &Subject::whole("account", id));
    act(db, &mandate, async |tx| tx.unlock(id).await).await.expect("unlock");
    assert_eq!((of(db, id).await.failures, of(db, id).await.locked_until), (0, None));
}

async fn sign_in(db: &Db, account: i64, token: &str) {
    let mandate = allowed(&public(), Verb::SignIn, &Subject::own_account("session", account));
    let opened = act(db, &mandate, async |tx| tx.open_session(token, "csrf", account, false).await).await;
    opened.expect("session");
}

fn own(account: i64, verb: Verb) -> regulation::general::Mandate {
    let actor = Actor { account, ..of_province(Role::CityClerk) };
    allowed(&actor, verb, &Subject::own_account("session", account))
}

/// A session reads with its account and actor; the second factor and signing out change only that session.
async fn a_session_knows_its_account(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    sign_in(db, id, "t1").await;
    sign_in(db, id, "t2").await;
    let session = db.store.session("t1").await.expect("read").expect("session");
    assert_eq!((session.account_id, session.csrf.as_str(), session.second_factor), (id, "csrf", 0));
    let actor = session.actor().expect("actor");
    assert_eq!((actor.role, actor.name.as_str()), (Role::CityClerk, "zhang的名字"));

    let factor = own(id, Verb::EnrolSecondFactor);
    act(db, &factor, async |tx| {
        tx.set_totp(id, "secret").await?;
        assert!(tx.take_totp_step(id, 7).await?, "a code is taken");
        assert!(!tx.take_totp_step(id, 7).await?, "and not again");
        Ok(())
    })
    .await
    .expect("secret");
    act(db, &factor, async |tx| tx.pass_second_factor("t1").await).await.expect("passed");
    assert_eq!(of(db, id).await.totp_secret.as_deref(), Some("secret"));
    let passed = async |token| db.store.session(token).await.expect("read").expect("session").second_factor;
    assert_eq!((passed("t1").await, passed("t2").await), (1, 0));

    let out = own(id, Verb::SignOut);
    act(db, &out, async |tx| tx.end_session("t1").await).await.expect("ended");
    assert!(db.store.session("t1").await.expect("read").is_none());
    assert!(db.store.session("t2").await.expect("read").is_some());
    assert!(db.store.session("unknown").await.expect("read").is_none());
}

/// A new password ends every other session; a new role and a disabled account end all of them.
async fn sessions_end_with_what_they_stood_on(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    let open = async |token| db.store.session(token).await.expect("read").is_some();
    sign_in(db, id, "kept").await;
    sign_in(db, id, "other").await;
    let change = own(id, Verb::ChangePassword);
    act(db, &change, async |tx| tx.set_password(id, "new", false, "kept").await).await.expect("password");
    assert_eq!((open("kept").await, open("other").await), (true, false));
    assert_eq!((of(db, id).await.password_hash.as_str(), of(db, id).await.must_change), ("new", 0));

    let grant = allowed(&of_province(Role::SecurityAdmin), Verb::GrantRole, &Subject::whole("account", id));
    let city = Some("370500".to_owned());
    let granted = act(db, &grant, async |tx| tx.grant_role(id, Role::CityApprover, city, None, None).await).await;
    granted.expect("granted");
    assert!(!open("kept").await);
    assert_eq!((of(db, id).await.role.as_str(), of(db, id).await.city.as_deref()), ("city_approver", Some("370500")));

    sign_in(db, id, "again").await;
    let disable = allowed(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", id));
    act(db, &disable, async |tx| tx.set_disabled(id, true).await).await.expect("disabled");
    assert!(!open("again").await && of(db, id).await.disabled_at.is_some());
    act(db, &disable, async |tx| tx.set_disabled(id, false).await).await.expect("enabled");
    assert!(of(db, id).await.disabled_at.is_none());
}

/// Sessions unused or too old go; one touched in time stays.
async fn stale_sessions_end(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    sign_in(db, id, "idle").await;
    sign_in(db, id, "used").await;
    let idle_since = db.now();
    db.store.touch_session("used", db.now()).await.expect("touch");
    let never = Timestamp::from_millisecond(0).expect("instant");
    assert_eq!(db.store.end_stale_sessions(idle_since, never).await.expect("end"), 1);
    assert!(db.store.session("used").await.expect("read").is_some());
    assert_eq!(db.store.end_stale_sessions(never, idle_since).await.expect("end"), 1);
    assert!(db.store.session("used").await.expect("read").is_none());
}

/// An assignment holds from its first day through its last, and assigning again moves both.
async fn an_assignment_holds_for_its_period(db: &Db) {
    let station = db.station().await;
    let expert = db.account("wang", Role::Expert).await.expect("account");
    let subject = Subject::of_station("assignment", 0, &station);
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::AssignAssessor, &subject);
    let assign = async |from, until| {
        act(db, &mandate, async |tx| tx.assign_for(expert, station.id, 2026, from, until).await).await
    };
    let held = async |on| {
        let assigned = db.store.assignments(expert).await.expect("read");
        let actor = Actor { account: expert, role: Role::Expert, assigned, ..Actor::public() };
        scope(&actor, Verb::ViewLedger, on) == Scope::Stations(vec![station.id])
    };
    let next_day = today().tomorrow().expect("a day");
    assign(None, store::day_number(today())).await.expect("assigned");
    assert_eq!((held(today()).await, held(next_day).await), (true, false));
    assign(Some(store::day_number(next_day)), day(12, 31)).await.expect("assigned again");
    assert_eq!((held(today()).await, held(next_day).await), (false, true));
}

on_both!(
    accounts_read_back_and_names_are_unique,
    the_fifth_failure_locks,
    a_session_knows_its_account,
    sessions_end_with_what_they_stood_on,
    stale_sessions_end,
    an_assignment_holds_for_its_period,
);
