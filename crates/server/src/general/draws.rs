//! `fengsui draw FILE`: repeats the draws of a file and says whether each comes out as recorded (readings K31, K37).

use regulation::general::draw::Draw;
use serde::Deserialize;

/// What the panel's page gives to download: one draw or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    Several(Vec<Draw>),
    One(Draw),
}

/// One line a draw, and whether all of them hold.
///
/// # Errors
/// One sentence when the text is no record of draws.
pub fn replay(text: &str) -> Result<(String, bool), String> {
    let recorded = serde_json::from_str(text);
    let draws = match recorded.map_err(|_| "不是抽取记录：应为 seed、candidates、drawn 三项，或其列表".to_owned())?
    {
        Recorded::Several(draws) => draws,
        Recorded::One(draw) => vec![draw],
    };
    let (mut said, mut all) = (String::new(), !draws.is_empty());
    for (n, draw) in (1..).zip(&draws) {
        let again = Draw::new(&draw.seed, &draw.candidates, draw.drawn.len());
        let verdict = if draw.holds() { "一致" } else { "不一致" };
        all &= draw.holds();
        said.push_str(&format!(
            "第 {n} 次：{verdict}\n  种子 {}\n  候选 {:?}\n  记录 {:?}\n  复核 {:?}\n",
            draw.seed, draw.candidates, draw.drawn, again.drawn
        ));
    }
    Ok((said, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_repeated_and_a_forged_one_is_told() {
        let text = r#"{"seed":"示例评审；2026-06-10；0001","candidates":[11,12,13,14,15],"drawn":[14,12,11]}"#;
        let (said, all) = replay(text).expect("a record");
        assert!(all && said.contains("一致") && !said.contains("不一致"), "{said}");
        let (said, all) = replay(&format!("[{text},{}]", text.replace("[14,12,11]", "[14,12,13]"))).expect("records");
        assert!(!all && said.contains("第 2 次：不一致") && said.contains("复核 [14, 12, 11]"), "{said}");
        assert!(replay("{}").is_err());
        assert!(!replay("[]").expect("an empty list").1);
    }
}
