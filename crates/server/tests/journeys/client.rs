//! A browser as far as the server can tell: it keeps cookies and sends back the hidden fields of the last form.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use tower::ServiceExt as _;

use crate::offered::{leads, sends};

/// Hidden fields a browser sends without being asked.
const CARRIED: [&str; 2] = ["csrf", "once"];

pub struct Client {
    router: Router,
    cookies: BTreeMap<String, String>,
    hidden: BTreeMap<&'static str, String>,
    /// The page it looks at.
    here: String,
    typing: bool,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A file to upload: name and content.
pub type File<'a> = (&'a str, &'a [u8]);

impl Client {
    pub fn new(router: Router) -> Client {
        Client { router, cookies: BTreeMap::new(), hidden: BTreeMap::new(), here: String::new(), typing: false }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, None, Bytes::new()).await;
        if answer.status == StatusCode::OK {
            path.clone_into(&mut self.here);
        }
        answer
    }

    /// Follows a redirect to its page.
    pub async fn follow(&mut self, answer: &Answer) -> Answer {
        self.get(&answer.location()).await
    }

    /// Posts a form with the last page's hidden fields. Whatever the law refuses, the page it looks at must not offer.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form(&self.carried(fields));
        let answer = self.send(Method::POST, path, Some(FORM), body).await;
        self.not_offered(&answer, path, fields).await;
        answer
    }

    /// What comes next is refused for what is typed into it, which no page can know: the page may well offer the act.
    pub fn typing(&mut self) -> &mut Client {
        self.typing = true;
        self
    }

    /// Meets a refusal on both sides: the page gives the reason with its article and has nothing that sends this, and
    /// sending it all the same is refused with that reason and article.
    pub async fn refused(&mut self, page: &str, act: &str, fields: &[(&str, &str)], reason: &str, article: &str) {
        let shown = self.get(page).await;
        shown.is(200).says(reason).says(article);
        assert!(!sends(&shown.text(), act, fields), "{page} sends what {act} refuses: {}", shown.text());
        self.post(act, fields).await.is(403).says(reason).says(article).says("依据：");
    }

    /// The same of an act whose turn has passed or not come: the page says where the matter stands, and the refusal names
    /// just that.
    pub async fn out_of_turn(&mut self, page: &str, act: &str, fields: &[(&str, &str)], stage: &str, article: &str) {
        let shown = self.get(page).await;
        assert!(!sends(&shown.is(200).says(stage).text(), act, fields), "{page} sends what {act} refuses");
        self.post(act, fields).await.is(403).says(stage).says(article).says("依据：");
    }

    /// The same of a page that is for others: nothing leads there, and going there is refused.
    pub async fn barred(&mut self, from: &str, page: &str, reason: &str, article: &str) {
        let shown = self.get(from).await;
        shown.is(200);
        assert!(!leads(&shown.text(), page), "{from} leads to {page}, which is refused: {}", shown.text());
        self.get(page).await.is(403).says(reason).says(article).says("依据：");
    }

    /// Finds the act on the page, not switched off, and does it.
    pub async fn offered(&mut self, page: &str, act: &str, fields: &[(&str, &str)], files: &[File<'_>]) -> Answer {
        let shown = self.get(page).await;
        let sent = with_files(fields, files);
        assert!(sends(&shown.is(200).text(), act, &sent), "{page} has nothing that sends {act}: {}", shown.text());
        let answer = match files {
            [] => self.post(act, fields).await,
            files => self.upload(act, fields, files).await,
        };
        answer.is(303);
        answer
    }

    /// A refused act is not on the page it looks at, as that page is now.
    async fn not_offered(&mut self, answer: &Answer, act: &str, sent: &[(&str, &str)]) {
        let typing = std::mem::take(&mut self.typing);
        if typing || !answer.refused() || self.here.is_empty() {
            return;
        }
        // What it carried stays: a form sent again is the same form.
        let hidden = self.hidden.clone();
        let shown = self.send(Method::GET, &self.here.clone(), None, Bytes::new()).await;
        self.hidden = hidden;
        let text = shown.text();
        assert!(!sends(&text, act, sent), "{} offers what {act} refuses: {}\n{text}", self.here, answer.text());
    }

    /// Posts exactly these fields: no token comes along.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some(FORM), form(fields)).await
    }

    /// Posts a multipart form with the last page's hidden fields; every file goes under the name `files`.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[File<'_>]) -> Answer {
        let body = multipart(&self.carried(fields), files);
        let answer = self.send(Method::POST, path, Some("multipart/form-data; boundary=fengsui-test"), body).await;
        self.not_offered(&answer, path, &with_files(fields, files)).await;
        answer
    }

    /// Sends with headers of the test's own beside the cookies.
    pub async fn send_with(&mut self, headers: &[(&str, &str)], method: Method, path: &str, body: Bytes) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(COOKIE, self.cookie_line());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.run(request.body(Body::from(body)).expect("request")).await
    }

    /// The token of the last form, for tests that send their own.
    pub fn token(&self, name: &str) -> &str {
        self.hidden.get(name).map_or("", String::as_str)
    }

    fn carried<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = |name: &str| fields.iter().any(|(key, _)| *key == name);
        let hidden = self.hidden.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (*name, value.as_str()));
        hidden.chain(fields.iter().copied()).collect()
    }

    fn cookie_line(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    async fn send(&mut self, method: Method, path: &str, kind: Option<&str>, body: Bytes) -> Answer {
        let headers: Vec<(&str, &str)> = kind.map(|kind| (CONTENT_TYPE.as_str(), kind)).into_iter().collect();
        self.send_with(&headers, method, path, body).await
    }

    async fn run(&mut self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("body");
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().expect("ascii").split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), value.split(';').next().unwrap_or_default().to_owned());
        }
        let answer = Answer { what, status: parts.status, headers: parts.headers, bytes };
        self.keep_hidden(&answer);
        answer
    }

    fn keep_hidden(&mut self, answer: &Answer) {
        for name in CARRIED {
            if let Some(value) = hidden_field(&answer.text(), name) {
                self.hidden.insert(name, value);
            }
        }
    }
}

fn with_files<'a>(fields: &[(&'a str, &'a str)], files: &[File<'a>]) -> Vec<(&'a str, &'a str)> {
    fields.iter().copied().chain(files.iter().map(|(name, _)| ("files", *name))).collect()
}

fn hidden_field(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn form(fields: &[(&str, &str)]) -> Bytes {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    Bytes::from(pairs.join("&"))
}

fn multipart(fields: &[(&str, &str)], files: &[File<'_>]) -> Bytes {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--fengsui-test\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, content) in files {
        let head = format!(
            "--fengsui-test\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--fengsui-test--\r\n");
    Bytes::from(body)
}

/// What the server said.
pub struct Answer {
    what: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The law said no, with its article; a page left open too long is something else.
    fn refused(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.text().contains("依据：")
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Answer {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.what, self.text());
        self
    }

    #[track_caller]
    pub fn says(&self, sentence: &str) -> &Answer {
        assert!(self.text().contains(sentence), "{} does not say “{sentence}”: {}", self.what, self.text());
        self
    }

    #[track_caller]
    pub fn says_not(&self, sentence: &str) -> &Answer {
        assert!(!self.text().contains(sentence), "{} says “{sentence}”: {}", self.what, self.text());
        self
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}: {}", self.what, self.text());
        self.header(LOCATION.as_str()).to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The number in `{prefix}{number}`, e.g. of a redirect or a link on the page.
    #[track_caller]
    pub fn number_after(&self, prefix: &str) -> i64 {
        let place = self.header(LOCATION.as_str());
        let text = if place.is_empty() { self.text() } else { place.to_owned() };
        let found = text.split(prefix).skip(1).find_map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        found.unwrap_or_else(|| panic!("{}: no number after {prefix}: {text}", self.what))
    }
}
