//! Applications: one stage moved by one function, everything handed in kept as it was.

use regulation::admission::{Stage, Step, name_of_step, take};
use regulation::general::{Refusal, Scope};

use crate::files::Stored;
use crate::query::{Query, ScopeColumns};
use crate::{Error, Result, Store, Tx, china, date_from, day_number, instant_from, instant_number};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Application {
    pub id: i64,
    pub round_id: i64,
    pub account_id: i64,
    pub number: String,
    /// Key of the way it is handed in.
    pub route: String,
    pub direct_ground: String,
    pub name: String,
    pub uscc: String,
    /// Key of the kind of unit.
    pub kind: String,
    pub city: String,
    pub county: Option<String>,
    pub station_name: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: i64,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    /// The form as typed, as JSON.
    pub form: String,
    pub stage: String,
    pub first_at: Option<i64>,
    /// Last day of a correction, or of a public notice.
    pub due_day: Option<i64>,
    pub versions: i64,
    /// Forwarded after the city's deadline: said of the city, never of the applicant.
    pub city_late: i64,
    pub created_at: i64,
    /// 0 until the form is first saved.
    pub saved_at: i64,
}

impl Application {
    /// # Errors
    /// Fails on a stage no code writes.
    pub fn stage(&self) -> Result<Stage> {
        let first = self.first_at.map(|at| china().to_datetime(instant_from(at)));
        let due = self.due_day.map(date_from).transpose()?;
        let impossible = Error::Impossible { table: "application", column: "stage", row: self.id };
        Stage::from_parts(&self.stage, first, due).ok_or(impossible)
    }
}

/// An application about to be begun.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub round: i64,
    pub year: i64,
    pub account: i64,
    pub name: String,
    pub uscc: String,
    pub kind: String,
    pub city: String,
    pub county: Option<String>,
    pub form: String,
}

/// What the applicant may change until it is handed in: the form, and what lists read of it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub route: String,
    pub direct_ground: String,
    pub station_name: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: bool,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    pub form: String,
}

/// Filters of the register.
#[derive(Clone, Debug, Default)]
pub struct ApplicationFilter {
    pub round: Option<i64>,
    pub city: Option<String>,
    pub stage: Option<String>,
    /// Part of the unit's name or the number.
    pub text: Option<String>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StepRow {
    pub id: i64,
    pub application_id: i64,
    pub step: String,
    pub stage: String,
    pub note: String,
    pub paper_id: Option<i64>,
    pub taken_at: i64,
    pub taken_by: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Version {
    pub id: i64,
    pub application_id: i64,
    pub version: i64,
    pub form: String,
    /// Keys of its files, as JSON.
    pub files: String,
    pub sha256: String,
    pub receipt: String,
    pub handed_in_at: i64,
    pub handed_in_by: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApplicationFile {
    pub id: i64,
    pub application_id: i64,
    /// The condition it shows.
    pub item: String,
    pub sha256: String,
    pub file_name: String,
    pub size: i64,
    pub media_type: String,
    pub added_at: i64,
    pub removed_at: Option<i64>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Check {
    pub id: i64,
    pub version: i64,
    /// `city` or `province`.
    pub desk: String,
    pub item: String,
    pub met: i64,
    pub note: String,
    pub given_at: i64,
    pub given_by: String,
}

/// A tick about to be recorded.
#[derive(Clone, Debug)]
pub struct NewCheck {
    pub item: &'static str,
    pub met: bool,
    pub note: String,
}

const APPLICATION: &str = "SELECT e.id, e.round_id, e.account_id, e.number, e.route, e.direct_ground, e.name, e.uscc, \
                           e.kind, e.city, e.county, e.station_name, e.industry_code, e.industry, e.comprehensive, \
                           e.hs_chapters, e.address, e.website, e.form, e.stage, e.first_at, e.due_day, e.versions, \
                           e.city_late, e.created_at, e.saved_at FROM application e WHERE 1 = 1";

const FILE: &str = "SELECT f.id, f.application_id, f.item, f.sha256, f.file_name, a.size, a.media_type, f.added_at, \
                    f.removed_at FROM application_file f JOIN attachment a ON a.sha256 = f.sha256";

/// An application has no station yet: scopes of stations reach none.
const OF_APPLICATION: ScopeColumns = ScopeColumns {
    city: " AND e.city = ",
    county: " AND e.county = ",
    station: " AND 1 = 0 AND e.id = ",
    station_name: "1 = 0 AND e.id",
};

/// Officials see what was handed in; its applicant sees all of its own.
fn seen_by(query: &mut Query, scope: &Scope, account: i64) {
    match scope {
        Scope::Nothing => query.push_bind(" AND e.account_id = ", account),
        scope => {
            query.push(" AND e.first_at IS NOT NULL");
            query.within(scope, &OF_APPLICATION);
        }
    }
}

fn filtered(query: &mut Query, filter: &ApplicationFilter) {
    if let Some(round) = filter.round {
        query.push_bind(" AND e.round_id = ", round);
    }
    if let Some(city) = &filter.city {
        query.push_bind(" AND e.city = ", city);
    }
    if let Some(stage) = &filter.stage {
        query.push_bind(" AND e.stage = ", stage);
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let pattern = crate::duties::like(text);
        query.push_bind(" AND (lower(e.name) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(e.number) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')");
    }
}

impl Store {
    /// An application in scope, or the account's own.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn application(&self, scope: &Scope, account: i64, id: i64) -> Result<Option<Application>> {
        let mut query = Query::new(APPLICATION);
        query.push_bind(" AND e.id = ", id);
        seen_by(&mut query, scope, account);
        self.optional(query).await
    }

    /// Applications in scope or of the account, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn application_register(
        &self,
        scope: &Scope,
        account: i64,
        filter: &ApplicationFilter,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Application>> {
        let mut query = Query::new(APPLICATION);
        seen_by(&mut query, scope, account);
        filtered(&mut query, filter);
        query.push_bind(" AND e.id < ", before);
        query.push_bind(" ORDER BY e.id DESC LIMIT ", limit);
        self.all(query).await
    }

    /// The other applications of a round that were handed in, of the whole province: what is held against one for
    /// its industry (Article 7).
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rivals(&self, round: i64, but: i64) -> Result<Vec<Application>> {
        let mut query = Query::new(APPLICATION);
        query.push_bind(" AND e.round_id = ", round);
        query.push_bind(" AND e.id <> ", but);
        query.push(" AND e.first_at IS NOT NULL ORDER BY e.id");
        self.all(query).await
    }

    /// How many applications of a round stand at each stage.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn application_stages(&self, scope: &Scope, round: i64) -> Result<Vec<(String, i64)>> {
        let mut query = Query::new("SELECT e.stage, count(*) FROM application e WHERE e.first_at IS NOT NULL");
        query.push_bind(" AND e.round_id = ", round);
        query.within(scope, &OF_APPLICATION);
        query.push(" GROUP BY e.stage");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn application_steps(&self, application: i64) -> Result<Vec<StepRow>> {
        let query = Query::new(
            "SELECT id, application_id, step, stage, note, paper_id, taken_at, taken_by FROM application_step \
             WHERE application_id = $1 ORDER BY id",
        );
        self.all(query.bind(application)).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn application_versions(&self, application: i64) -> Result<Vec<Version>> {
        let query = Query::new(
            "SELECT id, application_id, version, form, files, sha256, receipt, handed_in_at, handed_in_by \
             FROM application_version WHERE application_id = $1 ORDER BY version",
        );
        self.all(query.bind(application)).await
    }

    /// All files an application ever had.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn application_files(&self, application: i64) -> Result<Vec<ApplicationFile>> {
        let mut query = Query::new(FILE);
        query.push_bind(" WHERE f.application_id = ", application);
        query.push(" ORDER BY f.item, f.id");
        self.all(query).await
    }

    /// One file; the caller checks that its application is in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn application_file(&self, id: i64) -> Result<Option<ApplicationFile>> {
        let mut query = Query::new(FILE);
        query.push_bind(" WHERE f.id = ", id);
        self.optional(query).await
    }

    /// All ticks, in the order they were given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn application_checks(&self, application: i64) -> Result<Vec<Check>> {
        let query = Query::new(
            "SELECT id, version, desk, item, met, note, given_at, given_by FROM application_check \
             WHERE application_id = $1 ORDER BY id",
        );
        self.all(query.bind(application)).await
    }
}

impl Tx<'_> {
    /// Begins an application as a draft, with a number of its own.
    ///
    /// # Errors
    /// See [`Tx::all`]; a second one of the account in the round is a duplicate.
    pub async fn begin_application(&mut self, new: &NewApplication) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO application (round_id, account_id, number, route, direct_ground, name, uscc, kind, city, county, \
             station_name, industry_code, industry, comprehensive, hs_chapters, address, website, form, stage, versions, \
             city_late, created_at, saved_at) VALUES ($1, $2, '', 'city', '', $3, $4, $5, $6, $7, '', '', '', 0, '', '', \
             '', $8, 'draft', 0, 0, $9, 0) RETURNING id",
        );
        let query = query.bind(new.round).bind(new.account).bind(&new.name).bind(&new.uscc).bind(&new.kind);
        let query = query.bind(&new.city).bind(new.county.clone()).bind(&new.form);
        let id = self.insert(query.bind(self.at())).await?;
        let number = format!("{}-{id:05}", new.year);
        let query = Query::new("UPDATE application SET number = $1 WHERE id = $2").bind(&number).bind(id);
        self.execute(query).await?;
        self.concerns(id);
        self.note(format!("{} 开始填报，编号 {number}", new.name));
        Ok(id)
    }

    /// Keeps what was typed, while the application stands at the stage the applicant saw.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was handed in or changed meanwhile.
    pub async fn save_application(&mut self, id: i64, stage: &str, draft: &Draft) -> Result<()> {
        let query = Query::new(
            "UPDATE application SET route = $1, direct_ground = $2, station_name = $3, industry_code = $4, industry = $5, \
             comprehensive = $6, hs_chapters = $7, address = $8, website = $9, form = $10, saved_at = $11 \
             WHERE id = $12 AND stage = $13",
        );
        let query = query.bind(&draft.route).bind(&draft.direct_ground).bind(&draft.station_name);
        let query = query.bind(&draft.industry_code).bind(&draft.industry).bind(draft.comprehensive);
        let query = query.bind(&draft.hs_chapters).bind(&draft.address).bind(&draft.website).bind(&draft.form);
        let query = query.bind(self.at()).bind(id).bind(stage);
        self.moved(query).await
    }

    pub(crate) async fn moved(&mut self, query: Query) -> Result<()> {
        if self.execute(query).await? == 0 {
            return Err(Error::Conflict("该申请刚刚已被办理".to_owned()));
        }
        Ok(())
    }

    /// Keeps a version as it is handed in. Returns its number.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_application_version(
        &mut self,
        application: &Application,
        files: &str,
        receipt: &str,
    ) -> Result<i64> {
        let version = application.versions + 1;
        let query = Query::new("UPDATE application SET versions = $1 WHERE id = $2 AND versions = $3");
        self.moved(query.bind(version).bind(application.id).bind(application.versions)).await?;
        let query = Query::new(
            "INSERT INTO application_version (application_id, version, form, files, sha256, receipt, handed_in_at, \
             handed_in_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        );
        let sha256 = crate::general::text_hash(&format!("{}\n{files}", application.form));
        let query = query.bind(application.id).bind(version).bind(&application.form).bind(files).bind(sha256);
        let query = query.bind(receipt).bind(self.at()).bind(self.mandate().actor().name.clone());
        self.insert(query).await?;
        Ok(version)
    }

    /// Takes a step of the application, as it stands inside the transaction. The one function that moves a stage.
    ///
    /// # Errors
    /// See [`Tx::all`]; the refusal of the law inside; [`Error::Conflict`] when somebody else was first.
    pub async fn step_application(&mut self, id: i64, step: Step, note: &str) -> Result<Result<Stage, Refusal>> {
        self.step_with_paper(id, step, note, None).await
    }

    /// [`Tx::step_application`] with the document the step issued.
    ///
    /// # Errors
    /// As there.
    pub async fn step_with_paper(
        &mut self,
        id: i64,
        step: Step,
        note: &str,
        paper: Option<i64>,
    ) -> Result<Result<Stage, Refusal>> {
        let mut query = Query::new(APPLICATION);
        query.push_bind(" AND e.id = ", id);
        let row: Application = self.one(query).await?;
        let what = name_of_step(&step);
        let next = match take(row.stage()?, step) {
            Ok(next) => next,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // Withdrawn, it keeps the time it was first handed in: officials still find it.
        let first = next.first().and_then(|first| china().to_timestamp(first).ok()).map(instant_number);
        let query = Query::new(
            "UPDATE application SET stage = $1, first_at = COALESCE($2, first_at), due_day = $3 WHERE id = $4 AND stage = $5",
        );
        let query = query.bind(next.key()).bind(first).bind(next.due().map(day_number)).bind(id);
        self.moved(query.bind(&row.stage)).await?;
        let query = Query::new(
            "INSERT INTO application_step (application_id, step, stage, note, paper_id, taken_at, taken_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let query = query.bind(id).bind(what).bind(next.key()).bind(note).bind(paper).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await?;
        self.note(format!("{} {what}", row.number));
        Ok(Ok(next))
    }

    /// Says of the city that it forwarded the application late.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn mark_city_late(&mut self, id: i64) -> Result<()> {
        self.execute(Query::new("UPDATE application SET city_late = 1 WHERE id = $1").bind(id)).await.map(drop)
    }

    /// Keeps stored files as evidence of a claim.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_application_files(&mut self, application: i64, item: &str, files: &[Stored]) -> Result<()> {
        for file in files {
            let known = Query::new(
                "INSERT INTO attachment (sha256, size, media_type, stored_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (sha256) DO NOTHING",
            );
            self.execute(known.bind(&file.sha256).bind(file.size).bind(&file.media_type).bind(self.at())).await?;
            let link = Query::new(
                "INSERT INTO application_file (application_id, item, sha256, file_name, added_at, added_by) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            );
            let link = link.bind(application).bind(item).bind(&file.sha256).bind(&file.file_name).bind(self.at());
            self.execute(link.bind(self.mandate().actor().name.clone())).await?;
        }
        Ok(())
    }

    /// Takes a file off the form; versions that had it keep it.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn remove_application_file(&mut self, id: i64) -> Result<()> {
        let query = Query::new("UPDATE application_file SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL");
        self.execute(query.bind(self.at()).bind(id)).await.map(drop)
    }

    /// Records a desk's ticks on a version.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_application_checks(
        &mut self,
        application: &Application,
        desk: &'static str,
        checks: &[NewCheck],
    ) -> Result<()> {
        for check in checks {
            let query = Query::new(
                "INSERT INTO application_check (application_id, version, desk, item, met, note, given_at, given_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            );
            let query = query.bind(application.id).bind(application.versions).bind(desk).bind(check.item);
            let query = query.bind(check.met).bind(&check.note).bind(self.at());
            self.execute(query.bind(self.mandate().actor().name.clone())).await?;
        }
        Ok(())
    }
}
