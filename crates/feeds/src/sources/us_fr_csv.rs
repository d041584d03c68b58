//! US Federal Register as CSV: the API's own (`documents.csv`), and lists that monitors collect from it.
//!
//! Format: <https://www.federalregister.gov/developers/documentation/api/v1>; columns are found by name, in any order.
//! A row from Public Inspection has no day of publication yet; its address says what it is.

use crate::draft::Draft;
use crate::mapping::DateOrder;
use crate::outcome::Out;
use crate::table::{self, Headings};
use crate::{How, Relation, Source, identity};

struct Columns {
    number: Option<usize>,
    title: usize,
    published: Option<usize>,
    agency: Option<usize>,
    body: Option<usize>,
    docket: Option<usize>,
    url: Option<usize>,
    origin: Option<usize>,
    closes: Option<usize>,
    dates: Option<usize>,
    corrects: Option<usize>,
    action: Option<usize>,
}

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let text = table::text(bytes);
    let desk = out.desk;
    table::read(&text, out, columns, |columns, fields, _| {
        let field =
            |column: Option<usize>| column.and_then(|column| fields.get(column)).map_or("", |field| field.trim());
        let (title, body, url) = (field(Some(columns.title)), field(columns.body), field(columns.url));
        let number = match field(columns.number) {
            "" => desk.numbers.register_in_address(url).unwrap_or_default(),
            number => number.to_owned(),
        };
        let inspection = url.contains("/public-inspection/") || field(columns.origin).contains("Public Inspection");
        let relates_to = if inspection {
            Some(Relation { how: How::Announces, to: Some(identity(Source::UsFrCsv, &number)), named: None })
        } else {
            desk.numbers.register_relation(&number, field(columns.corrects), title)
        };
        Ok(Draft {
            // The day a document on Public Inspection states is a plan.
            published_on: desk.dates.field(field(columns.published), DateOrder::MonthFirst)?.filter(|_| !inspection),
            authority: field(columns.agency).to_owned(),
            country: Some("US".to_owned()),
            label: field(columns.action).to_owned(),
            docket: field(columns.docket).to_owned(),
            deadline_on: desk
                .dates
                .field(field(columns.closes), DateOrder::MonthFirst)
                .unwrap_or_default()
                .or_else(|| desk.dates.deadline_in(field(columns.dates))),
            url: Some(url.to_owned()),
            relates_to,
            id: number,
            title: title.to_owned(),
            body: body.to_owned(),
            hs_text: body.to_owned(),
            ..Draft::default()
        })
    });
}

fn columns(headings: &Headings) -> Result<Columns, String> {
    let number = headings.column(&["document_number", "document_id", "fr_doc_number", "FR document number"]);
    let url = headings.column(&["html_url", "source_url", "url", "pdf_url"]);
    let title = headings.column(&["title"]).ok_or("缺少标题列（title）")?;
    if number.is_none() && url.is_none() {
        return Err("缺少文件编号列（document_number）".to_owned());
    }
    Ok(Columns {
        number,
        title,
        published: headings.column(&["publication_date", "published_on", "publication date"]),
        agency: headings.column(&["agency_names", "source_agency", "agencies", "agency"]),
        body: headings.column(&["abstract", "excerpts"]),
        docket: headings.column(&["docket_ids", "docket_id", "case_number", "case_numbers", "docket"]),
        url,
        origin: headings.column(&["source"]),
        closes: headings.column(&["comments_close_on"]),
        dates: headings.column(&["dates"]),
        corrects: headings.column(&["correction_of"]),
        action: headings.column(&["action"]),
    })
}
