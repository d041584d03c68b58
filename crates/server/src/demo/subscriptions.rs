//! Who hears of the sample's warnings: a group of the first station's, a system of the department's, and some readers by
//! e-mail. Addresses are made up.

use anyhow::Context as _;
use regulation::duties::subscription::Wishes;
use regulation::duties::warning_level::Level;
use regulation::general::{Actor, Mandate, Subject, Verb, may};
use store::duties::NewSubscription;

use super::cast::Cast;
use super::when;
use crate::app::App;
use crate::duties::subscriptions::entered;
use crate::outbound::channels::{Address, Channel};

/// Writes the sample's subscriptions.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let on = app.clock.today().yesterday()?;
    let everything = Wishes { industry: String::new(), markets: String::new(), codes: Vec::new(), least: Level::Blue };
    let pressing = Wishes { least: Level::Orange, ..everything.clone() };
    if let Some(post) = cast.posts.first() {
        let subject = Subject::of_station("subscription", 0, &post.placed);
        let mandate = may(&post.manager, Verb::MaintainSubscriptions, &subject, on)?;
        let url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-0000-0000-0000-sample000001";
        let wishes = Wishes { industry: post.plan.trade.name.to_owned(), ..everything.clone() };
        let new = entered(&Address::of(Channel::WeCom, url, ""), &wishes)?;
        let group = NewSubscription {
            station: Some(post.placed.id),
            name: "企业联络群（示例）".to_owned(),
            quiet: (22 * 60, 8 * 60),
            ..new
        };
        add(app, &mandate, group).await?;
    }
    let clerk = cast.person("province")?;
    let mandate = may(clerk, Verb::MaintainSubscriptions, &Subject::whole("subscription", 0), on)?;
    let to = Address::of(Channel::Webhook, "https://hook.example.org/warnings", "示例密钥");
    let system = NewSubscription { name: "公共服务平台（示例）".to_owned(), ..entered(&to, &pressing)? };
    add(app, &mandate, system).await?;
    let mandate = may(&Actor::public(), Verb::Subscribe, &Subject::whole("subscription", 0), on)?;
    for (place, post) in cast.posts.iter().take(6).enumerate() {
        let wishes = Wishes { industry: post.plan.trade.name.to_owned(), ..everything.clone() };
        let to = Address::of(Channel::Mail, &format!("reader{place}@example.org"), "");
        let reader = NewSubscription { confirmed: true, ..entered(&to, &wishes)? };
        add(app, &mandate, reader).await?;
    }
    Ok(())
}

async fn add(app: &App, mandate: &Mandate, new: NewSubscription) -> anyhow::Result<()> {
    let mut tx = app.store.begin(mandate, when(mandate.on(), 15, 0)).await?;
    tx.add_subscription(&new).await.context("a subscription of the sample")?;
    tx.note(if new.name.is_empty() { "邮箱订阅（示例）".to_owned() } else { new.name });
    Ok(tx.commit().await?)
}
