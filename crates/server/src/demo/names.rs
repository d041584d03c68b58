//! Invented people, firms and codes. Every name carries 示例.

use regulation::duties::roster::{UsccCheck, check_uscc};

use super::luck::Luck;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "孙", "周", "吴", "徐", "马", "朱", "胡", "郭", "何", "高", "林", "郑",
    "谢",
];
const GIVEN: &[&str] = &[
    "甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "一", "二", "三", "四", "五", "六", "七", "八", "九",
    "十",
];

const TRADE_NAMES: &[&str] = &[
    "海岱", "泰和", "沂蒙", "蓬莱", "齐鲁", "鲁中", "岱岳", "长河", "东昌", "明湖", "崂峰", "昆嵛", "微山", "渤海",
    "潍水", "文登", "远航", "恒通", "瑞丰", "金诺", "华盛", "新源", "兴达", "广润", "同晟", "嘉禾", "博远", "永固",
    "凯翔", "信隆",
];

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

pub fn person(luck: &mut Luck) -> String {
    format!("示例{}{}", luck.pick(SURNAMES), luck.pick(GIVEN))
}

pub fn trade_name(luck: &mut Luck) -> &'static str {
    luck.pick::<&str>(TRADE_NAMES)
}

/// A mobile number of the block kept for samples.
pub fn mobile(luck: &mut Luck) -> String {
    format!("1380000{:04}", luck.below(10_000))
}

pub fn landline(luck: &mut Luck) -> String {
    format!("0531-8600{:04}", luck.below(10_000))
}

/// A code of the right shape whose last character checks. `prefix` says registrar and kind of body: `91`
/// enterprise, `51` association, `12` public institution.
pub fn uscc(luck: &mut Luck, prefix: &str, area: &str) -> String {
    let mut code = format!("{prefix}{area}");
    code.push_str("MA");
    while code.len() < 17 {
        code.push(char::from(*luck.pick(ALPHABET)));
    }
    code.push('0');
    with_check_digit(code)
}

fn with_check_digit(mut code: String) -> String {
    if let UsccCheck::WrongCheckDigit { expected } = check_uscc(&code) {
        code.pop();
        code.push(expected);
    }
    code
}

/// The same code with a last character that does not check, as genuine ones are reported to have.
pub fn spoiled(code: &str) -> String {
    let mut spoiled = code.to_owned();
    let last = spoiled.pop();
    spoiled.push(if last == Some('7') { '3' } else { '7' });
    spoiled
}
