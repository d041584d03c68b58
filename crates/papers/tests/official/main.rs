//! Official documents against GB/T 9704-2012, read back by readers that are not ours.

#[path = "../common/mod.rs"]
mod common;

mod docx;
mod pdf;

use papers::official::Document;

/// A notice with everything the text form knows.
fn notice() -> Document {
    Document::parse(
        "标志：示例省商务厅\n文号：示商×〔20××〕×号\n标题：示例省商务厅关于开展2026年应对国际贸易摩擦工作站年度评估的通知\n\
         主送：各市商务局，有关单位\n落款：示例省商务厅\n日期：2026年9月18日\n抄送：示例省财政厅，各工作站\n\n\
         为做好年度评估工作，现就有关事项通知如下：\n一、总体安排\n年度评估按照办法第九条至第十四条进行，材料、现场、评审三个环节依次办理，各环节的时限见本通知附件，逾期未报的按未参加处理。\n\
         （一）时间。材料于1月31日24时前报送。\n（二）方式\n1．材料通过系统报送。\n（1）台账由系统汇总。\n\
         | 序号 | 环节 | 时限 |\n| 1 | 报送材料 | 1月31日 |\n| 2 | 市级核查 | 2月15日 |\n\
         二、工作要求\n请各市商务局认真组织。\n# 2026年参评工作站名单\n| 编号 | 工作站 | 承办单位 | 所属市 |\n\
         | 37-001 | 示例轮胎工作站 | 示例轮胎行业协会 | 东营市 |\n# 评分表\n按办法附件执行。\n",
    )
    .expect("parses")
}

/// A document to a higher authority, with every optional part of the head.
fn upward() -> Document {
    Document::parse(
        "份号：000001\n密级和保密期限：秘密★1年\n紧急程度：特急\n标志：示例市商务局\n文号：示商×〔20××〕×号\n签发人：示例签发人\n\
         标题：关于某事的请示\n主送：示例省商务厅\n落款：示例市商务局\n日期：2026年9月18日\n\n现就某事请示如下。\n妥否，请批示。\n",
    )
    .expect("parses")
}

/// A record without a red head, long enough for three pages.
fn record() -> Document {
    let paragraph = "　现场考察情况记录如下，工作站办公场所、人员、制度和网站均与申报材料相符。".repeat(3);
    let body = format!("{paragraph}\n").repeat(16);
    Document::parse(&format!("标题：实地考察记录\n落款：示例省商务厅\n日期：2026年9月18日\n\n{body}")).expect("parses")
}
