//! 县级意见 (Article 3, readings K13 and K89): where an edition has that step, a county may say what it thinks before the
//! city concludes. It decides nothing and holds nothing up. Each room knows its own stages and asks here.

use super::{Basis, Refusal};

/// What a county may be heard on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// An organisation's application, before the city's first review concludes.
    Application,
    /// A station's yearly material, before the city's check is complete.
    Material,
}

impl Hearing {
    /// The calendar's setting that says whether an edition has the step.
    pub fn setting(self) -> &'static str {
        match self {
            Hearing::Application => "county.opinion",
            Hearing::Material => "county.material",
        }
    }

    /// The reading the step rests on.
    pub fn reading(self) -> &'static str {
        match self {
            Hearing::Application => "K13",
            Hearing::Material => "K89",
        }
    }
}

/// Whether a county may give its opinion. `asked` says whether the edition has the step, `open` whether the city has still
/// to conclude, `stage` where the matter stands.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn opinion(hearing: Hearing, asked: bool, open: bool, stage: &str) -> Result<(), Refusal> {
    let reading = hearing.reading();
    let reason = match (asked, open, hearing) {
        (true, true, _) => return Ok(()),
        (false, _, Hearing::Application) => format!("所用规则版本不设县级意见环节（读法 {reading}）。"),
        (false, _, Hearing::Material) => format!("所用规则版本对年度材料不设县级意见环节（读法 {reading}）。"),
        (true, false, Hearing::Application) => {
            format!("申请处于“{stage}”，县级意见在市商务主管部门作出初审结论前填写（读法 {reading}）。")
        }
        (true, false, Hearing::Material) => {
            format!("年度检查处于“{stage}”，县级意见在工作站报送后、市商务主管部门完成核查前填写（读法 {reading}）。")
        }
    };
    Err(Refusal::new(Basis::Item("3"), reason))
}
