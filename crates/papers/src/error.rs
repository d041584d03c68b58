//! What can go wrong when a document is made or read; every message can be shown to the user.

use std::path::PathBuf;

/// Why a document could not be made or read. The text is Chinese and names the way out where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// No font with Chinese glyphs stands in the configured folders.
    #[error(
        "未找到中文字体，不能生成 PDF。请安装思源（Noto CJK）字体包，或在配置中指定含 .otf、.ttf、.ttc 文件的字体目录。已查找：{}",
        folders(.0)
    )]
    NoChineseFont(Vec<PathBuf>),
    /// Typst refused the template, the data or the export.
    #[error("PDF 生成失败：{0}")]
    Pdf(String),
    /// The workbook writer refused a cell, a name or the output.
    #[error("电子表格生成失败：{0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The container of a .docx could not be written.
    #[error("文档生成失败：{0}")]
    Docx(#[from] zip::result::ZipError),
    /// The facts do not fit the layout, e.g. three figures under two columns.
    #[error("文书内容不完整：{0}")]
    Shape(String),
    /// The facts could not be handed to the typesetter.
    #[error("文书内容无法转换：{0}")]
    Data(#[from] serde_json::Error),
    /// The upload is no .xlsx workbook at all.
    #[error("不是有效的 .xlsx 文件。请用 WPS 或 Excel 另存为“Excel 工作簿（.xlsx）”后重新上传。")]
    NotXlsx,
    /// An old .xls workbook or one behind a password: both come in the same container.
    #[error("文件是旧版 .xls 或设有打开密码。请去掉密码，另存为“Excel 工作簿（.xlsx）”后重新上传。")]
    OldOrLocked,
    /// The workbook is broken inside; the cause is the reader's own English.
    #[error("文件已损坏，无法读取（{0}）。请重新下载模板，把数据粘贴进去后再上传。")]
    Damaged(String),
    /// The upload itself is too large; megabytes.
    #[error("文件超过 {0} MB，请分批上传。")]
    TooLarge(u64),
    /// The unpacked workbook is too large; megabytes. A normal workbook never comes near.
    #[error("文件解压后超过 {0} MB，不予处理。请删去图片和多余工作表，或分批上传。")]
    TooLargeUnpacked(u64),
    /// More rows with content than one import takes.
    #[error("数据超过 {0} 行，请分批上传。")]
    TooManyRows(usize),
    /// More columns in the header row than any of our tables has.
    #[error("表头超过 {0} 列。请使用系统下载的模板。")]
    TooManyColumns(usize),
    /// Nothing is written on the first sheet.
    #[error("第一张工作表是空的，没有表头。请使用系统下载的模板。")]
    NoHeader,
}

fn folders(dirs: &[PathBuf]) -> String {
    if dirs.is_empty() {
        return "（未配置目录）".to_owned();
    }
    let names: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    names.join("、")
}
