//! Accounts under three administrators who exclude each other, and the audit trail for the third alone.

use crate::app::TestApp;
use crate::client::Client;
use crate::people::PASSWORD;

const NEW: [(&str, &str); 4] =
    [("username", "lisi"), ("name", "示例李四"), ("password", "Signal-2026"), ("again", "Signal-2026")];

async fn create(admin: &mut Client) -> i64 {
    admin.get("/general/accounts/new").await.is(200);
    let answer = admin.post("/general/accounts", &NEW).await;
    answer.is(303);
    answer.number_after("/general/accounts/")
}

async fn signs_in(app: &TestApp, username: &str, password: &str) -> Client {
    let mut browser = app.browser();
    browser.get("/login").await.is(200);
    let answer = browser.post("/login", &[("username", username), ("password", password)]).await;
    assert_eq!(answer.location(), "/desk");
    browser
}

/// Grants a role by its form; the fields are those of the page.
async fn grant(admin: &mut Client, id: i64, fields: &[(&str, &str)]) -> crate::client::Answer {
    admin.get(&format!("/general/accounts/{id}")).await.is(200);
    admin.post(&format!("/general/accounts/{id}/role"), fields).await
}

async fn an_account_is_made_by_one_and_granted_by_another(app: &TestApp) {
    let mut system = app.sign_in("sysadmin").await;
    system.get("/general/accounts/new").await.is(200);
    let wrong = [("username", "李四"), ("name", ""), ("password", "short"), ("again", "")];
    system.post("/general/accounts", &wrong).await.is(422).says("以字母开头").says("密码至少 10 位");
    let id = create(&mut system).await;
    system.get("/general/accounts/new").await.is(200);
    system.post("/general/accounts", &NEW).await.is(422).says("已被使用");
    system.post(&format!("/general/accounts/{id}/role"), &[("role", "city_clerk")]).await.is(403);

    // Ungranted, it changes its first password and reads the rules, no more.
    let mut lisi = signs_in(app, "lisi", "Signal-2026").await;
    assert_eq!(lisi.get("/desk").await.location(), "/account/password");
    lisi.get("/account/password").await.is(200);
    let change = [("old", "Signal-2026"), ("new", PASSWORD), ("again", PASSWORD)];
    lisi.post("/account/password", &change).await.is(303);
    lisi.get("/desk").await.is(200);
    lisi.get("/duties/stations").await.is(403);

    let mut security = app.sign_in("secadmin").await;
    security.get("/general/accounts/new").await.is(403);
    grant(&mut security, id, &[("role", "city_clerk")]).await.is(422).says("请选择设区市");
    grant(&mut security, id, &[("role", "station_clerk"), ("station", "37-9")]).await.is(422).says("工作站编号");
    grant(&mut security, id, &[("role", "city_clerk"), ("city", "370600")]).await.is(303);
    assert_eq!(lisi.get("/desk").await.location(), "/login", "it signs in anew under its role");
    let mut lisi = signs_in(app, "lisi", PASSWORD).await;
    lisi.get("/duties/stations").await.is(200).says("示例苹果工作站").says_not("示例轮胎工作站");
}

async fn administrators_and_business_exclude_each_other(app: &TestApp) {
    let mut security = app.sign_in("secadmin").await;
    let id = async |name: &str| app.store().account_by_name(name).await.expect("read").expect("account").id;
    let before = app.audit_rows().await;
    for (name, role) in
        [("city", "auditor"), ("auditor", "province_clerk"), ("sysadmin", "auditor"), ("expert", "applicant")]
    {
        let answer = grant(&mut security, id(name).await, &[("role", role)]).await;
        answer.is(403).says("等保 8.1.5");
    }
    grant(&mut security, id("secadmin").await, &[("role", "auditor")]).await.is(403).says("不能给本人");
    grant(&mut security, id("applicant").await, &[("role", "public")]).await.is(403);
    assert_eq!(app.audit_rows().await, before);
    let mut system = app.sign_in("sysadmin").await;
    let own = id("sysadmin").await;
    system.get(&format!("/general/accounts/{own}")).await.is(200).says("不能停用本人账户");
    system.post(&format!("/general/accounts/{own}/disabling"), &[("disabled", "1")]).await.is(403);
    for name in ["province", "station001", "auditor"] {
        app.sign_in(name).await.get("/general/accounts").await.is(403);
    }
}

async fn an_account_is_disabled_reset_and_unlocked(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let mut system = app.sign_in("sysadmin").await;
    let id = app.store().account_by_name("station001").await.expect("read").expect("account").id;
    let place = format!("/general/accounts/{id}");
    system.get(&place).await.is(200);
    system.post(&format!("{place}/disabling"), &[("disabled", "1")]).await.is(303);
    assert_eq!(station.get("/desk").await.location(), "/login");
    let mut browser = app.browser();
    browser.get("/login").await.is(200);
    browser.post("/login", &[("username", "station001"), ("password", PASSWORD)]).await.is(422);
    system.get(&format!("{place}?done=disabled")).await.is(200).says("账户已停用").says("恢复使用");
    system.post(&format!("{place}/disabling"), &[("disabled", "0")]).await.is(303);
    let weak = [("password", "weak"), ("again", "weak")];
    system.post(&format!("{place}/password"), &weak).await.is(422).says("密码没有重置");
    let fresh = [("password", "Signal-2026"), ("again", "Signal-2026")];
    system.post(&format!("{place}/password"), &fresh).await.is(303);
    let mut station = signs_in(app, "station001", "Signal-2026").await;
    assert_eq!(station.get("/desk").await.location(), "/account/password");

    for _ in 0..5 {
        browser.get("/login").await.is(200);
        browser.post("/login", &[("username", "city"), ("password", "Wrong-2026!")]).await.is(422);
    }
    let id = app.store().account_by_name("city").await.expect("read").expect("account").id;
    let mut security = app.sign_in("secadmin").await;
    security.get(&format!("/general/accounts/{id}")).await.is(200).says("已锁定").says("解除锁定");
    security.post(&format!("/general/accounts/{id}/unlocking"), &[]).await.is(303);
    signs_in(app, "city", PASSWORD).await;
}

async fn the_trail_is_the_auditors_alone(app: &TestApp) {
    let mut auditor = app.sign_in("auditor").await;
    app.store().seal().await.expect("sealed");
    auditor.get("/general/audit?size=20").await.is(200).says("已入链").says("登录").says("下一页");
    auditor.get("/general/audit/verification").await.is(200).says("核验通过");
    for name in ["sysadmin", "secadmin", "province", "station001"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/general/audit").await.is(403).says("等保 8.1.4.3");
        browser.get("/general/audit/verification").await.is(403);
    }
}

on_both!(
    an_account_is_made_by_one_and_granted_by_another,
    administrators_and_business_exclude_each_other,
    an_account_is_disabled_reset_and_unlocked,
    the_trail_is_the_auditors_alone,
);
