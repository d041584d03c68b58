//! Attachments: content-addressed in object storage, with size, type and hash kept in the database.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use sha2::{Digest, Sha256};

use crate::query::Query;
use crate::{Error, Result, Store, Tx};

/// Where attachments lie: a folder, or any S3-compatible service.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

/// An attachment's bytes with what will be recorded of them.
#[derive(Clone, Debug)]
pub struct Upload {
    pub file_name: String,
    pub media_type: String,
    pub bytes: Bytes,
}

/// A stored attachment, not yet linked to anything.
#[derive(Clone, Debug)]
pub struct Stored {
    pub sha256: String,
    pub size: i64,
    pub file_name: String,
    pub media_type: String,
}

/// An attachment where it is used.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attachment {
    pub id: i64,
    pub noun: String,
    pub noun_id: i64,
    pub station_id: i64,
    pub sha256: String,
    pub file_name: String,
    pub size: i64,
    pub media_type: String,
    pub added_at: i64,
    /// Why its text could not be read; none where it was, or nobody tried.
    pub unread: Option<String>,
}

/// Settings of an S3-compatible service.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub key_id: String,
    pub secret: String,
}

/// Alias kept short for signatures.
pub type Files = Objects;

impl Objects {
    /// A local folder, made when absent. Writes are synced before they count.
    ///
    /// # Errors
    /// Fails when the folder cannot be made.
    pub fn folder(dir: &Path) -> Result<Objects> {
        std::fs::create_dir_all(dir).map_err(sqlx::Error::Io)?;
        Ok(Objects { store: Arc::new(LocalFileSystem::new_with_prefix(dir)?.with_fsync(true)) })
    }

    /// An S3-compatible bucket.
    ///
    /// # Errors
    /// Fails on settings that make no address.
    pub fn bucket(bucket: &Bucket) -> Result<Objects> {
        // One provider per process; a second call finds it set.
        drop(rustls::crypto::ring::default_provider().install_default());
        let store = object_store::aws::AmazonS3Builder::new()
            .with_endpoint(&bucket.endpoint)
            .with_allow_http(bucket.endpoint.starts_with("http://"))
            .with_bucket_name(&bucket.bucket)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.key_id)
            .with_secret_access_key(&bucket.secret)
            .build()?;
        Ok(Objects { store: Arc::new(store) })
    }

    /// Stores the bytes under their hash. The same bytes twice are one object.
    ///
    /// # Errors
    /// Fails when the storage does.
    pub async fn put(&self, upload: Upload) -> Result<Stored> {
        let sha256 = hex::encode(Sha256::digest(&upload.bytes));
        let size = i64::try_from(upload.bytes.len()).unwrap_or(i64::MAX);
        let mode = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&key(&sha256), PutPayload::from_bytes(upload.bytes), mode).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Stored { sha256, size, file_name: upload.file_name, media_type: upload.media_type })
    }

    /// The bytes behind a hash, checked against it.
    ///
    /// # Errors
    /// Fails when they are missing or not what was stored.
    pub async fn get(&self, sha256: &str) -> Result<Bytes> {
        let bytes = self.store.get(&key(sha256)).await?.bytes().await?;
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            return Err(Error::Commit(format!("附件 {sha256} 的内容与其哈希不符")));
        }
        Ok(bytes)
    }
}

/// Two levels of folders keep any one small.
fn key(sha256: &str) -> object_store::path::Path {
    let (a, b) = (sha256.get(..2).unwrap_or("00"), sha256.get(2..4).unwrap_or("00"));
    object_store::path::Path::from(format!("{a}/{b}/{sha256}"))
}

impl Tx<'_> {
    /// Links stored attachments to a row.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn attach(&mut self, noun: &'static str, noun_id: i64, station: i64, files: &[Stored]) -> Result<()> {
        for file in files {
            let known = Query::new(
                "INSERT INTO attachment (sha256, size, media_type, stored_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (sha256) DO NOTHING",
            );
            self.execute(known.bind(&file.sha256).bind(file.size).bind(&file.media_type).bind(self.at())).await?;
            let link = Query::new(
                "INSERT INTO attachment_link (noun, noun_id, station_id, sha256, file_name, added_at, added_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            );
            let link = link.bind(noun).bind(noun_id).bind(station).bind(&file.sha256).bind(&file.file_name);
            self.execute(link.bind(self.at()).bind(self.mandate().actor().account)).await?;
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// Links the attachments of one row to another as well: a correction keeps its materials.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn carry_attachments(&mut self, noun: &'static str, from: i64, to: i64) -> Result<()> {
        let query = Query::new(
            "INSERT INTO attachment_link (noun, noun_id, station_id, sha256, file_name, added_at, added_by) \
             SELECT noun, $1, station_id, sha256, file_name, added_at, added_by FROM attachment_link \
             WHERE noun = $2 AND noun_id = $3 ORDER BY id",
        );
        self.execute(query.bind(to).bind(noun).bind(from)).await.map(drop)
    }
}

const ATTACHMENT: &str = "SELECT l.id, l.noun, l.noun_id, l.station_id, l.sha256, l.file_name, a.size, a.media_type, \
                          l.added_at, (SELECT u.reason FROM unread_attachment u WHERE u.link_id = l.id) AS unread \
                          FROM attachment_link l JOIN attachment a ON a.sha256 = l.sha256";

impl Store {
    /// Attachments of one row.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn attachments(&self, noun: &'static str, noun_id: i64) -> Result<Vec<Attachment>> {
        let mut query = Query::new(ATTACHMENT);
        query.push_bind(" WHERE l.noun = ", noun);
        query.push_bind(" AND l.noun_id = ", noun_id);
        query.push(" ORDER BY l.id");
        self.all(query).await
    }

    /// Attachments of several rows at once.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn attachments_of(&self, noun: &'static str, noun_ids: &[i64]) -> Result<Vec<Attachment>> {
        let [first, rest @ ..] = noun_ids else { return Ok(Vec::new()) };
        let mut query = Query::new(ATTACHMENT);
        query.push_bind(" WHERE l.noun = ", noun);
        query.push_bind(" AND l.noun_id IN (", *first);
        for id in rest {
            query.push_bind(", ", *id);
        }
        query.push(") ORDER BY l.noun_id, l.id");
        self.all(query).await
    }

    /// One attachment by its link; the caller checks that its station is in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn attachment(&self, id: i64) -> Result<Option<Attachment>> {
        let mut query = Query::new(ATTACHMENT);
        query.push_bind(" WHERE l.id = ", id);
        self.optional(query).await
    }
}
