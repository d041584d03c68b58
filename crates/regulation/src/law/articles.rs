use super::{EditionError, Reading};

/// A chapter of the summary: `## 第一章 总则 {#general}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    pub id: String,
    pub title: String,
    pub articles: Vec<Article>,
}

/// An article: `### 第八条 {#8}`. Its first item is the article's own paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    pub id: String,
    pub title: String,
    pub items: Vec<Item>,
}

/// An article item: `（二） {#8-2} text`, followed by its status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: String,
    /// `（二）`, `1.` or empty for the article's own paragraph.
    pub label: String,
    pub text: String,
    pub status: Option<Status>,
    /// Why, or by what: one sentence.
    pub reason: String,
}

/// How the system deals with an item (Invariant 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The software carries it out.
    Executed,
    /// The software keeps the evidence of it.
    Evidenced,
    /// It asks nothing of software.
    Declaratory,
    /// To be carried out by a later room.
    Planned,
}

impl Status {
    const ALL: [(Status, &'static str, &'static str); 4] = [
        (Status::Executed, "executed", "系统办理"),
        (Status::Evidenced, "evidenced", "系统留证"),
        (Status::Declaratory, "declaratory", "宣示性条款"),
        (Status::Planned, "planned", "待建"),
    ];

    pub fn name(self) -> &'static str {
        Status::ALL.iter().find(|(status, ..)| *status == self).map_or("", |(_, _, name)| name)
    }

    pub fn key(self) -> &'static str {
        Status::ALL.iter().find(|(status, ..)| *status == self).map_or("", |(_, key, _)| key)
    }
}

/// A citation as the measures write it: `11-5-1` is 第十一条（五）1; the annex has no number.
pub fn cite(id: &str) -> String {
    if id == "annex" {
        return "附表".to_owned();
    }
    let mut parts = id.split('-').map(str::parse::<usize>);
    let (Some(Ok(article)), item, sub) = (parts.next(), parts.next(), parts.next()) else {
        return id.to_owned();
    };
    let mut cited = format!("第{}条", numeral(article));
    if let Some(Ok(item)) = item {
        cited.push_str(&format!("（{}）", numeral(item)));
    }
    if let Some(Ok(sub)) = sub {
        cited.push_str(&sub.to_string());
    }
    cited
}

fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        0..=9 => DIGITS[n].to_owned(),
        10..=19 => format!("十{}", DIGITS[n - 10]),
        20..=99 => format!("{}十{}", DIGITS[n / 10], DIGITS[n % 10]),
        _ => n.to_string(),
    }
}

/// Reads `articles.md`. Its shape is the law's own outline, so that a lawyer can keep it.
pub(super) fn parse(text: &str) -> Result<Vec<Chapter>, EditionError> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let problem = |what: &str| EditionError::new("articles.md", format!("第 {} 行，{what}", number + 1));
        let line = line.trim();
        if let Some(heading) = line.strip_prefix("### ") {
            let (title, id, _) = anchored(heading).ok_or_else(|| problem("条标题缺少 {#编号}"))?;
            let chapter = chapters.last_mut().ok_or_else(|| problem("条之前没有章"))?;
            let own =
                Item { id: id.clone(), label: String::new(), text: String::new(), status: None, reason: String::new() };
            chapter.articles.push(Article { id, title, items: vec![own] });
        } else if let Some(heading) = line.strip_prefix("## ") {
            let (title, id, _) = anchored(heading).ok_or_else(|| problem("章标题缺少 {#编号}"))?;
            chapters.push(Chapter { id, title, articles: Vec::new() });
        } else if line.is_empty() || line.starts_with("# ") {
        } else if let Some(article) = chapters.last_mut().and_then(|chapter| chapter.articles.last_mut()) {
            read_line(article, line).map_err(|what| problem(&what))?;
        } else if !chapters.is_empty() {
            return Err(problem("章下的文字之前没有条"));
        }
    }
    Ok(chapters)
}

fn read_line(article: &mut Article, line: &str) -> Result<(), String> {
    if let Some(status) = line.strip_prefix("> 落实：") {
        let (key, reason) = status.split_once('：').ok_or("落实一行应为 “> 落实：状态：说明”")?;
        let (status, ..) = Status::ALL
            .into_iter()
            .find(|(_, known, _)| *known == key)
            .ok_or_else(|| format!("不认识的落实状态“{key}”"))?;
        if let Some(item) = article.items.last_mut() {
            item.status = Some(status);
            item.reason = reason.to_owned();
        }
    } else if let Some((label, id, text)) = anchored(line) {
        article.items.push(Item { id, label, text, status: None, reason: String::new() });
    } else if let Some(item) = article.items.last_mut() {
        item.text.push_str(line);
    }
    Ok(())
}

/// `label {#id} rest` -> (label, id, rest).
fn anchored(line: &str) -> Option<(String, String, String)> {
    let (label, rest) = line.split_once("{#")?;
    let (id, rest) = rest.split_once('}')?;
    Some((label.trim().to_owned(), id.to_owned(), rest.trim().to_owned()))
}

/// Reads `readings.md`: `### K7 title {#K7}` and the paragraphs under it.
pub(super) fn parse_readings(text: &str) -> Result<Vec<Reading>, EditionError> {
    let mut readings: Vec<Reading> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(heading) = line.strip_prefix("### ") {
            let (title, id, _) = anchored(heading).ok_or_else(|| {
                EditionError::new("readings.md", format!("第 {} 行，读法标题缺少 {{#编号}}", number + 1))
            })?;
            let title = title.trim_start_matches(id.as_str()).trim().to_owned();
            readings.push(Reading { id, title, paragraphs: Vec::new() });
        } else if let Some(reading) = readings.last_mut()
            && !line.is_empty()
            && !line.starts_with('#')
        {
            reading.paragraphs.push(line.to_owned());
        }
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_cited_as_the_measures_write_it() {
        assert_eq!(cite("11-5-1"), "第十一条（五）1");
        assert_eq!(cite("8-2"), "第八条（二）");
        assert_eq!(cite("20"), "第二十条");
        assert_eq!(cite("annex"), "附表");
        assert_eq!(cite("K2"), "K2");
    }

    #[test]
    fn text_and_status_follow_their_item() {
        let chapters = parse(
            "# 题\n## 第三章 申请 {#admission}\n### 第八条 {#8}\n程序。\n> 落实：declaratory：总述\n\
             （一） {#8-1} 四月底前递交。\n> 落实：planned：申报窗口\n",
        )
        .expect("parses");
        let items = &chapters[0].articles[0].items;
        assert_eq!((items[0].id.as_str(), items[0].text.as_str()), ("8", "程序。"));
        assert_eq!((items[1].id.as_str(), items[1].status), ("8-1", Some(Status::Planned)));
    }

    #[test]
    fn text_that_no_article_holds_is_not_lost() {
        let error = parse("# 题\n说明。\n## 附 {#annex}\n评分表。\n").expect_err("refused");
        assert_eq!(error.to_string(), "articles.md：第 4 行，章下的文字之前没有条");
    }

    #[test]
    fn an_unknown_status_names_its_line() {
        let error = parse("## 章 {#a}\n### 第一条 {#1}\n> 落实：done：x\n").expect_err("refused");
        assert_eq!(error.to_string(), "articles.md：第 3 行，不认识的落实状态“done”");
    }
}
