//! The .docx: opened with a zip and an XML reader, styles followed as a word processor does.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use papers::official::{Document, to_docx};
use roxmltree::{Document as Tree, Node};
use zip::ZipArchive;

use super::{notice, record, upward};

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// The parts of a file by name.
fn parts(document: &Document) -> BTreeMap<String, String> {
    let bytes = to_docx(document).expect("written");
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut parts = BTreeMap::new();
    for ix in 0..zip.len() {
        let mut file = zip.by_index(ix).expect("part");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        let name = file.name().expect("a name").into_owned();
        Tree::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        parts.insert(name, text);
    }
    parts
}

/// The element of that name below the node, directly.
fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name((WORD, name)))
}

fn value<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    node.attribute((WORD, name))
}

/// A document with the styles it refers to.
struct Reader<'a> {
    styles: &'a Tree<'a>,
    body: Node<'a, 'a>,
}

impl<'a> Reader<'a> {
    fn new(body: &'a Tree<'a>, styles: &'a Tree<'a>) -> Reader<'a> {
        Reader { styles, body: child(body.root_element(), "body").expect("body") }
    }

    fn paragraphs(&self) -> impl Iterator<Item = Node<'a, 'a>> {
        self.body.descendants().filter(|node| node.has_tag_name((WORD, "p")))
    }

    /// The paragraph whose text begins so.
    #[track_caller]
    fn paragraph(&self, start: &str) -> Node<'a, 'a> {
        self.paragraphs().find(|p| text(*p).starts_with(start)).unwrap_or_else(|| panic!("no paragraph “{start}”"))
    }

    /// A property of a paragraph: its own, or the nearest of its styles.
    fn of_paragraph(&self, p: Node<'a, 'a>, element: &str, attribute: &str) -> Option<&'a str> {
        let own = child(p, "pPr");
        let find = |properties: Option<Node<'a, 'a>>| value(child(properties?, element)?, attribute);
        find(own).or_else(|| self.chain(p).into_iter().find_map(|style| find(child(style, "pPr"))))
    }

    /// A property of a paragraph's first run: its own, or the nearest of the styles.
    fn of_text(&self, p: Node<'a, 'a>, element: &str, attribute: &str) -> Option<&'a str> {
        let run = child(p, "r")?;
        let find = |properties: Option<Node<'a, 'a>>| value(child(properties?, element)?, attribute);
        find(child(run, "rPr")).or_else(|| self.chain(p).into_iter().find_map(|style| find(child(style, "rPr"))))
    }

    /// The paragraph's style, the one it is based on, and so on.
    fn chain(&self, p: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
        let named = child(p, "pPr").and_then(|own| value(child(own, "pStyle")?, "val"));
        let mut next = Some(named.unwrap_or("Normal"));
        let mut chain = Vec::new();
        while let Some(id) = next {
            let is = |node: &Node<'_, '_>| node.has_tag_name((WORD, "style")) && value(*node, "styleId") == Some(id);
            let style = self.styles.descendants().find(|node| is(node)).unwrap_or_else(|| panic!("no style {id}"));
            chain.push(style);
            next = child(style, "basedOn").and_then(|based| value(based, "val"));
        }
        chain
    }

    /// Font and size in half points of a paragraph's text.
    fn type_of(&self, start: &str) -> (&'a str, &'a str) {
        let p = self.paragraph(start);
        let font = self.of_text(p, "rFonts", "eastAsia").expect("a font");
        assert_eq!(self.of_text(p, "rFonts", "ascii"), Some(font), "figures stand in the same type");
        (font, self.of_text(p, "sz", "val").expect("a size"))
    }
}

fn text(p: Node<'_, '_>) -> String {
    p.descendants().filter(|node| node.has_tag_name((WORD, "t"))).filter_map(|node| node.text()).collect()
}

/// Runs a check on a document's parts.
fn reading(document: &Document, check: impl FnOnce(&Reader<'_>, &BTreeMap<String, String>)) {
    let parts = parts(document);
    let body = Tree::parse(&parts["word/document.xml"]).expect("XML");
    let styles = Tree::parse(&parts["word/styles.xml"]).expect("XML");
    check(&Reader::new(&body, &styles), &parts);
}

#[test]
fn the_page_is_that_of_the_standard() {
    reading(&notice(), |reader, _| {
        let section = reader.body.children().rfind(Node::is_element).expect("a section");
        assert!(section.has_tag_name((WORD, "sectPr")), "the section is the last element");
        let of = |element: &str, attribute: &str| {
            value(child(section, element).expect("there"), attribute).expect("set").parse::<u32>().expect("a figure")
        };
        assert_eq!((of("pgSz", "w"), of("pgSz", "h")), (11_906, 16_838));
        assert_eq!(["top", "left", "right", "bottom"].map(|side| of("pgMar", side)), [2_098, 1_588, 1_474, 1_984]);
        // 22 lines of 28 characters stand on the page: twentieths of a point, 16 points less the spacing a character.
        let p = reader.paragraph("请各市商务局");
        let figure = |value: Option<&str>| value.expect("set").parse::<i32>().expect("a figure");
        assert_eq!((16_838 - 2_098 - 1_984) / figure(reader.of_paragraph(p, "spacing", "line")), 22);
        assert_eq!((11_906 - 1_588 - 1_474) / (320 + figure(reader.of_text(p, "spacing", "val"))), 28);
    });
}

#[test]
fn body_text_is_16_points_28_a_line_with_two_characters_in() {
    reading(&notice(), |reader, _| {
        for start in ["为做好年度评估", "请各市商务局", "1．材料通过", "（1）台账"] {
            assert_eq!(reader.type_of(start), ("仿宋_GB2312", "32"), "{start}");
            let p = reader.paragraph(start);
            assert_eq!(reader.of_paragraph(p, "spacing", "line"), Some("560"), "{start}");
            assert_eq!(reader.of_paragraph(p, "spacing", "lineRule"), Some("exact"), "{start}");
            assert_eq!(reader.of_paragraph(p, "ind", "firstLineChars"), Some("200"), "{start}");
        }
    });
}

#[test]
fn headings_stand_in_their_own_type() {
    reading(&notice(), |reader, _| {
        assert_eq!(reader.type_of("示例省商务厅关于开展"), ("方正小标宋简体", "44"));
        assert_eq!(reader.type_of("一、总体安排"), ("黑体", "32"));
        assert_eq!(reader.type_of("（二）方式"), ("楷体_GB2312", "32"));
        assert_eq!(reader.type_of("（一）时间。"), ("楷体_GB2312", "32"));
        let title = reader.paragraph("示例省商务厅关于开展");
        assert_eq!(reader.of_paragraph(title, "jc", "val"), Some("center"));
        assert_eq!(reader.of_paragraph(title, "spacing", "before"), Some("1120"), "two lines below the red one");
        assert_eq!(text(title), notice().title, "however it is broken");
        assert_eq!(reader.of_paragraph(reader.paragraph("一、总体安排"), "outlineLvl", "val"), Some("0"));
        // The sentence behind a heading is body text.
        let p = reader.paragraph("（一）时间。");
        let behind = p.children().filter(|node| node.has_tag_name((WORD, "r"))).nth(1).expect("a second run");
        assert_eq!((text(behind).as_str(), child(behind, "rPr")), ("材料于1月31日24时前报送。", None));
    });
}

#[test]
fn the_head_is_red_over_a_red_line_and_the_number_is_the_texts_own() {
    reading(&notice(), |reader, _| {
        let issuer = reader.paragraph("示例省商务厅");
        assert_eq!(text(issuer), "示例省商务厅");
        assert_eq!(reader.of_text(issuer, "color", "val"), Some("FF0000"));
        assert_eq!(reader.of_text(issuer, "rFonts", "eastAsia"), Some("方正小标宋简体"));
        assert_eq!(reader.of_paragraph(issuer, "spacing", "before"), Some("1984"), "35 mm");
        let number = reader.paragraph("示商×〔20××〕×号");
        let line = number.descendants().find(|node| node.has_tag_name((WORD, "bottom"))).expect("the red line");
        assert_eq!((value(line, "color"), value(line, "space")), (Some("FF0000"), Some("11")));
        let addressee = reader.paragraph("各市商务局，有关单位：");
        assert_eq!(reader.of_paragraph(addressee, "ind", "firstLineChars"), None, "flush left");
        assert_eq!(reader.of_paragraph(addressee, "spacing", "before"), Some("560"));
    });
    let numberless = Document { number: String::new(), ..notice() };
    reading(&numberless, |reader, parts| {
        assert!(!parts["word/document.xml"].contains('〔'), "no number is made up");
        let issuer = reader.paragraph("示例省商务厅");
        assert!(issuer.descendants().any(|node| node.has_tag_name((WORD, "bottom"))), "the line moves up");
    });
}

#[test]
fn what_stands_above_the_head_leaves_the_head_in_its_place() {
    reading(&upward(), |reader, _| {
        let tops: Vec<String> = reader.paragraphs().take(4).map(text).collect();
        assert_eq!(tops, ["000001", "秘密★1年", "特急", "示例市商务局"], "from the top down");
        assert_eq!(reader.type_of("000001"), ("仿宋_GB2312", "32"));
        assert_eq!(reader.type_of("秘密★1年"), ("黑体", "32"));
        assert_eq!(reader.type_of("特急"), ("黑体", "32"));
        let figure = |start: &str, attribute: &str| {
            let value = reader.of_paragraph(reader.paragraph(start), "spacing", attribute);
            value.expect("set").parse::<u32>().expect("a figure")
        };
        let above: u32 =
            ["000001", "秘密★1年", "特急"].map(|mark| figure(mark, "before") + figure(mark, "line")).iter().sum();
        assert_eq!(above + figure("示例市商务局", "before"), 1_984, "the head is 35 mm below the top");
        for mark in ["000001", "秘密★1年", "特急"] {
            assert_eq!(reader.of_paragraph(reader.paragraph(mark), "jc", "val"), Some("left"));
            assert_eq!(reader.of_paragraph(reader.paragraph(mark), "ind", "leftChars"), None, "flush left");
        }
    });
    let two = Document { copy: String::new(), ..upward() };
    reading(&two, |reader, _| {
        assert_eq!(reader.of_paragraph(reader.paragraph("示例市商务局"), "spacing", "before"), Some("864"));
    });
}

#[test]
fn who_signs_stands_at_the_right_of_the_number() {
    reading(&upward(), |reader, _| {
        let line = reader.paragraph("示商×〔20××〕×号");
        assert_eq!(text(line), "示商×〔20××〕×号签发人：示例签发人");
        assert_eq!(reader.of_paragraph(line, "jc", "val"), Some("left"));
        assert_eq!(reader.of_paragraph(line, "ind", "leftChars"), Some("100"), "one character in");
        let tab = line.descendants().find(|node| node.has_tag_name((WORD, "tab"))).expect("a tab");
        assert_eq!((value(tab, "val"), value(tab, "pos")), (Some("right"), Some("8529")), "one character in");
        let name = line.children().rfind(|node| node.has_tag_name((WORD, "r"))).expect("a run");
        let fonts = child(child(name, "rPr").expect("its own"), "rFonts").expect("a font");
        assert_eq!((text(name).as_str(), value(fonts, "eastAsia")), ("示例签发人", Some("楷体_GB2312")));
        let red = line.descendants().find(|node| node.has_tag_name((WORD, "bottom"))).expect("the red line");
        assert_eq!(value(red, "color"), Some("FF0000"));
    });
    reading(&notice(), |reader, parts| {
        let body = &parts["word/document.xml"];
        assert!(!body.contains("签发人") && !body.contains("HeadMark") && !body.contains("CopyNumber"), "not made up");
        assert_eq!(text(reader.paragraphs().next().expect("a head")), "示例省商务厅");
    });
}

#[test]
fn a_form_has_no_head() {
    reading(&record(), |reader, parts| {
        assert!(!parts["word/document.xml"].contains("FF0000"));
        assert_eq!(text(reader.paragraphs().next().expect("a title")), "实地考察记录");
    });
}

#[test]
fn the_signature_stands_at_the_right_without_a_seal() {
    reading(&notice(), |reader, parts| {
        let signed = reader.paragraphs().filter(|p| text(*p) == "示例省商务厅").last().expect("signed");
        let dated = reader.paragraph("2026年9月18日");
        for p in [signed, dated] {
            assert_eq!(reader.of_paragraph(p, "jc", "val"), Some("right"));
        }
        assert_eq!(reader.of_paragraph(dated, "ind", "rightChars"), Some("400"));
        assert!(!parts.keys().any(|name| name.contains("media")), "nothing is drawn");
    });
}

#[test]
fn annexes_are_named_below_the_body_and_begin_pages() {
    reading(&notice(), |reader, _| {
        let first = reader.paragraph("附件：1．2026年参评工作站名单");
        assert_eq!(reader.of_paragraph(first, "spacing", "before"), Some("560"));
        reader.paragraph("2．评分表");
        let mark = reader.paragraph("附件1");
        assert_eq!(reader.of_text(mark, "rFonts", "eastAsia"), Some("黑体"));
        let breaks =
            |style: &Node<'_, '_>| child(*style, "pPr").is_some_and(|own| child(own, "pageBreakBefore").is_some());
        assert!(reader.chain(mark).iter().any(breaks));
        assert_eq!(reader.type_of("2026年参评工作站名单"), ("方正小标宋简体", "44"));
        let copies = reader.paragraph("抄送：示例省财政厅，各工作站。");
        assert_eq!(reader.of_paragraph(copies, "framePr", "yAlign"), Some("bottom"));
        assert_eq!(reader.of_text(copies, "sz", "val"), Some("28"));
    });
}

#[test]
fn a_table_fills_the_type_area_and_repeats_its_head() {
    reading(&notice(), |reader, _| {
        let table = reader.body.descendants().find(|node| node.has_tag_name((WORD, "tbl"))).expect("a table");
        let grid = child(table, "tblGrid").expect("a grid");
        let widths: Vec<u32> = grid.children().filter_map(|column| value(column, "w")?.parse().ok()).collect();
        assert_eq!((widths.len(), widths.iter().sum::<u32>()), (3, 8_844));
        let rows: Vec<_> = table.children().filter(|node| node.has_tag_name((WORD, "tr"))).collect();
        assert_eq!(rows.len(), 3);
        let heads = rows.iter().filter(|row| row.descendants().any(|node| node.has_tag_name((WORD, "tblHeader"))));
        assert_eq!(heads.count(), 1);
        assert_eq!(reader.type_of("环节"), ("黑体", "28"));
        assert_eq!(reader.type_of("市级核查"), ("仿宋_GB2312", "28"));
    });
}

#[test]
fn page_numbers_stand_outside_between_dashes() {
    let parts = parts(&notice());
    let settings = Tree::parse(&parts["word/settings.xml"]).expect("XML");
    assert!(settings.descendants().any(|node| node.has_tag_name((WORD, "evenAndOddHeaders"))));
    let styles = Tree::parse(&parts["word/styles.xml"]).expect("XML");
    let body = Tree::parse(&parts["word/document.xml"]).expect("XML");
    let reader = Reader::new(&body, &styles);
    for (kind, side, inset) in [("default", "right", "rightChars"), ("even", "left", "leftChars")] {
        let reference = body
            .descendants()
            .find(|node| node.has_tag_name((WORD, "footerReference")) && value(*node, "type") == Some(kind));
        let id = reference.and_then(|node| node.attributes().find(|a| a.name() == "id")).expect("a footer").value();
        let relations = Tree::parse(&parts["word/_rels/document.xml.rels"]).expect("XML");
        let target = relations.descendants().find(|node| node.attribute("Id") == Some(id)).expect("a part");
        let footer = &parts[&format!("word/{}", target.attribute("Target").expect("a target"))];
        let footer = Tree::parse(footer).expect("XML");
        let p = footer.descendants().find(|node| node.has_tag_name((WORD, "p"))).expect("a paragraph");
        let text = text(p);
        assert!(text.starts_with("— ") && text.ends_with(" —"), "{text}");
        let field = p.descendants().find(|node| node.has_tag_name((WORD, "instrText"))).and_then(|node| node.text());
        assert_eq!(field, Some(" PAGE "));
        // Styles are those of the document; the paragraph is the footer's own.
        let of = |element: &str, attribute: &str| {
            let find = |style: &Node<'_, '_>, group: &str| {
                let properties = style.children().find(|node| node.has_tag_name((WORD, group)))?;
                let element = properties.children().find(|node| node.has_tag_name((WORD, element)))?;
                element.attribute((WORD, attribute)).map(str::to_owned)
            };
            let id = p.descendants().find(|node| node.has_tag_name((WORD, "pStyle"))).expect("a style");
            let id = id.attribute((WORD, "val")).expect("named");
            let style = reader.styles.descendants().find(|node| value(*node, "styleId") == Some(id)).expect("there");
            find(&style, "pPr").or_else(|| find(&style, "rPr"))
        };
        assert_eq!(of("jc", "val").as_deref(), Some(side));
        assert_eq!(of("ind", inset).as_deref(), Some("100"));
        assert_eq!((of("rFonts", "ascii").as_deref(), of("sz", "val").as_deref()), (Some("宋体"), Some("28")));
    }
}

#[test]
fn every_style_and_font_used_is_there_and_no_font_is_in_the_file() {
    let all = parts(&notice());
    reading(&notice(), |reader, _| {
        for p in reader.paragraphs() {
            reader.chain(p);
        }
    });
    let fonts = &all["word/fontTable.xml"];
    for text in [&all["word/styles.xml"], &all["word/document.xml"]] {
        for name in text.split("w:eastAsia=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(name == "zh-CN" || fonts.contains(&format!("w:name=\"{name}\"")), "{name}");
        }
    }
    assert!(all.keys().all(|name| name.ends_with(".xml") || name.ends_with(".rels")), "{:?}", all.keys());
    let types = &all["[Content_Types].xml"];
    for name in all.keys().filter(|name| name.ends_with(".xml") && !name.starts_with('[')) {
        assert!(types.contains(&format!("PartName=\"/{name}\"")), "{name}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert!(to_docx(&notice()).expect("written") == to_docx(&notice()).expect("written"));
}

#[test]
fn what_a_user_typed_is_never_markup() {
    let typed = "标题：<w:p/>&amp;\"\u{B}\n\n</w:t></w:r> & < > ' \"\n| <a> | & |\n";
    let document = Document::parse(typed).expect("parses");
    reading(&document, |reader, _| {
        assert_eq!(text(reader.paragraphs().next().expect("a title")), "<w:p/>&amp;\"");
        reader.paragraph("</w:t></w:r> & < > ' \"");
        reader.paragraph("<a>");
    });
}

/// Word refuses a file whose properties stand in another order than the schema's; other programs do not tell.
#[test]
fn properties_stand_in_the_order_of_the_schema() {
    const ORDERS: [(&str, &[&str]); 6] = [
        (
            "pPr",
            &[
                "pStyle",
                "keepNext",
                "keepLines",
                "pageBreakBefore",
                "framePr",
                "widowControl",
                "pBdr",
                "tabs",
                "autoSpaceDE",
                "autoSpaceDN",
                "spacing",
                "ind",
                "jc",
                "outlineLvl",
            ],
        ),
        ("rPr", &["rFonts", "b", "color", "spacing", "kern", "sz", "szCs", "lang"]),
        ("tblPr", &["tblW", "jc", "tblBorders", "tblLayout", "tblCellMar"]),
        ("tcPr", &["tcW", "vAlign"]),
        ("sectPr", &["footerReference", "pgSz", "pgMar"]),
        ("style", &["name", "basedOn", "next", "qFormat", "pPr", "rPr"]),
    ];
    let mut seen = 0;
    let (all, full) = (parts(&notice()), parts(&upward()));
    for (name, text) in all.iter().chain(&full).filter(|(name, _)| name.starts_with("word/")) {
        let tree = Tree::parse(text).expect("XML");
        for node in tree.descendants().filter(Node::is_element) {
            let Some((_, order)) = ORDERS.iter().find(|(element, _)| *element == node.tag_name().name()) else {
                continue;
            };
            let place = |child: Node<'_, '_>| {
                let child = child.tag_name().name();
                order.iter().position(|known| *known == child).unwrap_or_else(|| panic!("{name}: {child} in {node:?}"))
            };
            let places: Vec<usize> = node.children().filter(Node::is_element).map(place).collect();
            assert!(places.is_sorted(), "{name}: {node:?}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}
