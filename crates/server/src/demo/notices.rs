//! Titles and details of what the sample ledger records. All marked 示例, none real.

use jiff::civil::Date;

use super::luck::Luck;
use super::trades::Trade;

/// Country, its agency, how its case numbers begin.
pub const COUNTRIES: &[(&str, &str, &str)] = &[
    ("美国", "美国商务部", "A-570-8"),
    ("欧盟", "欧盟委员会", "AD8"),
    ("印度", "印度商工部", "6/8"),
    ("巴西", "巴西外贸秘书处", "SECEX-8"),
    ("墨西哥", "墨西哥经济部", "AD-08"),
    ("土耳其", "土耳其贸易部", "2025/8"),
    ("南非", "南非国际贸易管理委员会", "ITAC-8"),
    ("英国", "英国贸易救济署", "AD00"),
    ("加拿大", "加拿大边境服务署", "AD-8"),
    ("澳大利亚", "澳大利亚反倾销委员会", "ADN-8"),
    ("越南", "越南工贸部", "AD-VN8"),
    ("韩国", "韩国贸易委员会", "KTC-8"),
    ("阿根廷", "阿根廷经济部", "EX-8"),
    ("哥伦比亚", "哥伦比亚贸工旅游部", "D-8"),
    ("欧亚经济联盟", "欧亚经济委员会", "AD-EA8"),
    ("印度尼西亚", "印尼反倾销委员会", "KADI-8"),
];

/// What an agency did; `{p}` is the product.
const MEASURES: &[&str] = &[
    "对{p}发起反倾销调查",
    "对{p}发起反补贴调查",
    "对{p}发起反倾销日落复审",
    "对{p}作出反倾销初裁",
    "对{p}作出反倾销终裁",
    "对{p}发起反规避调查",
    "对{p}启动反倾销行政复审",
    "对{p}作出反补贴终裁",
    "对{p}发起保障措施调查",
    "延长{p}反倾销调查期限",
    "公布{p}反倾销复审抽样企业名单",
    "修订{p}技术法规并征求意见",
    "更新{p}进口检验要求",
    "通报{p}合格评定程序",
    "调整{p}进口关税",
    "发布{p}进口统计分析",
];

const MARKETS: &[&str] =
    &["美国", "欧盟", "东盟", "日本", "韩国", "印度", "中东", "俄罗斯", "巴西", "墨西哥", "非洲", "澳大利亚"];

/// A warning's title, HS6 and source.
pub fn warning(luck: &mut Luck, trade: &Trade) -> (String, String) {
    let (country, agency, _) = luck.pick(COUNTRIES);
    let (product, hs) = luck.pick(trade.products);
    let measure = luck.pick(MEASURES).replace("{p}", product);
    (format!("{country}{measure}（示例）"), format!("涉及税则号 {hs}；来源：{agency}公告（示例）。"))
}

pub fn markets(luck: &mut Luck) -> String {
    let first = luck.below(MARKETS.len());
    (0..=luck.below(4)).map(|n| MARKETS[(first + n * 5) % MARKETS.len()]).collect::<Vec<_>>().join("、")
}

/// A case as an authority numbers it, but of a range no authority uses.
pub fn case(luck: &mut Luck, trade: &Trade) -> (String, String) {
    let (country, agency, number) = luck.pick(COUNTRIES);
    let (product, hs) = luck.pick(trade.products);
    let matter = luck.pick(&["反倾销案", "反补贴案", "反倾销日落复审", "反倾销行政复审", "保障措施案", "反规避案"]);
    let number = format!("{number}{:03}", luck.below(1000));
    (format!("{country}{product}{matter}"), format!("官方案号 {number}（示例）；调查机关：{agency}；税则号 {hs}。"))
}

const TOPICS: &[&str] = &[
    "{t}行业应对国际贸易摩擦专题培训班（示例）",
    "出口{p}反倾销应诉实务讲座（示例）",
    "技术性贸易措施宣讲会：{p}（示例）",
    "{t}企业出口合规调研（示例）",
    "贸易救济政策宣传周（示例）",
    "{p}原产地规则与反规避风险讲座（示例）",
    "{t}行业贸易摩擦形势座谈会（示例）",
    "走访重点联系企业：{p}出口情况调研（示例）",
];

const ATTENDED: &[&str] = &[
    "参加全省贸易摩擦应对工作培训班（示例）",
    "参加{t}行业贸易救济形势分析会（示例）",
    "参加技术性贸易措施线上讲座（示例）",
    "参加市商务局组织的出口企业调研（示例）",
    "参加{p}国外新规解读会（示例）",
];

fn fill(luck: &mut Luck, templates: &[&str], trade: &Trade) -> String {
    let (product, _) = luck.pick(trade.products);
    luck.pick(templates).replace("{t}", trade.name).replace("{p}", product)
}

/// Title and detail of an event of a kind.
pub fn event(luck: &mut Luck, kind: &str, trade: &Trade, on: Date) -> (String, String) {
    let product = luck.pick(trade.products).0;
    let people = luck.between(18, 120);
    match kind {
        "outreach.organised" => (fill(luck, TOPICS, trade), format!("主办；参加人员 {people} 人。")),
        "outreach.attended" => (fill(luck, ATTENDED, trade), "派员参加。".to_owned()),
        "report.topical" => (
            format!("{}年{}出口应对贸易摩擦专题分析报告（示例）", on.year(), product),
            "含真实案例数据、存在问题、原因分析和应对措施四部分。".to_owned(),
        ),
        "report.case" => {
            let (name, number) = case(luck, trade);
            (format!("{name}应对总结报告（示例）"), format!("{number}含概述、应对过程、结果、影响和启示。"))
        }
        "report.adopted.province" => {
            (format!("《{product}出口风险专题报告》被省商务厅采编（示例）"), "采编件见附件。".to_owned())
        }
        "report.adopted.ministry" => {
            (format!("《{product}案件应对启示》被商务部网站采编（示例）"), "发布页面见网址。".to_owned())
        }
        "warning.adopted" => (format!("预警信息被采用：{product}出口市场新动向（示例）"), String::new()),
        "advice.adopted" => {
            (format!("关于完善{product}出口预警机制的建议被采纳（示例）"), "采纳反馈见附件。".to_owned())
        }
        "case.responded" => {
            let (name, number) = case(luck, trade);
            (format!("引导企业应对{name}（示例）"), number)
        }
        "case.won" => {
            let (name, number) = case(luck, trade);
            (format!("{name}以终止调查结案（示例）"), format!("{number}认定为应对效果较理想。"))
        }
        "case.evidence" => (format!("配合{product}案件调查取证（示例）"), "依据商务主管部门任务单。".to_owned()),
        "exchange.defused" => {
            let (country, ..) = luck.pick(COUNTRIES);
            (format!("与{country}同业协会会谈，化解{product}申诉风险（示例）"), "会谈纪要见附件。".to_owned())
        }
        "premises.kept" => ("办公场所租赁合同续签（示例）".to_owned(), "办公面积 86 平方米。".to_owned()),
        "site.maintained" => ("预警专栏改版维护（示例）".to_owned(), String::new()),
        "case.coordinated" => {
            let (name, number) = case(luck, trade);
            (format!("参加{name}应诉协调会（示例）"), number)
        }
        "remedy.initiated" => (format!("申请对进口{product}发起反倾销调查（示例）"), "已递交申请书。".to_owned()),
        "task.completed" => {
            (format!("完成交办的{product}出口情况摸底（示例）"), "交办通知和完成报告见附件。".to_owned())
        }
        "aid.given" => (format!("协助{product}企业申请贸易调整援助（示例）"), String::new()),
        "misconduct.upheld" => ("承办单位会费管理问题被通报（示例）".to_owned(), "查证结论见附件。".to_owned()),
        _ => (format!("{}年工作简报编发（示例）", on.year()), String::new()),
    }
}
