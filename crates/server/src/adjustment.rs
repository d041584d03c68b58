//! Chapter five on the screen, with Article 4: leaving, renaming, merging, revocation, misuse of a name.

mod acts;
mod case;
mod documents;
mod effects;
mod form;
mod handover;
mod list;
mod merge;
mod opening;
mod page;

use regulation::general::Verb;

pub use acts::{act_of, asked, carry_out};
pub use case::{Action, load};
pub use effects::settle;
pub use form::{Field, Form, Input};

use crate::app::Routes;
use crate::shell::{Done, Menu};

pub const MENU: &[Menu] = &[("调整机制", &[(PATH, "调整事项", Verb::ViewAdjustment)])];

pub const DONE: Done = &[
    ("adjustment-opened", "事项已登记。"),
    ("adjustment-step", "已办理，办理情况见下。"),
    ("handed", "移交情况已登记。"),
];

const PATH: &str = "/adjustment";

pub fn routes() -> Routes {
    Routes::default()
        .with(list::routes())
        .with(opening::routes())
        .with(page::routes())
        .with(handover::routes())
        .with(acts::routes())
}
