//! A browser as far as the server can tell: it keeps cookies and sends back the hidden fields of the last form.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use tower::ServiceExt as _;

/// Hidden fields a browser sends without being asked.
const CARRIED: [&str; 2] = ["csrf", "once"];

pub struct Client {
    router: Router,
    cookies: BTreeMap<String, String>,
    hidden: BTreeMap<&'static str, String>,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A file to upload: name and content.
pub type File<'a> = (&'a str, &'a [u8]);

impl Client {
    pub fn new(router: Router) -> Client {
        Client { router, cookies: BTreeMap::new(), hidden: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    /// Follows a redirect to its page.
    pub async fn follow(&mut self, answer: &Answer) -> Answer {
        self.get(&answer.location()).await
    }

    /// Posts a form with the last page's hidden fields.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form(&self.carried(fields));
        self.send(Method::POST, path, Some(FORM), body).await
    }

    /// Posts exactly these fields: no token comes along.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some(FORM), form(fields)).await
    }

    /// Posts a multipart form with the last page's hidden fields; every file goes under the name `files`.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[File<'_>]) -> Answer {
        let body = multipart(&self.carried(fields), files);
        self.send(Method::POST, path, Some("multipart/form-data; boundary=fengsui-test"), body).await
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
