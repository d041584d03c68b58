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
    MakeArchive,
    ViewPublic,
    LoadHolidays,
    ViewPapers,
    ReceivePaper,
    GiveStatement,
    // 工作内容 duties
    ViewStation,
    MaintainRecord,
    MaintainRegistry,
    ViewRoster,
    MaintainRoster,
    // 申请与确认 admission
    ViewApplication,
    OpenRound,
    RegisterApplicant,
    FileApplication,
    CheckApplication,
    ForwardApplications,
    AcceptApplication,
    // 评审、公示和确认 admission
    ViewExperts,
    MaintainExperts,
    ViewPanels,
    DrawPanel,
    ReviewApplication,
    CloseReview,
    RecordVisit,
    ProposeShortlist,
    PublishNotice,
    RaiseObjection,
    ViewObjections,
    RuleOnObjection,
    ConfirmStation,
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
    ViewChecks,
    CheckOnSite,
    DrawSample,
    ViewSpotChecks,
    RecordSpotCheck,
    IssueBulletin,
    OrderRectification,
    AnswerRectification,
    InspectRectification,
    ReturnMaterial,
    CheckMaterial,
    ForwardMaterial,
    AcceptMaterial,
    RequestReview,
    DecideReview,
    ViewDunning,
    LogCall,
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
        (Verb::MakeArchive, "制作归档包"),
        (Verb::ViewPublic, "查看公开信息"),
        (Verb::LoadHolidays, "装载放假安排"),
        (Verb::ViewPapers, "查看文书"),
        (Verb::ReceivePaper, "签收文书"),
        (Verb::GiveStatement, "陈述申辩"),
        (Verb::ViewStation, "查看工作站"),
        (Verb::MaintainRecord, "维护本站档案"),
        (Verb::MaintainRegistry, "维护工作站名册"),
        (Verb::ViewRoster, "查看企业库"),
        (Verb::MaintainRoster, "维护企业库"),
        (Verb::ViewApplication, "查看申请"),
        (Verb::OpenRound, "开启年度申报"),
        (Verb::RegisterApplicant, "注册申请单位"),
        (Verb::FileApplication, "填报和递交申请"),
        (Verb::CheckApplication, "初审申请"),
        (Verb::ForwardApplications, "上报申请"),
        (Verb::AcceptApplication, "受理申请"),
        (Verb::ViewExperts, "查看专家库"),
        (Verb::MaintainExperts, "维护专家库"),
        (Verb::ViewPanels, "查看专家评审"),
        (Verb::DrawPanel, "抽取和邀请专家"),
        (Verb::ReviewApplication, "评审申请"),
        (Verb::CloseReview, "汇总专家评审"),
        (Verb::RecordVisit, "登记实地考察"),
        (Verb::ProposeShortlist, "提出入选名单"),
        (Verb::PublishNotice, "发布公示"),
        (Verb::RaiseObjection, "对公示提出异议"),
        (Verb::ViewObjections, "查看公示异议"),
        (Verb::RuleOnObjection, "处理公示异议"),
        (Verb::ConfirmStation, "确认工作站"),
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
        (Verb::ViewChecks, "查看现场检查"),
        (Verb::CheckOnSite, "现场检查"),
        (Verb::DrawSample, "抽取检查对象"),
        (Verb::ViewSpotChecks, "查看抽查和整改"),
        (Verb::RecordSpotCheck, "登记抽查"),
        (Verb::IssueBulletin, "印发抽查通报"),
        (Verb::OrderRectification, "下达整改"),
        (Verb::AnswerRectification, "报送整改情况"),
        (Verb::InspectRectification, "查验整改"),
        (Verb::ReturnMaterial, "退回评估材料补正"),
        (Verb::CheckMaterial, "完成市级核查"),
        (Verb::ForwardMaterial, "上报评估材料"),
        (Verb::AcceptMaterial, "受理和审定评估材料"),
        (Verb::RequestReview, "申请复核评估结果"),
        (Verb::DecideReview, "决定复核"),
        (Verb::ViewDunning, "查看催办清单"),
        (Verb::LogCall, "登记催办通话"),
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
