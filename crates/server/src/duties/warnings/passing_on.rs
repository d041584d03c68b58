//! 转发 (Article 5 (3)): a published warning as others pass it on: to subscribers and groups by this system, and by people from
//! their own accounts, with texts to copy and a code to scan.

use papers::QrCode;
use regulation::duties::warning_level::Level;
use store::duties::Warning;

use super::shown_list;
use crate::app::App;
use crate::duties::outbox::reached;
use crate::outbound::channels::Message;
use crate::outbound::channels::texts::{Sms, article_text, sms_text};
use crate::shell::day;

/// Characters of a gist for a group.
const GIST: usize = 200;

/// Title, level and gist with the link to the public page, for a group: nothing else.
pub fn gist(app: &App, warning: &Warning) -> Message {
    let first = warning.summary.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let cut = first.chars().count() > GIST;
    let lines = vec![first.chars().take(GIST).chain(cut.then_some('…')).collect()];
    Message { lines, ..headed(app, warning) }
}

/// The warning as everyone may read it, with what to do and by when.
pub fn whole(app: &App, warning: &Warning) -> Message {
    let mut lines: Vec<String> = warning.summary.lines().map(str::to_owned).collect();
    lines.push(format!("涉及产品：{}（税号 {}）", warning.products, shown_list(&warning.hs_codes)));
    if let Some(on) = warning.respond_on {
        lines.push(format!("评论、答复截止：{}，以公告原文为准。", day(on)));
    }
    lines.extend(warning.advice.lines().zip(1..).map(|(line, number)| format!("{number}．{line}")));
    lines.push(format!("发布：{}　编号 {}", warning.station, warning.number.as_deref().unwrap_or_default()));
    Message { lines, ..headed(app, warning) }
}

fn headed(app: &App, warning: &Warning) -> Message {
    let level = Level::from_key(&warning.level).unwrap_or(Level::Blue);
    Message {
        subject: format!("[{}预警] {}", level.name(), warning.title),
        link: Some(reached(app, &format!("/warnings/{}", warning.id))),
        ..Message::default()
    }
}

/// Texts to copy and a code to scan.
pub struct PassingOn {
    pub article: String,
    pub sms: Sms,
    /// Where the code leads; `None` where the system has no public address.
    pub code: Option<QrCode>,
}

impl PassingOn {
    /// # Errors
    /// Fails on an address too long for a code.
    pub fn of(app: &App, warning: &Warning) -> Result<PassingOn, papers::PaperError> {
        let mut message = whole(app, warning);
        // An address only this machine knows is no use to others.
        message.link = message.link.filter(|_| !app.settings.public_address.is_empty());
        Ok(PassingOn {
            article: article_text(&message),
            sms: sms_text(&app.settings.organiser, &message),
            code: message.link.as_deref().map(QrCode::of).transpose()?,
        })
    }
}
