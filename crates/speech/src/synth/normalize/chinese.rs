//! Rules for Chinese.

use std::sync::LazyLock;

use super::{
    chinese_numbers::{cardinal, code, digits, integer, number},
    scan::{Found, Rules, follows, runs},
};

pub(super) fn spoken_form(text: &str) -> String {
    RULES.rewrite(text)
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::new(&[
        (r"([A-Za-z]{1,8})[-_ ]?(\d[\dA-Za-z]*(?:-[\dA-Za-z]+)*)", product_or_waybill),
        (r"(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})", iso_date),
        (r"(\d{4})\s?[-~～—–至到]\s?(\d{4})年", |found| {
            Some(format!("{}到{}年", digits(found.group(1)), digits(found.group(2))))
        }),
        (r"(\d{4})(\s?)(年|款|届|级|财年)", year),
        (r"(\d{1,2})月(\d{1,2})(日|号)?", month_and_day),
        (r"(\d{1,2})(月|日|号)", month_or_day),
        (r"(\d{1,2})[:：](\d{2})\s?[-~～—–至到]+\s?(\d{1,2})[:：](\d{2})", time_range),
        (r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?", time),
        (r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}", telephone),
        (r"[48]00[- ]?\d{3}[- ]?\d{4}|0\d{2,3}-\d{7,8}", telephone),
        (r"\d{3,}(?:[- ]\d{3,})*", number_of_something),
        (r"(\d+)[:：](\d+)", |found| Some(format!("{}比{}", integer(found.group(1)), integer(found.group(2))))),
        (r"¥\s?({N})\s?[-~～—–]\s?¥?({N})(?:元)?", |found| {
            Some(format!("{}到{}", number(found.group(1)), yuan(found.group(2))))
        }),
        (r"(¥|RMB|CNY|US\$|\$|€|£)\s?({N})\s?([千万亿]?)(?:元)?", price),
        (r"({N})\s?(元|块钱|块)", amount),
        (r"({N})\s?%?\s?[-~～—–]\s?({N})\s?%", |found| {
            Some(format!("百分之{}到百分之{}", number(found.group(1)), number(found.group(2))))
        }),
        (r"({N})\s?%", |found| Some(format!("百分之{}", number(found.group(1))))),
        (r"[-−]({N})\s?(℃|°C|度)", |found| {
            let unit = if found.group(2) == "度" { "度" } else { "摄氏度" };
            Some(format!("零下{}{unit}", number(found.group(1))))
        }),
        (r"({N})\s?[xX×*]\s?", |found| found.digit_follows().then(|| format!("{}乘", number(found.group(1))))),
        (r"({N})\s?[-~～—–]+\s?({N})", range),
        (r"(\d{1,3})/(\d{1,3})", fraction),
        (r"(\d)\.?(\d)折", |found| Some(format!("{}{}折", digits(found.group(1)), digits(found.group(2))))),
        (r"(\d+(?:\.\d+){2,})", |found| Some(found.group(1).split('.').map(digits).collect::<Vec<_>>().join("点"))),
        (r"[-~～—–]", up_to),
        (r"[-−]({N})", negative),
        (r"({N})", plain),
        (UNITS, unit),
        (r"([&+=@/])", sign),
        (r"[#%°$¥€£]", |_| Some(" ".to_owned())),
    ])
});

/// What makes a number a name: it is read digit by digit.
static NAMED_BY_NUMBER: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "订单 单号 单 尾号 编号 运单 快递 物流 验证码 手机 电话 热线 工号 账号 卡号 取件码 后四位 后三位 \
        序列号 型号 邮编 房间 门牌 拨打 致电 QQ qq order No. No"
        .split(' ')
        .collect()
});
/// What may stand between such a word and the number.
const LINKS: &[&str] =
    &["号码", "号", "是", "为", "：", ":", " ", "#", "的", "「", "“", "\"", "（", "(", "，", "叫", "尾数", "代码"];

/// Words that count or measure: 2 is 两 before them.
static MEASURES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "个 件 天 次 台 种 张 把 条 只 双 套 箱 包 盒 瓶 袋 份 位 名 家 间 周 小时 分钟 秒 年 星期 礼拜 岁 倍 \
        点 块 元 角 斤 公斤 千克 克 米 厘米 毫米 公里 千米 升 毫升 步 遍 项 笔 颗 根 片 层 部 辆 款 支 枝 杯 \
        盏 批 轮 段 句 字 人 道 处 面 度 档 季 代人 口 顿 碗 桶 卷 本 封 枚 粒 幅 副 艘 户 席 边 侧 端 万 千 \
        亿 平方 立方 工作日 单 英寸 寸 吨"
        .split(' ')
        .collect()
});

/// Abbreviated units directly after a number, longer ones first.
const UNITS: &str =
    r"(km/h|mAh|kWh|cm|mm|km|dm|kg|mg|ml|mL|ML|kW|Hz|GB|MB|TB|KB|dB|cm²|㎡|m²|m³|℃|°C|°|L|g|m|W|V|A|h|s|l)";

fn unit(found: &Found<'_>) -> Option<String> {
    let after_a_number = found.before.trim_end().ends_with(|previous: char| previous.is_ascii_digit());
    if !after_a_number || found.after.starts_with(|next: char| next.is_ascii_alphanumeric()) {
        return None;
    }
    let spoken = match found.group(1) {
        "km/h" => "公里每小时",
        "mAh" => "毫安时",
        "kWh" => "千瓦时",
        "cm" => "厘米",
        "mm" => "毫米",
        "km" => "公里",
        "dm" => "分米",
        "kg" => "公斤",
        "mg" => "毫克",
        "ml" | "mL" | "ML" => "毫升",
        "kW" => "千瓦",
        "Hz" => "赫兹",
        "dB" => "分贝",
        "cm²" => "平方厘米",
        "㎡" | "m²" => "平方米",
        "m³" => "立方米",
        "℃" | "°C" => "摄氏度",
        "°" => "度",
        "L" | "l" => "升",
        "g" => "克",
        "m" => "米",
        "W" => "瓦",
        "V" => "伏",
        "A" => "安",
        "h" => "小时",
        "s" => "秒",
        _ => return None,
    };
    Some(spoken.to_owned())
}

/// `EF123456789` → E F 幺二三…; `X-200` → X 二零零; `A4` → A 四; `iPhone15` → iPhone 十五.
fn product_or_waybill(found: &Found<'_>) -> Option<String> {
    let (letters, rest) = (found.group(1), found.group(2));
    if found.before.ends_with(|previous: char| previous.is_ascii_digit()) && found.captures[0].contains('-') {
        return None; // 20cm-30cm
    }
    // "USB 3个": a space joins only what is long enough to be a number's name.
    let joined = found.captures.get(2)?.start() == letters.len();
    if !joined && found.captures[0].contains(' ') && (rest.len() < 3 || letters.len() > 3) {
        return None;
    }
    let count = rest.bytes().filter(u8::is_ascii_digit).count();
    let mut spoken = letters_aloud(letters);
    for part in runs(rest) {
        spoken.push(' ');
        spoken += &match part.len() {
            _ if !part.starts_with(|first: char| first.is_ascii_digit()) => letters_aloud(part),
            _ if count >= 5 => code(part),
            1 | 2 if !part.starts_with('0') => integer(part),
            _ => digits(part),
        };
    }
    Some(spoken)
}

/// A word if it is written like one, else letter by letter.
fn letters_aloud(letters: &str) -> String {
    if letters.len() > 2 && letters.contains(|letter: char| letter.is_ascii_lowercase()) {
        letters.to_owned()
    } else {
        spell(letters)
    }
}

/// Letters apart, so that they are read one by one.
fn spell(letters: &str) -> String {
    letters.chars().map(|letter| letter.to_ascii_uppercase().to_string()).collect::<Vec<_>>().join(" ")
}

fn iso_date(found: &Found<'_>) -> Option<String> {
    let (month, day) = (found.group(3).parse::<u64>().ok()?, found.group(5).parse::<u64>().ok()?);
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && found.group(2) == found.group(4);
    (plausible && !found.digit_follows())
        .then(|| format!("{}年{}月{}日", digits(found.group(1)), cardinal(month), cardinal(day)))
}

fn year(found: &Found<'_>) -> Option<String> {
    Some(format!("{}{}", digits(found.group(1)), found.group(3)))
}

fn month_and_day(found: &Found<'_>) -> Option<String> {
    let day = if found.group(3).is_empty() { "日" } else { found.group(3) };
    (!found.digit_follows()).then(|| format!("{}月{}{day}", integer(found.group(1)), integer(found.group(2))))
}

fn month_or_day(found: &Found<'_>) -> Option<String> {
    Some(format!("{}{}", integer(found.group(1)), found.group(2)))
}

fn time_range(found: &Found<'_>) -> Option<String> {
    let from = clock(found.group(1), found.group(2), "")?;
    Some(format!("{from}到{}", clock(found.group(3), found.group(4), "")?))
}

fn time(found: &Found<'_>) -> Option<String> {
    if found.digit_follows() {
        return None;
    }
    clock(found.group(1), found.group(2), found.group(3))
}

/// 14:30 → 十四点三十分, 10:05 → 十点零五分, 18:00 → 十八点, 2:15 → 两点十五分.
fn clock(hours: &str, minutes: &str, seconds: &str) -> Option<String> {
    let (hour, minute) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    if hour > 24 || minute > 59 {
        return None;
    }
    let two_digits = |value: u64| if value < 10 { format!("零{}", cardinal(value)) } else { cardinal(value) };
    let mut spoken = if hour == 2 { "两点".to_owned() } else { format!("{}点", cardinal(hour)) };
    if let Ok(second) = seconds.parse::<u64>() {
        let minute = if minute == 0 { cardinal(0) } else { two_digits(minute) };
        spoken += &format!("{minute}分{}秒", two_digits(second));
    } else if minute > 0 {
        spoken += &format!("{}分", two_digits(minute));
    }
    Some(spoken)
}

fn telephone(found: &Found<'_>) -> Option<String> {
    if found.digit_follows() {
        return None;
    }
    Some(code(&found.captures[0]))
}

/// Digits one by one after 订单, 尾号 and the like, and always where no measure word follows five digits or more.
fn number_of_something(found: &Found<'_>) -> Option<String> {
    let whole = &found.captures[0];
    let decimal =
        found.after.strip_prefix(['.', ',']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let amount = found.after.trim_start().starts_with([
        '元', '块', '%', '℃', '°', '~', '～', '—', '–', '/', 'x', 'X', '×', '*', '折', '多', '余', 'k', 'g', 'm', 'c',
        'W', 'V', 'L', '比', ':', '：',
    ]);
    let named = follows(found.before, &NAMED_BY_NUMBER, LINKS);
    let long = whole.len() >= 5;
    // 订单123456次日送达: what is called an order and is as long as one is no count.
    let count = counts_something(found.after) && !(named && long);
    if decimal || ((amount || count) && whole.len() < 12 && !whole.starts_with('0')) {
        return None;
    }
    (named || long || whole.starts_with('0')).then(|| code(whole))
}

fn counts_something(after: &str) -> bool {
    MEASURES.iter().any(|measure| after.trim_start().starts_with(measure))
}

fn price(found: &Found<'_>) -> Option<String> {
    let (sum, scale) = (found.group(2), found.group(3));
    let currency = match found.group(1) {
        "$" | "US$" => "美元",
        "€" => "欧元",
        "£" => "英镑",
        _ if scale.is_empty() => return Some(yuan(sum)),
        _ => "元",
    };
    Some(format!("{}{scale}{currency}", counted(sum)))
}

fn amount(found: &Found<'_>) -> Option<String> {
    Some(match found.group(2) {
        "元" => yuan(found.group(1)),
        colloquial => format!("{}{colloquial}", counted(found.group(1))),
    })
}

/// 199.90 → 一百九十九元九角, 0.05 → 五分, 2 → 两元; three or more decimals are read as digits.
fn yuan(sum: &str) -> String {
    let (whole, fraction) = sum.split_once('.').unwrap_or((sum, ""));
    let cents: Vec<u64> = fraction.chars().filter_map(|digit| digit.to_digit(10)).map(u64::from).collect();
    let (jiao, fen) = match cents.as_slice() {
        [] => (0, 0),
        [jiao] => (*jiao, 0),
        [jiao, fen] => (*jiao, *fen),
        _ => return format!("{}元", number(sum)),
    };
    let none = whole.chars().all(|digit| digit == '0');
    let mut spoken = if none && jiao + fen > 0 { String::new() } else { format!("{}元", counted(whole)) };
    if jiao > 0 {
        spoken += &format!("{}角", cardinal(jiao));
    } else if fen > 0 && !none {
        spoken.push('零');
    }
    if fen > 0 {
        spoken += &format!("{}分", cardinal(fen));
    }
    spoken
}

/// 3-5天 → 三到五天, 1-2个 → 一到两个.
fn range(found: &Found<'_>) -> Option<String> {
    let (from, to) = (found.group(1), found.group(2));
    let another = found.after.starts_with('-') && found.after[1..].starts_with(|next: char| next.is_ascii_digit());
    if another || from.len().max(to.len()) > 6 {
        return None;
    }
    let read = if counts_something(found.after) { counted } else { number };
    Some(format!("{}到{}", read(from), read(to)))
}

fn fraction(found: &Found<'_>) -> Option<String> {
    (!found.after.starts_with('/')).then(|| format!("{}分之{}", integer(found.group(2)), integer(found.group(1))))
}

fn negative(found: &Found<'_>) -> Option<String> {
    let free = found.before.chars().next_back().is_none_or(|previous| !previous.is_ascii_alphanumeric());
    free.then(|| format!("负{}", number(found.group(1))))
}

fn plain(found: &Found<'_>) -> Option<String> {
    let written = found.group(1);
    let all_digits = written.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && written.len() > 1 && written.starts_with('0') {
        return Some(code(written));
    }
    let counts = !found.before.ends_with('第') && counts_something(found.after);
    Some(if counts { counted(written) } else { number(written) })
}

/// A number before a measure word.
fn counted(written: &str) -> String {
    if written == "2" { "两".to_owned() } else { number(written) }
}

/// Between two measures: 3天-5天.
fn up_to(found: &Found<'_>) -> Option<String> {
    let measured = found.before.chars().rev().take(4).any(|character| character.is_ascii_digit());
    (measured && found.digit_follows()).then(|| "到".to_owned())
}

fn sign(found: &Found<'_>) -> Option<String> {
    Some(
        match found.group(1) {
            "&" => "和",
            "+" => "加",
            "=" => "等于",
            "@" => "艾特",
            // 元/件
            _ if found.before.ends_with(['元', '块', '角', '分']) => "每",
            _ => " ",
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_shop_says() {
        for (written, spoken) in [
            // Order numbers, waybills, tickets, telephone numbers
            ("您的订单号是123456，目前", "您的订单号是幺二三四五六，目前"),
            ("您的订单123456已于", "您的订单幺二三四五六已于"),
            ("订单 123456", "订单 幺二三四五六"),
            ("订单号：201", "订单号：二零幺"),
            ("尾号6789", "尾号六七八九"),
            ("验证码是 0412", "验证码是 零四幺二"),
            ("运单EF123456789", "运单E F 幺二三，四五六，七八九"),
            ("运单号EF 123456789", "运单号E F 幺二三，四五六，七八九"),
            ("工单T000042", "工单T 零零零零四二"),
            ("编号100000001", "编号幺零零，零零零，零零幺"),
            ("我查到123456这一单", "我查到幺二三四五六这一单"),
            ("请拨打12315", "请拨打幺二三幺五"),
            ("客服电话400-820-8820", "客服电话四零零，八二零，八八二零"),
            ("13812345678", "幺三八，幺二三四，五六七八"),
            ("+86 138-1234-5678", "八六，幺三八，幺二三四，五六七八"),
            ("0755-12345678", "零七五五，幺二三四五六七八"),
            ("订单123456次日送达", "订单幺二三四五六次日送达"),
            ("订单有3件商品", "订单有三件商品"),
            ("订单1299元", "订单一千二百九十九元"),
            // Models
            ("X-200咖啡机", "X 二零零咖啡机"),
            ("A4纸", "A 四纸"),
            ("iPhone15Pro", "iPhone 十五 Pro"),
            ("5G手机", "五G手机"),
            // Dates and times
            ("11月21日", "十一月二十一日"),
            ("2月2号", "二月二号"),
            ("2025年3月8日14:30", "二零二五年三月八日十四点三十分"),
            ("2025-03-08", "二零二五年三月八日"),
            ("2026/11/21 10:05", "二零二六年十一月二十一日 十点零五分"),
            ("2024-2025年", "二零二四到二零二五年"),
            ("2025款", "二零二五款"),
            ("明天18:00前", "明天十八点前"),
            ("14:30", "十四点三十分"),
            ("2:15", "两点十五分"),
            ("08:00:09", "八点零分零九秒"),
            ("9:00-18:00", "九点到十八点"),
            ("下午3点", "下午三点"),
            ("2点", "两点"),
            // Money
            ("199.90元", "一百九十九元九角"),
            ("￥1,299", "一千二百九十九元"),
            ("¥1299.00", "一千二百九十九元"),
            ("￥0.5", "五角"),
            ("12.34元", "十二元三角四分"),
            ("10.05元", "十元零五分"),
            ("2元", "两元"),
            ("2块钱", "两块钱"),
            ("100-200元", "一百到二百元"),
            ("¥100-200", "一百到二百元"),
            ("1.5万元", "一点五万元"),
            ("$20", "二十美元"),
            ("199元/件", "一百九十九元每件"),
            ("满300减50", "满三百减五十"),
            // Counting
            ("2个", "两个"),
            ("第2个", "第二个"),
            ("12个", "十二个"),
            ("22 件", "二十二 件"),
            ("2小时", "两小时"),
            ("2万件", "两万件"),
            ("12000件", "一万二千件"),
            ("1,299件", "一千二百九十九件"),
            ("3-5天", "三到五天"),
            ("1~2个工作日", "一到两个工作日"),
            ("3天-5天", "三天到五天"),
            ("3到5个", "三到五个"),
            ("7天无理由", "七天无理由"),
            ("24小时", "二十四小时"),
            ("100%棉", "百分之一百棉"),
            ("10%-20%", "百分之十到百分之二十"),
            ("99.9%", "百分之九十九点九"),
            ("8折", "八折"),
            ("85折", "八五折"),
            ("8.5折", "八五折"),
            ("16:9", "十六比九"),
            ("1/3", "三分之一"),
            ("007", "零零七"),
            ("0", "零"),
            ("1.2.3版", "一点二点三版"),
            // Units
            ("5℃", "五摄氏度"),
            ("-5℃", "零下五摄氏度"),
            ("-3", "负三"),
            ("3厘米", "三厘米"),
            ("3cm", "三厘米"),
            ("2米", "两米"),
            ("1.5米", "一点五米"),
            ("20x30x40cm", "二十乘三十乘四十厘米"),
            ("20cm-30cm", "二十厘米到三十厘米"),
            ("1.8 L", "一点八 升"),
            ("5000mAh", "五千毫安时"),
            ("2kg", "二公斤"),
            ("1000W", "一千瓦"),
            // Signs
            ("A&B", "A和B"),
            ("好的。", "好的。"),
            ("", ""),
        ] {
            assert_eq!(super::super::spoken_form(written, ermu_domain::Language::Chinese), spoken, "{written}");
        }
    }
}
