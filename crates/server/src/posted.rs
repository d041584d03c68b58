//! The body of a POST: a plain or multipart form, checked for its CSRF token before anyone reads it.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use store::files::Upload;

use crate::error::Fault;

/// Largest single file.
pub const MAX_FILE: usize = 20 * 1024 * 1024;
/// Largest body.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// Media types taken as evidence, by extension.
const TAKEN: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("wps", "application/vnd.ms-works"),
    ("et", "application/octet-stream"),
    ("ofd", "application/ofd"),
    ("txt", "text/plain"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("zip", "application/zip"),
];

/// The addresses documents of foreign notices, and lists of what was published elsewhere, are posted to, and the types they
/// come in besides. They are read and left, never kept as evidence.
const READ: [&str; 3] = ["/duties/feeds/uploads", "/duties/feeds/mappings/sample", "/appraisal/ledger/import"];
const OF_READ: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("rss", "application/rss+xml"),
    ("atom", "application/atom+xml"),
    ("html", "text/html"),
    ("htm", "text/html"),
];

/// What the `accept` of a file input says.
pub const ACCEPT: &str = "image/jpeg,image/png,image/webp,.pdf,.doc,.docx,.xls,.xlsx,.wps,.et,.ofd,.txt,.mp3,.mp4,.zip";

/// A form's fields in order, and its files.
#[derive(Debug, Default)]
pub struct Posted {
    fields: Vec<(String, String)>,
    pub files: Vec<Upload>,
    /// The field each file came in.
    file_fields: Vec<String>,
}

impl Posted {
    /// A field's value, trimmed; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// A field's value as it was typed, for text of several lines.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a repeated field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).collect()
    }

    /// Names this post by its form's hidden `once` and all it carries: the same form sent again has the same name, a
    /// changed one does not. `None` when the form has no such field.
    pub fn once(&self) -> Option<String> {
        if self.text("once").is_empty() {
            return None;
        }
        let mut digest = Sha256::new();
        let mut part = |bytes: &[u8]| {
            digest.update(bytes.len().to_le_bytes());
            digest.update(bytes);
        };
        // The session's token is left out: whoever signed in again meanwhile still sends the same form.
        for (name, value) in self.fields.iter().filter(|(name, _)| name != "csrf") {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        for file in &self.files {
            part(file.file_name.as_bytes());
            part(&Sha256::digest(&file.bytes));
        }
        Some(hex::encode(digest.finalize()))
    }

    /// The field the file at that place came in.
    pub fn field_of(&self, file: usize) -> &str {
        self.file_fields.get(file).map_or("", String::as_str)
    }

    pub fn checked(&self, name: &str) -> bool {
        matches!(self.text(name), "1" | "on" | "true")
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Posted, Fault> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let besides = if READ.contains(&request.uri().path()) { OF_READ } else { &[] };
            let multipart = Multipart::from_request(request, state).await;
            read_multipart(multipart.map_err(|error| Fault::Invalid(error.body_text()))?, besides).await
        } else {
            let body = Bytes::from_request(request, state).await;
            let body = body.map_err(|_| Fault::TooLarge("提交的内容过大。".to_owned()))?;
            let fields = form_urlencoded(&body);
            Ok(Posted { fields, ..Posted::default() })
        }
    }
}

fn form_urlencoded(body: &[u8]) -> Vec<(String, String)> {
    let decode = |part: &[u8]| {
        let plus: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_encoding::percent_decode(&plus).decode_utf8_lossy().into_owned()
    };
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=');
            let (key, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            (decode(key), decode(value))
        })
        .collect()
}

async fn read_multipart(mut multipart: Multipart, besides: &[(&str, &'static str)]) -> Result<Posted, Fault> {
    let mut posted = Posted::default();
    while let Some(field) = multipart.next_field().await.map_err(not_read)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(not_read)?;
        match file_name {
            // A file input left empty sends one part without a name.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => {
                posted.files.push(upload(&file_name, bytes, besides)?);
                posted.file_fields.push(name);
            }
            None => posted.fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(posted)
}

/// The body's limit may be met in any part of it, also between two fields.
fn not_read(error: MultipartError) -> Fault {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Fault::TooLarge(format!("一次上传合计不能超过 {} MB。", MAX_BODY / 1024 / 1024))
    } else {
        Fault::Invalid("上传没有传完整，请重试。".to_owned())
    }
}

/// `besides` are types taken here and nowhere else.
fn upload(file_name: &str, bytes: Bytes, besides: &[(&str, &'static str)]) -> Result<Upload, Fault> {
    // Some browsers send a path; only its last part is a name.
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name).to_owned();
    if bytes.len() > MAX_FILE {
        return Err(Fault::TooLarge(format!("{name} 超过单个文件上限 {} MB。", MAX_FILE / 1024 / 1024)));
    }
    if bytes.is_empty() {
        return Err(Fault::Invalid(format!("{name} 是空文件，请重新选择。")));
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    let Some((_, media_type)) = TAKEN.iter().chain(besides).find(|(known, _)| *known == extension) else {
        return Err(Fault::Invalid(format!("{name} 的类型不能作为材料上传，可用 PDF、图片、Office/WPS 文档等。")));
    };
    Ok(Upload { file_name: name, media_type: (*media_type).to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let fields = form_urlencoded("title=%E8%BD%AE%E8%83%8E+%26&x=&y".as_bytes());
        assert_eq!(fields[0], ("title".to_owned(), "轮胎 &".to_owned()));
        assert_eq!(fields[2], ("y".to_owned(), String::new()));
    }

    #[test]
    fn a_post_is_named_by_its_token_and_content() {
        let name = |body: &str| Posted { fields: form_urlencoded(body.as_bytes()), ..Posted::default() }.once();
        assert_eq!(name("title=a"), None);
        assert_eq!(name("once=1&csrf=x&title=a"), name("once=1&csrf=y&title=a"));
        assert_ne!(name("once=1&title=a"), name("once=1&title=b"));
        assert_ne!(name("once=1&title=a"), name("once=2&title=a"));
    }

    #[test]
    fn only_listed_types_are_taken() {
        let file = |name| upload(name, Bytes::from_static(b"x"), &[]);
        assert_eq!(file("C:\\photos\\签到.JPG").expect("taken").file_name, "签到.JPG");
        assert!(matches!(file("run.exe"), Err(Fault::Invalid(_))));
        assert!(matches!(upload("a.pdf", Bytes::new(), &[]), Err(Fault::Invalid(_))));
        assert!(matches!(file("page.html"), Err(Fault::Invalid(_))));
        assert!(upload("page.html", Bytes::from_static(b"x"), OF_READ).is_ok());
    }
}
