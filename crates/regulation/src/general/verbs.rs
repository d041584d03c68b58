/// What can be done. A list is read under a `View…` verb; every other verb writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    // 总则 general
    ViewRules,
    SignIn,
    SignOut,
    ChangePassword,
    EnrolSecondFactor,
    RevealPersonal,
    ViewAccounts,
    CreateAccount,
    GrantRole,
    ViewAudit,
    LoadEdition,
    AnchorAudit,
    ViewPublic,
    LoadHolidays,
    ViewPapers,
    ReceivePaper,
    GiveStatement,
    ViewOverview,
    // 工作内容 duties
    ViewStation,
    MaintainRecord,
    MaintainRegistry,
    ViewRoster,
    MaintainRoster,
    // 检查评估 appraisal
    ViewLedger,
    FileEntry,
    CorrectEntry,
    RecordFinding,
    ViewSheet,
    SubmitMaterial,
    AssessEvidence,
    AssignAssessor,
    GradeWork,
    ViewRanking,
    OpenCycle,
    ProposeGrades,
    ConfirmGrades,
}

impl Verb {
    pub const ALL: &'static [(Verb, &'static str)] = &[
        (Verb::ViewRules, "查看办法和规则"),
        (Verb::SignIn, "登录"),
        (Verb::SignOut, "退出登录"),
        (Verb::ChangePassword, "修改密码"),
        (Verb::EnrolSecondFactor, "绑定动态口令"),
        (Verb::RevealPersonal, "查看完整个人信息"),
        (Verb::ViewAccounts, "查看账户"),
        (Verb::CreateAccount, "建立和停用账户"),
        (Verb::GrantRole, "授予角色和解除锁定"),
        (Verb::ViewAudit, "查看审计日志"),
        (Verb::LoadEdition, "装载规则版本"),
        (Verb::AnchorAudit, "留存审计锚"),
        (Verb::ViewPublic, "查看公开信息"),
        (Verb::LoadHolidays, "装载放假安排"),
        (Verb::ViewPapers, "查看文书"),
        (Verb::ReceivePaper, "签收文书"),
        (Verb::GiveStatement, "陈述申辩"),
        (Verb::ViewOverview, "查看全省概览"),
        (Verb::ViewStation, "查看工作站"),
        (Verb::MaintainRecord, "维护本站档案"),
        (Verb::MaintainRegistry, "维护工作站名册"),
        (Verb::ViewRoster, "查看企业库"),
        (Verb::MaintainRoster, "维护企业库"),
        (Verb::ViewLedger, "查看台账"),
        (Verb::FileEntry, "登记台账"),
        (Verb::CorrectEntry, "更正台账"),
        (Verb::RecordFinding, "登记采纳和认定"),
        (Verb::ViewSheet, "查看评分表"),
        (Verb::SubmitMaterial, "报送评估材料"),
        (Verb::AssessEvidence, "核验证据"),
        (Verb::AssignAssessor, "指派专家和第三方"),
        (Verb::GradeWork, "给报告评分"),
        (Verb::ViewRanking, "查看排名"),
        (Verb::OpenCycle, "开启年度评估"),
        (Verb::ProposeGrades, "拟定等次"),
        (Verb::ConfirmGrades, "确认等次"),
    ];

    pub fn name(self) -> &'static str {
        Verb::ALL.iter().find(|(verb, _)| *verb == self).map_or("", |(_, name)| name)
    }

    /// Stable key for audit rows.
    pub fn key(self) -> String {
        let mut key = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !key.is_empty() {
                key.push('_');
            }
            key.extend(letter.to_lowercase());
        }
        key
    }

    /// The verb of an audit row, for showing it by name.
    pub fn from_key(key: &str) -> Option<Verb> {
        Verb::ALL.iter().map(|(verb, _)| *verb).find(|verb| verb.key() == key)
    }

    /// Whether doing it changes anything.
    pub fn writes(self) -> bool {
        !format!("{self:?}").starts_with("View")
    }
}
