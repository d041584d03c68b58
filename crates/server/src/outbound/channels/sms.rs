//! 短信: to firms no mailbox is known of, through an account with Alibaba Cloud, or through a gateway of the operator's own that
//! takes in a signed message (docs/how-to/send-short-messages.md).

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regulation::duties::roster::mobile;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::post::{Answer, Post, hmac, signing};
use super::texts::sms_text;
use super::{Failure, Message, Sent, cut};
use crate::clock::random_token;
use crate::config::{Secret, Settings};
use crate::outbound::way::Way;

/// Where Alibaba Cloud's API of short messages is asked.
const ALIYUN: &str = "https://dysmsapi.aliyuncs.com/";
/// Characters one variable of a template may hold there.
const VARIABLE: usize = 35;
/// The unreserved characters of RFC 3986 stand as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// How long a number is left alone that was sent too many messages.
const LIMITED: std::time::Duration = std::time::Duration::from_secs(3600);

/// The way to people's mobile telephones.
pub struct Gateway {
    post: Post,
    url: Url,
    key: Secret,
    /// 签名, in front of each message.
    signature: String,
    account: Option<Account>,
}

/// An account with Alibaba Cloud; without one the gateway is the operator's own.
struct Account {
    key_id: String,
    template: String,
}

impl Gateway {
    /// What the settings name; `None` where they name none.
    ///
    /// # Errors
    /// One sentence naming the setting.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Gateway>> {
        let named = settings.sms_gateway.trim();
        if named.is_empty() {
            return Ok(None);
        }
        ensure!(!settings.sms_key.is_empty(), "sms_key：设置了 sms_gateway 的，应当设置密钥");
        let (place, account) = match named.strip_prefix("aliyun") {
            Some(place) => {
                let (key_id, template) = (settings.sms_key_id.trim(), settings.sms_template.trim());
                ensure!(!key_id.is_empty(), "sms_key_id：使用阿里云的，应当设置 AccessKey ID");
                ensure!(!template.is_empty(), "sms_template：使用阿里云的，应当设置模板编号");
                let account = Account { key_id: key_id.to_owned(), template: template.to_owned() };
                (if place.trim().is_empty() { ALIYUN } else { place.trim() }, Some(account))
            }
            None => (named, None),
        };
        let url: Option<Url> = place.parse().ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty());
        let url = url.with_context(|| format!("sms_gateway：“{named}”应为 aliyun，或者 http、https 网址"))?;
        let signed =
            [settings.sms_signature.trim(), settings.organiser.trim()].into_iter().find(|text| !text.is_empty());
        Ok(Some(Gateway {
            post: Post::by(Way::of(settings)?),
            url,
            key: settings.sms_key.clone(),
            signature: signed.unwrap_or_default().to_owned(),
            account,
        }))
    }

    pub async fn send(&self, to: &str, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
        let number = number(to)?;
        match &self.account {
            Some(account) => self.by_account(account, &number, message, at).await,
            None => self.by_own(&number, message, at).await,
        }
    }

    async fn by_own(&self, number: &str, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
        let text = sms_text(&self.signature, message).text;
        let body = json!({ "id": message.id, "phone": number, "text": text }).to_string();
        let headers = signing(self.key.text(), at, &body)?;
        let answer = self.post.json(&self.url, headers, body, at).await?;
        Ok(Sent { receipt: format!("HTTP {}", answer.status) })
    }

    async fn by_account(
        &self,
        account: &Account,
        number: &str,
        message: &Message,
        at: Timestamp,
    ) -> Result<Sent, Failure> {
        // A template has the address up to the firm's own code: the platform takes no address as a variable.
        let code = message.link().and_then(|link| link.path_segments()?.next_back().map(str::to_owned));
        let variables = json!({ "title": cut(&message.heading(), VARIABLE), "code": code.unwrap_or_default() });
        let asked = BTreeMap::from([
            ("OutId", message.id.clone()),
            ("PhoneNumbers", number.to_owned()),
            ("SignName", self.signature.clone()),
            ("TemplateCode", account.template.clone()),
            ("TemplateParam", variables.to_string()),
        ]);
        let mut url = self.url.clone();
        url.set_query(Some(&query(&asked)));
        let nonce = random_token().map_err(|_| Failure::passing("系统没有随机数可用。"))?;
        let call = Call { action: "SendSms", version: "2017-05-25", nonce: &nonce, at };
        let headers = call.signed(&url, &account.key_id, &self.key);
        outcome(&self.post.json(&url, headers, String::new(), at).await?)
    }
}

/// The mobile number in a telephone field.
pub fn number(typed: &str) -> Result<String, Failure> {
    mobile(typed).ok_or_else(|| Failure::lasting("登记的电话不是手机号码。"))
}

/// Parameters in the order of their names, as they are signed and asked.
fn query(asked: &BTreeMap<&str, String>) -> String {
    let pair = |(name, value): (&&str, &String)| format!("{name}={}", utf8_percent_encode(value, RESERVED));
    asked.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn headers<const N: usize>(of: [(&str, String); N]) -> HeaderMap {
    let pair =
        |(name, value): (&str, String)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
    of.into_iter().filter_map(pair).collect()
}

/// A call of Alibaba Cloud's API without a body, to be signed (ACS3-HMAC-SHA256).
struct Call<'a> {
    action: &'a str,
    version: &'a str,
    nonce: &'a str,
    at: Timestamp,
}

impl Call<'_> {
    fn signed(&self, url: &Url, key_id: &str, key: &Secret) -> HeaderMap {
        let body = hex::encode(Sha256::digest(b""));
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let host = format!("{}{port}", url.host_str().unwrap_or_default());
        let date = self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let own = [
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", body.clone()),
            ("x-acs-date", date),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ];
        let lines: String = own.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names: String = own.iter().map(|(name, _)| format!(";{name}")).collect();
        let query = url.query().unwrap_or_default();
        let canonical = format!("POST\n{}\n{query}\nhost:{host}\n{lines}\nhost{names}\n{body}", url.path());
        let text = format!("ACS3-HMAC-SHA256\n{}", hex::encode(Sha256::digest(canonical)));
        let signature = hex::encode(hmac(key.text(), &text));
        let mut signed = headers(own);
        let said = format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders=host{names},Signature={signature}");
        signed.extend(headers([("authorization", said)]));
        signed
    }
}

/// What the platform's code means. What the operator can mend is tried again meanwhile.
fn outcome(answer: &Answer) -> Result<Sent, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Said {
        code: String,
        #[serde(default)]
        biz_id: String,
    }
    let said: Said = answer.parsed("短信平台的答复无法识别。")?;
    let code: String = said.code.chars().filter(|c| c.is_ascii_alphanumeric() || "._".contains(*c)).take(60).collect();
    Err(match code.as_str() {
        "OK" => return Ok(Sent { receipt: format!("BizId {}", said.biz_id.chars().take(60).collect::<String>()) }),
        "isv.MOBILE_NUMBER_ILLEGAL" => Failure::lasting("短信平台认为手机号码有误。"),
        "isv.BLACK_KEY_CONTROL_LIMIT" | "isv.PARAM_LENGTH_LIMIT" | "isv.PARAM_NOT_SUPPORT_URL" => {
            Failure::lasting(format!("短信平台不接收这一内容（{code}）。"))
        }
        "isv.BUSINESS_LIMIT_CONTROL" => Failure::after(LIMITED, "短信平台限制了发送频率。"),
        "isv.AMOUNT_NOT_ENOUGH" | "isv.OUT_OF_SERVICE" => Failure::passing("短信平台账户欠费，由运维处理。"),
        "isv.SMS_SIGNATURE_ILLEGAL" | "isv.SMS_TEMPLATE_ILLEGAL" | "isv.TEMPLATE_MISSING_PARAMETERS" => {
            Failure::passing(format!("短信签名或者模板与平台登记的不符，由运维处理（{code}）。"))
        }
        _ => Failure::passing(format!("短信平台没有接收，返回 {code}。")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the platform's documentation of its signature, third version.
    #[test]
    fn the_signature_is_the_platforms() {
        let query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let url = format!("https://ecs.cn-shanghai.aliyuncs.com/?{query}").parse().expect("an address");
        let at = "2023-10-26T10:22:32Z".parse().expect("an instant");
        let nonce = "3156853299f313e23d1673dc12e1703d";
        let call = Call { action: "RunInstances", version: "2014-05-26", nonce, at };
        let signed = call.signed(&url, "YourAccessKeyId", &Secret::from("YourAccessKeySecret".to_owned()));
        let said = signed["authorization"].to_str().expect("text");
        assert!(said.ends_with("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"), "{said}");
        assert_eq!(signed["x-acs-date"], "2023-10-26T10:22:32Z");
    }

    #[test]
    fn what_is_asked_is_written_as_it_is_signed() {
        let asked = BTreeMap::from([("b", "预警 a/b~*".to_owned()), ("a", "1".to_owned())]);
        assert_eq!(query(&asked), "a=1&b=%E9%A2%84%E8%AD%A6%20a%2Fb~%2A");
        let mut url: Url = ALIYUN.parse().expect("an address");
        url.set_query(Some(&query(&asked)));
        assert_eq!(url.query(), Some(query(&asked).as_str()));
    }

    #[test]
    fn a_title_fits_its_variable() {
        assert_eq!(cut(&"警".repeat(35), VARIABLE), "警".repeat(35));
        assert_eq!(cut(&"警".repeat(36), VARIABLE), format!("{}…", "警".repeat(34)));
    }
}
