//! Moments in words, as seen from today.

use ermu_domain::Language;
use jiff::civil::{Date, DateTime, Weekday};

/// `今天10:05`, `today at 10:05`.
pub(crate) fn day_and_time(moment: DateTime, today: Date, language: Language) -> String {
    let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
    match language {
        Language::Chinese => format!("{}{time}", day_zh(moment.date(), today)),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => {
            format!("{} at {time}", day_en(moment.date(), today))
        }
    }
}

/// `明天18:00前`, `tomorrow before 18:00`.
pub(crate) fn before(moment: DateTime, today: Date, language: Language) -> String {
    let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
    match language {
        Language::Chinese => format!("{}{time}前", day_zh(moment.date(), today)),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => {
            format!("{} before {time}", day_en(moment.date(), today))
        }
    }
}

/// Whole days from `today` to `date`.
pub(crate) fn days_until(date: Date, today: Date) -> i32 {
    (date - today).get_days()
}

fn day_zh(date: Date, today: Date) -> String {
    match days_until(date, today) {
        -2 => "前天".to_owned(),
        -1 => "昨天".to_owned(),
        0 => "今天".to_owned(),
        1 => "明天".to_owned(),
        2 => "后天".to_owned(),
        days if days > 0 && same_week(days, today) => format!("周{}", weekday_zh(date.weekday())),
        _ if date.year() == today.year() => format!("{}月{}日", date.month(), date.day()),
        _ => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
    }
}

fn day_en(date: Date, today: Date) -> String {
    match days_until(date, today) {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days if days > 0 && same_week(days, today) => format!("on {}", weekday_en(date.weekday())),
        _ if date.year() == today.year() => format!("on {} {}", month_en(date.month()), date.day()),
        _ => format!("on {} {}, {}", month_en(date.month()), date.day(), date.year()),
    }
}

/// Whether the day that is `days` after today is still in today's week, which ends on Sunday.
fn same_week(days: i32, today: Date) -> bool {
    i32::from(today.weekday().to_monday_zero_offset()) + days < 7
}

const fn weekday_zh(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    }
}

const fn weekday_en(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month_en(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_named_as_seen_from_today() {
        let today = date(2026, 11, 17); // a Tuesday
        let zh = |year, month, day| day_and_time(date(year, month, day).at(10, 5, 0, 0), today, Language::Chinese);
        assert_eq!(zh(2026, 11, 17), "今天10:05");
        assert_eq!(zh(2026, 11, 15), "前天10:05");
        assert_eq!(zh(2026, 11, 20), "周五10:05");
        assert_eq!(zh(2026, 11, 23), "11月23日10:05", "Monday belongs to the next week");
        assert_eq!(zh(2027, 1, 2), "2027年1月2日10:05");
        let en = |month, day| before(date(2026, month, day).at(18, 0, 0, 0), today, Language::English);
        assert_eq!(en(11, 18), "tomorrow before 18:00");
        assert_eq!(en(11, 19), "on Thursday before 18:00");
        assert_eq!(en(12, 24), "on December 24 before 18:00");
    }
}
