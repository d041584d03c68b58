//! What a handler answers when it cannot give its page: one clear sentence, the right status, nothing lost.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use regulation::general::Refusal;

/// Why a page is not there.
#[derive(Debug)]
pub enum Fault {
    /// Not there, or not for this person to know: 404.
    NotFound,
    /// The law says no: 403 with its article.
    Refused(Refusal),
    /// What was sent cannot be used: 422 and a sentence.
    Invalid(String),
    /// Somebody else was first: 409.
    Conflict(String),
    /// The page was left open too long, or the request came from elsewhere: 403.
    Forged,
    /// Too large: 413.
    TooLarge(String),
    /// Too many requests in a short time: 429.
    TooOften(String),
    /// Another system did not take what it was handed: 502 and a sentence.
    Untaken(String),
    /// Go there instead, e.g. to the sign-in page.
    Elsewhere(String),
    /// We broke: 500, logged.
    Broken(anyhow::Error),
}

pub type Page = Result<Response, Fault>;

#[derive(Template)]
#[template(path = "layout/fault.html")]
struct FaultPage {
    title: &'static str,
    class: &'static str,
    sentence: String,
    basis: Option<String>,
    way_out: &'static str,
}

impl Fault {
    fn page(self) -> (StatusCode, FaultPage) {
        let plain =
            |title, sentence: String, way_out| FaultPage { title, class: "fs-error", sentence, basis: None, way_out };
        match self {
            Fault::NotFound => (
                StatusCode::NOT_FOUND,
                plain(
                    "没有这个页面",
                    "没有找到，或不在可查看的范围内。".to_owned(),
                    "请核对网址；从邮件进入的，请复制完整链接。",
                ),
            ),
            Fault::Refused(refusal) => (
                StatusCode::FORBIDDEN,
                FaultPage {
                    title: "不予办理",
                    class: "fs-refuse",
                    sentence: refusal.reason,
                    basis: Some(refusal.basis),
                    way_out: "需要办理的，请由有权限的账户操作。",
                },
            ),
            Fault::Invalid(sentence) => {
                (StatusCode::UNPROCESSABLE_ENTITY, plain("内容有误", sentence, "请返回上一页修改，已填写的内容仍在。"))
            }
            Fault::Conflict(sentence) => {
                (StatusCode::CONFLICT, plain("情况已有变化", sentence, "请刷新页面查看最新情况。"))
            }
            Fault::Forged => (
                StatusCode::FORBIDDEN,
                plain(
                    "页面已失效",
                    "登录状态或者代办身份已变化，本次提交没有保存。".to_owned(),
                    "请返回上一页刷新后重新提交。",
                ),
            ),
            Fault::TooLarge(sentence) => {
                (StatusCode::PAYLOAD_TOO_LARGE, plain("文件过大", sentence, "请压缩或拆分后再上传。"))
            }
            Fault::TooOften(sentence) => {
                (StatusCode::TOO_MANY_REQUESTS, plain("请求过于频繁", sentence, "请稍后再试。"))
            }
            Fault::Untaken(sentence) => (
                StatusCode::BAD_GATEWAY,
                plain("对方没有接收", sentence, "请按上述原因处理后再试，已发布的内容不受影响。"),
            ),
            Fault::Elsewhere(_) => (StatusCode::SEE_OTHER, plain("", String::new(), "")),
            Fault::Broken(error) => {
                tracing::error!(error = format!("{error:#}"), "request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    plain("系统出错", "本次操作没有完成，已记录。".to_owned(), "请稍后再试；仍不成功的，请联系运维。"),
                )
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if let Fault::Elsewhere(place) = &self {
            return Redirect::to(place).into_response();
        }
        let (status, page) = self.page();
        match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => status.into_response(),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(refusal)
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Fault {
        match error {
            store::Error::Conflict(sentence) => Fault::Conflict(sentence),
            other => Fault::Broken(other.into()),
        }
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Fault {
        Fault::Broken(error)
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Fault {
        Fault::Broken(error.into())
    }
}

impl From<papers::PaperError> for Fault {
    fn from(error: papers::PaperError) -> Fault {
        Fault::Broken(error.into())
    }
}
