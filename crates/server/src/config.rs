//! Settings: a TOML file, environment variables over it, flags over both.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use store::files::Bucket;
use store::{Objects, Store};

/// Everything `fengsui serve` can be told. Each key is also `FENGSUI_<KEY>`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Reverse proxies, whose `X-Forwarded-For` tells who asks.
    pub proxies: Vec<IpAddr>,
    /// Folder of the embedded database and of local attachments.
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; empty for `DATA/fengsui.db`.
    pub database_url: String,
    /// `folder` or `s3`.
    pub objects: String,
    pub s3_endpoint: String,
    pub s3_bucket: String,
    pub s3_region: String,
    pub s3_key_id: String,
    pub s3_secret: String,
    /// Folders searched for Chinese fonts for PDF.
    pub fonts: Vec<PathBuf>,
    /// Whether officials must sign in with a second factor.
    pub second_factor: bool,
    /// Set when served over TLS: cookies are then sent over TLS only.
    pub secure_cookies: bool,
    /// Address the public reaches this system under, `https://…`; stands in the codes of certificates.
    pub public_address: String,
    /// Whether the worker opens the websites of stations and applicants once a day. Off: nothing goes out.
    pub probe_websites: bool,
    /// Sockets `ADDRESS:PORT` that may be opened though they are not public or not of the web's ports.
    pub probe_allow: Vec<SocketAddr>,
    /// `http://HOST:PORT` of the proxy that leads out; empty for none. Mail does not go through it.
    pub outbound_proxy: String,
    /// Whether warnings go to group robots and to other systems. Off: none does.
    pub outbound_robots: bool,
    /// AppID and AppSecret of the official account (公众号) that warnings are drafted in; empty for none.
    pub wechat_appid: String,
    pub wechat_secret: Secret,
    /// Media id of the cover picture of drafts, a permanent material of that account.
    pub wechat_cover: String,
    /// Where the platform's interfaces are asked.
    pub wechat_api: String,
    /// `HOST:PORT` of the mail server; empty for no mail.
    pub mail_server: String,
    /// `starttls`, `tls`, or `none` for a server on the same machine or network.
    pub mail_security: String,
    /// What to log in with at the mail server; both empty where it asks for nothing.
    pub mail_user: String,
    pub mail_password: Secret,
    /// The sender, `name <user@host>`.
    pub mail_from: String,
    /// `aliyun`, or the address of a gateway of the operator's own that takes in signed short messages; empty for none.
    pub sms_gateway: String,
    /// The account's AccessKey ID and template, with `aliyun`.
    pub sms_key_id: String,
    pub sms_template: String,
    /// What messages to the gateway are signed with.
    pub sms_key: Secret,
    /// 签名 in front of a short message; empty for the organiser.
    pub sms_signature: String,
    /// Folder watched for documents of foreign notices, one folder a source inside; empty for none.
    pub notice_folder: PathBuf,
    /// Names of the sources of foreign notices that are fetched. Empty: none is, nothing goes out.
    pub fetch_sources: Vec<String>,
    /// Addresses of sources, by name: where none is known, or in place of the known one.
    pub fetch_addresses: BTreeMap<String, Addresses>,
    /// Subscription key of WTO's ePing API; without one `eping-json` is not fetched.
    pub eping_key: Secret,
    /// 主办单位, shown at the foot.
    pub organiser: String,
    /// 运维电话, shown at the foot.
    pub support_phone: String,
    /// 网站标识码, ICP 备案号 and 公安备案号 of the public site, shown at its foot; empty where there is none yet.
    pub site_code: String,
    pub icp_filing: String,
    pub police_filing: String,
}

/// One address, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "应为网址，或者网址的列表")]
pub enum Addresses {
    One(String),
    Several(Vec<String>),
}

impl Addresses {
    pub fn all(&self) -> &[String] {
        match self {
            Addresses::One(one) => std::slice::from_ref(one),
            Addresses::Several(several) => several,
        }
    }
}

/// A key or password: used where it belongs and shown nowhere.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            proxies: vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from(std::net::Ipv6Addr::LOCALHOST)],
            data: PathBuf::from("data"),
            database_url: String::new(),
            objects: "folder".to_owned(),
            s3_endpoint: String::new(),
            s3_bucket: String::new(),
            s3_region: "us-east-1".to_owned(),
            s3_key_id: String::new(),
            s3_secret: String::new(),
            fonts: vec![PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")],
            second_factor: true,
            secure_cookies: false,
            public_address: String::new(),
            probe_websites: false,
            probe_allow: Vec::new(),
            outbound_proxy: String::new(),
            outbound_robots: false,
            wechat_appid: String::new(),
            wechat_secret: Secret::default(),
            wechat_cover: String::new(),
            wechat_api: "https://api.weixin.qq.com".to_owned(),
            mail_server: String::new(),
            mail_security: "starttls".to_owned(),
            mail_user: String::new(),
            mail_password: Secret::default(),
            mail_from: String::new(),
            sms_gateway: String::new(),
            sms_key_id: String::new(),
            sms_template: String::new(),
            sms_key: Secret::default(),
            sms_signature: String::new(),
            notice_folder: PathBuf::new(),
            fetch_sources: Vec::new(),
            fetch_addresses: BTreeMap::new(),
            eping_key: Secret::default(),
            organiser: "省商务厅（占位）".to_owned(),
            support_phone: "（待填）".to_owned(),
            site_code: String::new(),
            icp_filing: String::new(),
            police_filing: String::new(),
        }
    }
}

impl Settings {
    /// Reads the file, if any, and lays the environment over it.
    ///
    /// # Errors
    /// One sentence naming the file or variable.
    pub fn load(file: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Settings> {
        let mut table = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("读取配置文件 {}", path.display()))?;
                text.parse::<toml::Table>().map_err(|error| {
                    let line =
                        error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                    anyhow::anyhow!("{}：第 {line} 行，{}", path.display(), error.message().replace('\n', " "))
                })?
            }
            None => toml::Table::new(),
        };
        for key in KEYS {
            let variable = format!("FENGSUI_{}", key.to_uppercase());
            if let Some(value) = env(&variable) {
                let value = from_env(key, &value).with_context(|| variable.clone())?;
                table.insert((*key).to_owned(), value);
            }
        }
        let named = file.map_or_else(|| "配置".to_owned(), |path| path.display().to_string());
        // A value of the wrong kind is shown in the error below: not these.
        for key in ["wechat_secret", "mail_password", "eping_key"] {
            if table.get(key).is_some_and(|value| !value.is_str()) {
                bail!("{named}：{key} 应为带引号的文字");
            }
        }
        // The error's own text ends with the key it is about.
        let line = |error: toml::de::Error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        table.try_into().map_err(|error| anyhow::anyhow!("{named}：{}", line(error)))
    }

    /// The database address in force.
    pub fn database(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite:{}", self.data.join("fengsui.db").display())
        } else {
            self.database_url.clone()
        }
    }

    /// What the public site shows of its filings, those there are.
    pub fn filings(&self) -> Vec<String> {
        let code =
            if self.site_code.is_empty() { String::new() } else { format!("网站标识码 {}", self.site_code) };
        let filings = [code, self.icp_filing.clone(), self.police_filing.clone()];
        filings.into_iter().filter(|filing| !filing.is_empty()).collect()
    }

    /// Opens the database.
    ///
    /// # Errors
    /// Fails when it cannot be reached.
    pub async fn open_store(&self) -> anyhow::Result<Store> {
        if self.database_url.is_empty() {
            std::fs::create_dir_all(&self.data).with_context(|| format!("建立目录 {}", self.data.display()))?;
        }
        Store::open(&self.database()).await.with_context(|| format!("打开数据库 {}", shown(&self.database())))
    }

    /// Opens the attachment storage.
    ///
    /// # Errors
    /// Fails on a kind of storage we do not know, or when the folder cannot be made.
    pub fn open_objects(&self) -> anyhow::Result<Objects> {
        match self.objects.as_str() {
            "folder" => Ok(Objects::folder(&self.data.join("objects"))?),
            "s3" => Ok(Objects::bucket(&Bucket {
                endpoint: self.s3_endpoint.clone(),
                bucket: self.s3_bucket.clone(),
                region: self.s3_region.clone(),
                key_id: self.s3_key_id.clone(),
                secret: self.s3_secret.clone(),
            })?),
            other => bail!("附件存储方式“{other}”不认识，应为 folder 或 s3"),
        }
    }
}

const KEYS: &[&str] = &[
    "listen",
    "proxies",
    "data",
    "database_url",
    "objects",
    "s3_endpoint",
    "s3_bucket",
    "s3_region",
    "s3_key_id",
    "s3_secret",
    "fonts",
    "second_factor",
    "secure_cookies",
    "public_address",
    "probe_websites",
    "probe_allow",
    "outbound_proxy",
    "outbound_robots",
    "wechat_appid",
    "wechat_secret",
    "wechat_cover",
    "wechat_api",
    "mail_server",
    "mail_security",
    "mail_user",
    "mail_password",
    "mail_from",
    "sms_gateway",
    "sms_key_id",
    "sms_template",
    "sms_key",
    "sms_signature",
    "notice_folder",
    "fetch_sources",
    "fetch_addresses",
    "eping_key",
    "organiser",
    "support_phone",
    "site_code",
    "icp_filing",
    "police_filing",
];

fn from_env(key: &str, value: &str) -> anyhow::Result<toml::Value> {
    Ok(match key {
        "second_factor" | "secure_cookies" | "probe_websites" | "outbound_robots" => match value {
            "1" | "true" | "yes" | "on" => true.into(),
            "0" | "false" | "no" | "off" => false.into(),
            _ => bail!("应为 true 或 false"),
        },
        "fonts" => toml::Value::Array(
            std::env::split_paths(value).map(|path| toml::Value::String(path.display().to_string())).collect(),
        ),
        "probe_allow" | "proxies" | "fetch_sources" => {
            let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
            toml::Value::Array(parts.map(|part| part.into()).collect())
        }
        "fetch_addresses" => toml::Value::Table(addresses(value)?),
        _ => value.into(),
    })
}

/// `rss=https://… rss=https://…`: an address may hold commas, so blanks part them.
fn addresses(text: &str) -> anyhow::Result<toml::Table> {
    let mut table = toml::Table::new();
    for part in text.split_whitespace() {
        let (source, address) = part.split_once('=').with_context(|| format!("“{part}”应写作 来源=网址"))?;
        let known = table.entry(source).or_insert_with(|| toml::Value::Array(Vec::new()));
        if let toml::Value::Array(known) = known {
            known.push(address.into());
        }
    }
    Ok(table)
}

/// A database address without its password, for messages.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_lies_over_the_defaults() {
        let env = |key: &str| (key == "FENGSUI_LISTEN").then(|| "0.0.0.0:9000".to_owned());
        let settings = Settings::load(None, &env).expect("settings");
        assert_eq!(settings.listen.port(), 9000);
        assert_eq!(settings.database(), "sqlite:data/fengsui.db");
    }

    #[test]
    fn nothing_goes_out_unless_it_is_said() {
        let settings = Settings::load(None, &|_| None).expect("settings");
        assert!(!settings.probe_websites && settings.probe_allow.is_empty() && settings.outbound_proxy.is_empty());
        assert!(!settings.outbound_robots && settings.mail_server.is_empty() && settings.wechat_appid.is_empty());
        let env = |key: &str| match key {
            "FENGSUI_PROBE_WEBSITES" => Some("on".to_owned()),
            "FENGSUI_PROBE_ALLOW" => Some("10.1.2.3:80, [fd00::1]:8080".to_owned()),
            _ => None,
        };
        let settings = Settings::load(None, &env).expect("settings");
        assert!(settings.probe_websites);
        let sockets: Vec<String> = settings.probe_allow.iter().map(ToString::to_string).collect();
        assert_eq!(sockets, ["10.1.2.3:80", "[fd00::1]:8080"]);
        let env = |key: &str| (key == "FENGSUI_PROBE_ALLOW").then(|| "intranet".to_owned());
        assert!(Settings::load(None, &env).is_err());
    }

    #[test]
    fn addresses_of_sources_are_one_or_several() {
        let settings = Settings::load(None, &|_| None).expect("settings");
        assert!(settings.fetch_sources.is_empty() && settings.fetch_addresses.is_empty());
        let env = |key: &str| match key {
            "FENGSUI_FETCH_SOURCES" => Some("us-fr-json, rss".to_owned()),
            "FENGSUI_FETCH_ADDRESSES" => Some("rss=https://a.example/?x=1,2 rss=https://b.example/".to_owned()),
            _ => None,
        };
        let settings = Settings::load(None, &env).expect("settings");
        assert_eq!(settings.fetch_sources, ["us-fr-json", "rss"]);
        assert_eq!(settings.fetch_addresses["rss"].all(), ["https://a.example/?x=1,2", "https://b.example/"]);
        let env = |key: &str| (key == "FENGSUI_FETCH_ADDRESSES").then(|| "https://a.example/".to_owned());
        let error = Settings::load(None, &env).expect_err("refused");
        assert_eq!(format!("{error:#}"), "FENGSUI_FETCH_ADDRESSES: “https://a.example/”应写作 来源=网址");
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(
            file.path(),
            "[fetch_addresses]\nrss = [\"https://a.example/\"]\ncsv = \"https://b.example/\"\n",
        )
        .expect("written");
        let settings = Settings::load(Some(file.path()), &|_| None).expect("settings");
        assert_eq!(settings.fetch_addresses["csv"].all(), ["https://b.example/"]);
        std::fs::write(file.path(), "fetch_addresses = { rss = 7 }\n").expect("written");
        let error = Settings::load(Some(file.path()), &|_| None).expect_err("refused");
        assert!(format!("{error:#}").contains("应为网址，或者网址的列表"), "{error:#}");
    }

    #[test]
    fn a_bad_value_names_its_variable() {
        let env = |key: &str| (key == "FENGSUI_SECOND_FACTOR").then(|| "maybe".to_owned());
        let error = Settings::load(None, &env).expect_err("refused");
        assert_eq!(format!("{error:#}"), "FENGSUI_SECOND_FACTOR: 应为 true 或 false");
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(shown("postgres://a:secret@db/x"), "postgres://…@db/x");
        assert_eq!(shown("sqlite:data/fengsui.db"), "sqlite:data/fengsui.db");
        let env = |key: &str| (key == "FENGSUI_MAIL_PASSWORD").then(|| "hunter2".to_owned());
        let settings = Settings::load(None, &env).expect("settings");
        assert_eq!(settings.mail_password.text(), "hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let file = tempfile::NamedTempFile::new().expect("a file");
        for key in ["mail_password", "wechat_secret", "eping_key"] {
            std::fs::write(file.path(), format!("{key} = 8675309\n")).expect("written");
            let error = Settings::load(Some(file.path()), &|_| None).expect_err("refused");
            assert!(format!("{error:#}").ends_with(&format!("{key} 应为带引号的文字")), "{error:#}");
        }
    }
}
