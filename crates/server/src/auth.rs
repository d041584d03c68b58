//! Signing in and out, passwords, second factor (等保 8.1.4.1).

use std::sync::LazyLock;

use anyhow::Context as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use askama::Template;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use regulation::general::delegation::Stage;
use regulation::general::{Actor, Mandate, Refusal, Role, Scope, StationId, Subject, Verb, may, scope};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::general::{Account, Session, StandingIn};
use totp_rs::{Builder, Totp};

use crate::app::{App, Routes, render};
use crate::assets;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Look, Shell, moment};
use crate::trail::Trail;

/// Failed sign-ins before an account locks.
const FAILURES: i64 = 5;
/// How long it then stays locked.
const LOCK: SignedDuration = SignedDuration::from_mins(15);
/// A session ends after this much silence,
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// and after this long in any case.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
const SESSION_COOKIE: &str = "fs-session";
const SIGN_IN_COOKIE: &str = "fs-sign-in";

pub fn routes() -> Routes {
    Routes::default()
        .get("/login", Verb::SignIn, sign_in_page)
        .post("/login", Verb::SignIn, sign_in)
        .post("/logout", Verb::SignOut, sign_out)
        .get("/account/password", Verb::ChangePassword, password_page)
        .post("/account/password", Verb::ChangePassword, change_password)
        .get("/account/second-factor", Verb::EnrolSecondFactor, second_factor_page)
        .post("/account/second-factor", Verb::EnrolSecondFactor, pass_second_factor)
}

/// The signed-in person behind a request.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account itself, or in the place of whoever delegated to it.
    pub actor: Actor,
    /// The delegation this browser was put under; the actor acts in another's place only while it runs.
    pub standing_in: Option<StandingIn>,
    pub session: Session,
    pub token_hash: String,
    pub look: Look,
    /// Key of the sentence to show, from `?done=`.
    pub done: Option<String>,
    /// What an assessor's reading leaves behind.
    pub trail: Trail,
}

impl Person {
    /// Whether this person may do this today. The same call serves the button and the submit.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    pub fn may(&self, app: &App, verb: Verb, subject: &Subject) -> Result<Mandate, Refusal> {
        may(&self.actor, verb, subject, app.clock.today())
    }

    /// The rows on which this person may do this today.
    pub fn scope(&self, app: &App, verb: Verb) -> Scope {
        scope(&self.actor, verb, app.clock.today())
    }

    /// Why a station is not there for this person: out of the period of an assignment it is refused with the reason,
    /// otherwise one may not even know of it (reading K34).
    pub fn out_of_sight(&self, app: &App, verb: Verb, station: StationId) -> Fault {
        let subject = Subject { station: Some(station), ..Subject::default() };
        let theirs = self.actor.assigned.iter().any(|assignment| assignment.station == station);
        match self.may(app, verb, &subject) {
            Err(refusal) if theirs => refusal.into(),
            _ => Fault::NotFound,
        }
    }

    /// As [`Person::scope`], refusing a role that has no such rows at all.
    ///
    /// # Errors
    /// The refusal.
    pub fn scope_or_refuse(&self, app: &App, verb: Verb) -> Result<Scope, Fault> {
        match self.scope(app, verb) {
            Scope::Nothing => Err(match self.may(app, verb, &Subject::default()) {
                Err(refusal) => refusal.into(),
                Ok(_) => Fault::NotFound,
            }),
            // Assigned, but not today: whoever is out of period is told so (reading K34).
            Scope::Stations(stations) if stations.is_empty() => match self.actor.assigned.last() {
                Some(last) => Err(self.out_of_sight(app, verb, last.station)),
                None => Ok(Scope::Stations(stations)),
            },
            scope => Ok(scope),
        }
    }

    /// The account itself, in nobody's place.
    ///
    /// # Errors
    /// Fails on a role no code writes.
    pub fn oneself(&self) -> store::Result<Actor> {
        self.session.actor()
    }

    /// Checks the form's token.
    ///
    /// # Errors
    /// [`Fault::Forged`] when it is not this session's.
    pub fn check(&self, posted: &Posted) -> Result<(), Fault> {
        same_token(posted.text("csrf"), &self.session.csrf)
    }
}

/// Compares without telling by its time where two tokens differ.
///
/// # Errors
/// [`Fault::Forged`] when they do.
pub fn same_token(given: &str, expected: &str) -> Result<(), Fault> {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    if !expected.is_empty() && digest(given) == digest(expected) { Ok(()) } else { Err(Fault::Forged) }
}

fn runs(standing_in: &StandingIn) -> bool {
    standing_in.stage == Stage::Running
}

/// A person who signed in but may still owe a new password or a second factor. Always the account itself: signing out,
/// password and second factor are nobody else's.
struct HalfIn(Person);

impl FromRequestParts<App> for HalfIn {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<HalfIn, Fault> {
        let to_sign_in = || Fault::Elsewhere("/login".to_owned());
        let token = cookie(&parts.headers, SESSION_COOKIE).ok_or_else(to_sign_in)?;
        let token_hash = hex::encode(Sha256::digest(token.as_bytes()));
        let mut session = app.store.session(&token_hash).await?.ok_or_else(to_sign_in)?;
        let now = app.clock.now();
        let age = |at: i64| now.duration_since(store::instant_from(at));
        if age(session.seen_at) > IDLE || age(session.created_at) > LONGEST {
            return Err(Fault::Elsewhere("/login?why=idle".to_owned()));
        }
        if age(session.seen_at) > SignedDuration::from_mins(1) {
            app.store.touch_session(&token_hash, now).await?;
        }
        let standing_in = session.standing_in(app.clock.today())?;
        if let Some(running) = standing_in.as_ref().filter(|standing_in| runs(standing_in)) {
            // A form opened in one capacity is not sent in another, also when the delegation ended in between.
            session.csrf = hashed(&format!("{} {}", session.csrf, running.delegation));
        }
        let mut actor = session.actor()?;
        if matches!(actor.role, Role::Expert | Role::Evaluator) {
            actor.assigned = app.store.assignments(actor.account).await?;
        }
        let done = parts
            .uri
            .query()
            .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("done=")).map(str::to_owned));
        let trail = Trail::of(parts);
        trail.by(&actor);
        Ok(HalfIn(Person { actor, standing_in, session, token_hash, look: Look::of(&parts.headers), done, trail }))
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Person, Fault> {
        let HalfIn(mut person) = HalfIn::from_request_parts(parts, app).await?;
        if owes_second_factor(app, &person) {
            return Err(Fault::Elsewhere("/account/second-factor".to_owned()));
        }
        if person.session.must_change != 0 {
            return Err(Fault::Elsewhere("/account/password".to_owned()));
        }
        if let Some(running) = person.standing_in.as_ref().filter(|standing_in| runs(standing_in)) {
            person.actor = person.actor.in_place_of(&running.principal);
        }
        Ok(person)
    }
}

fn owes_second_factor(app: &App, person: &Person) -> bool {
    let needed = app.settings.second_factor && person.actor.role.needs_second_factor();
    (needed || person.session.totp_confirmed != 0) && person.session.second_factor == 0
}

/// A cookie's value.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A cookie of this site, unreadable to scripts.
///
/// # Errors
/// Fails on a value no cookie can hold.
pub fn set_cookie(app: &App, name: &str, value: &str, seconds: i64) -> Result<HeaderValue, Fault> {
    let secure = if app.settings.secure_cookies { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).map_err(|error| Fault::Broken(error.into()))
}

/// Hashes a password off the async threads, a few at a time.
///
/// # Errors
/// Fails when hashing does.
pub async fn hash_password(app: &App, password: String) -> anyhow::Result<String> {
    let _turn = app.hashing.acquire().await?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await?
}

/// Hashes a password here and now, for commands.
///
/// # Errors
/// Fails when hashing does.
pub fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("密码散列：{error}"))?.to_string())
}

async fn verify_password(app: &App, password: String, hash: String) -> anyhow::Result<bool> {
    let _turn = app.hashing.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let parsed = PasswordHash::new(&hash).map_err(|error| anyhow::anyhow!("密码散列：{error}"))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await?
}

/// Checked when there is no such account, so that an unknown name takes as long as a wrong password.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody").unwrap_or_default());

/// What a password must be (等保 8.1.4.1 a).
///
/// # Errors
/// One sentence on what is missing.
pub fn fit_password(password: &str) -> Result<(), &'static str> {
    if password.chars().count() < 10 {
        return Err("密码至少 10 位。");
    }
    if password.len() > 200 {
        return Err("密码过长。");
    }
    let classes: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    if classes.iter().filter(|class| password.chars().any(class)).count() < 3 {
        return Err("密码须含大写字母、小写字母、数字、符号中的三类。");
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "general/sign_in.html")]
struct SignInPage {
    system: String,
    assets: &'static str,
    csrf: String,
    username: String,
    error: Option<String>,
    note: Option<&'static str>,
    organiser: String,
}

#[derive(Deserialize)]
struct Why {
    why: Option<String>,
}

async fn sign_in_page(State(app): State<App>, headers: HeaderMap, Query(Why { why }): Query<Why>) -> Page {
    let note = match why.as_deref() {
        Some("idle") => Some("较长时间没有操作，已自动退出。"),
        Some("out") => Some("已退出登录。"),
        Some("password") => Some("密码已修改，请用新密码登录。"),
        Some("registered") => Some("申请单位已注册，请登录后填报申请。"),
        _ => None,
    };
    show_sign_in(&app, &headers, StatusCode::OK, "", None, note)
}

fn show_sign_in(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    username: &str,
    error: Option<String>,
    note: Option<&'static str>,
) -> Page {
    let csrf = match cookie(headers, SIGN_IN_COOKIE) {
        Some(token) if token.len() == 64 => token.to_owned(),
        _ => random_token()?,
    };
    let present = app.present();
    let page = SignInPage {
        system: format!("{}应对国际贸易摩擦工作站管理系统", present.edition.head.jurisdiction),
        assets: &assets::VERSION,
        csrf: csrf.clone(),
        username: username.to_owned(),
        error,
        note,
        organiser: app.settings.organiser.clone(),
    };
    let mut response = (status, Html(page.render()?)).into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(app, SIGN_IN_COOKIE, &csrf, 3600)?);
    Ok(response)
}

async fn sign_in(State(app): State<App>, headers: HeaderMap, posted: Posted) -> Page {
    let username = posted.text("username").to_owned();
    if same_token(posted.text("csrf"), cookie(&headers, SIGN_IN_COOKIE).unwrap_or_default()).is_err() {
        let sentence = "登录页已失效，请重新登录。".to_owned();
        return show_sign_in(&app, &headers, StatusCode::FORBIDDEN, &username, Some(sentence), None);
    }
    let refused = |sentence: String| {
        show_sign_in(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, &username, Some(sentence), None)
    };
    let wrong = || "用户名或密码不对。连续 5 次不对，账户锁定 15 分钟。".to_owned();
    let password = posted.raw("password").to_owned();
    let Some(account) = app.store.account_by_name(&username).await? else {
        verify_password(&app, password, NOBODY.clone()).await?;
        return refused(wrong());
    };
    let now = app.clock.now();
    if let Some(until) = locked_until(&account, now) {
        return refused(format!("该账户因多次登录失败已锁定，{} 后可再试。", moment(until)));
    }
    let right = verify_password(&app, password, account.password_hash.clone()).await?;
    if !right || account.disabled_at.is_some() {
        app.store.count_failure(account.id, FAILURES, now + LOCK).await?;
        return refused(wrong());
    }
    open_session(&app, &account).await
}

fn locked_until(account: &Account, now: Timestamp) -> Option<Timestamp> {
    account.locked_until.map(store::instant_from).filter(|until| *until > now)
}

async fn open_session(app: &App, account: &Account) -> Page {
    let (token, csrf) = (random_token()?, random_token()?);
    let role = Role::from_key(&account.role).context("角色")?;
    let mandate = signing_in(app, account)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.open_session(&hashed(&token), &csrf, account.id, false).await?;
    tx.note(format!("{} 登录，角色 {}", account.username, role.name()));
    tx.commit().await?;
    with_session(app, &token, Redirect::to("/desk").into_response())
}

/// The mandate of signing in. Nobody is signed in yet: it is the public that does, and the row names who it was.
///
/// # Errors
/// The refusal.
pub fn signing_in(app: &App, account: &Account) -> Result<Mandate, Refusal> {
    let public = Actor { account: account.id, name: account.display_name.clone(), ..Actor::public() };
    may(&public, Verb::SignIn, &Subject::own_account("session", account.id), app.clock.today())
}

/// How a token is kept.
pub fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Sends a session's token along.
///
/// # Errors
/// Fails on a token no cookie can hold.
pub fn with_session(app: &App, token: &str, mut response: Response) -> Page {
    let cookie = set_cookie(app, SESSION_COOKIE, token, LONGEST.as_secs())?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

async fn sign_out(State(app): State<App>, HalfIn(person): HalfIn, posted: Posted) -> Page {
    person.check(&posted)?;
    let subject = Subject::own_account("session", person.actor.account);
    let mandate = person.may(&app, Verb::SignOut, &subject)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.end_session(&person.token_hash).await?;
    tx.commit().await?;
    let mut response = Redirect::to("/login?why=out").into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(&app, SESSION_COOKIE, "", 0)?);
    // What this browser kept for work without a network goes with the session.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"storage\""));
    Ok(response)
}

#[derive(Template)]
#[template(path = "general/password.html")]
struct PasswordPage {
    shell: Shell,
    forced: bool,
    error: Option<&'static str>,
}

async fn password_page(State(app): State<App>, HalfIn(person): HalfIn) -> Page {
    let forced = person.session.must_change != 0;
    render(&PasswordPage { shell: Shell::new(&app, &person, ""), forced, error: None })
}

async fn change_password(State(app): State<App>, HalfIn(person): HalfIn, posted: Posted) -> Page {
    person.check(&posted)?;
    let subject = Subject::own_account("account", person.actor.account);
    let mandate = person.may(&app, Verb::ChangePassword, &subject)?;
    let again = |error| -> Page {
        let forced = person.session.must_change != 0;
        let page = PasswordPage { shell: Shell::new(&app, &person, ""), forced, error: Some(error) };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    };
    let account = app.store.account(person.actor.account).await?.ok_or(Fault::NotFound)?;
    let (old, new) = (posted.raw("old").to_owned(), posted.raw("new").to_owned());
    if !verify_password(&app, old.clone(), account.password_hash).await? {
        return again("原密码不对。");
    }
    if new != posted.raw("again") {
        return again("两次输入的新密码不一致。");
    }
    if new == old {
        return again("新密码不能与原密码相同。");
    }
    if let Err(sentence) = fit_password(&new) {
        return again(sentence);
    }
    let hash = hash_password(&app, new).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_password(person.actor.account, &hash, false, &person.token_hash).await?;
    tx.commit().await?;
    Ok(Redirect::to("/desk?done=password").into_response())
}

#[derive(Template)]
#[template(path = "general/second_factor.html")]
struct SecondFactorPage {
    shell: Shell,
    /// Present while enrolling: the secret to type into the authenticator.
    secret: Option<String>,
    uri: Option<String>,
    error: Option<&'static str>,
}

fn totp(secret: &[u8], account: &str) -> anyhow::Result<Totp> {
    let builder = Builder::new().with_secret(secret.to_vec()).with_issuer(Some("烽燧")).with_account_name(account);
    builder.build().map_err(|error| anyhow::anyhow!("动态口令：{error}"))
}

async fn second_factor_page(State(app): State<App>, HalfIn(person): HalfIn) -> Page {
    show_second_factor(&app, &person, None).await
}

async fn show_second_factor(app: &App, person: &Person, error: Option<&'static str>) -> Page {
    let account = app.store.account(person.actor.account).await?.ok_or(Fault::NotFound)?;
    let (mut secret, mut uri) = (None, None);
    if account.totp_confirmed == 0 {
        let pending = match account.totp_secret {
            Some(pending) => pending,
            None => begin_enrolment(app, person).await?,
        };
        let totp = totp(&hex::decode(&pending).context("动态口令密钥")?, &account.username)?;
        uri = totp.to_url().ok();
        let shown = uri.as_deref().and_then(|uri| uri.split("secret=").nth(1)?.split('&').next());
        secret = Some(shown.unwrap_or_default().to_owned());
    }
    let page = SecondFactorPage { shell: Shell::new(app, person, ""), secret, uri, error };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(page.render()?)).into_response())
}

async fn begin_enrolment(app: &App, person: &Person) -> Result<String, Fault> {
    let secret = random_token()?.split_at(40).0.to_owned();
    let subject = Subject::own_account("account", person.actor.account);
    let mandate = person.may(app, Verb::EnrolSecondFactor, &subject)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_totp(person.actor.account, &secret).await?;
    tx.commit().await?;
    Ok(secret)
}

async fn pass_second_factor(State(app): State<App>, HalfIn(person): HalfIn, posted: Posted) -> Page {
    person.check(&posted)?;
    let account = app.store.account(person.actor.account).await?.ok_or(Fault::NotFound)?;
    let secret = account.totp_secret.clone().ok_or(Fault::NotFound)?;
    let now = app.clock.now();
    if locked_until(&account, now).is_some() {
        return show_second_factor(&app, &person, Some("该账户已锁定，请稍后再试。")).await;
    }
    let code = posted.text("code").replace(' ', "");
    let totp = totp(&hex::decode(&secret).context("动态口令密钥")?, &account.username)?;
    let Some(step) = totp.check(&code, u64::try_from(now.as_second()).unwrap_or_default()) else {
        app.store.count_failure(account.id, FAILURES, now + LOCK).await?;
        return show_second_factor(&app, &person, Some("动态口令不对，请核对手机时间后重新输入。")).await;
    };
    let subject = Subject::own_account("account", person.actor.account);
    let mandate = person.may(&app, Verb::EnrolSecondFactor, &subject)?;
    let mut tx = app.store.begin(&mandate, now).await?;
    if !tx.take_totp_step(account.id, i64::try_from(step).unwrap_or(i64::MAX)).await? {
        tx.abandon().await?;
        return show_second_factor(&app, &person, Some("这个动态口令已经用过，请等手机显示下一个后输入。")).await;
    }
    tx.pass_second_factor(&person.token_hash).await?;
    tx.commit().await?;
    Ok(Redirect::to("/desk").into_response())
}

/// Ends sessions past their time.
///
/// # Errors
/// Fails when the database does.
pub async fn end_stale_sessions(app: &App) -> store::Result<u64> {
    let now = app.clock.now();
    app.store.end_stale_sessions(now - IDLE, now - LONGEST).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_length_and_three_classes() {
        assert!(fit_password("Beacon-2026").is_ok());
        assert!(fit_password("beacon2026").is_err());
        assert!(fit_password("Be-2026").is_err());
    }
}
