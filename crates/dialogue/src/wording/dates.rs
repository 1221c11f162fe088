//! Moments in words, as seen from today.

use ermu_domain::Language;
use jiff::civil::{Date, DateTime, Weekday};

/// `今天10:05`, `today at 10:05`, `hoy a las 10:05`.
pub(crate) fn day_and_time(moment: DateTime, today: Date, language: Language) -> String {
    let (day, time) = (day(moment.date(), today, language), clock(moment));
    match language {
        Language::Chinese => format!("{day}{time}"),
        Language::English => format!("{day} at {time}"),
        Language::Spanish if moment.hour() == 1 => format!("{day} a la {time}"),
        Language::Spanish => format!("{day} a las {time}"),
        Language::Portuguese if moment.hour() <= 1 => format!("{day} à {time}"),
        Language::Portuguese => format!("{day} às {time}"),
        Language::Arabic => format!("{day} الساعة {time}"),
    }
}

/// `明天18:00前`, `tomorrow before 18:00`, `mañana antes de las 18:00`.
pub(crate) fn before(moment: DateTime, today: Date, language: Language) -> String {
    let (day, time) = (day(moment.date(), today, language), clock(moment));
    match language {
        Language::Chinese => format!("{day}{time}前"),
        Language::English => format!("{day} before {time}"),
        Language::Spanish if moment.hour() == 1 => format!("{day} antes de la {time}"),
        Language::Spanish => format!("{day} antes de las {time}"),
        Language::Portuguese if moment.hour() <= 1 => format!("{day} antes da {time}"),
        Language::Portuguese => format!("{day} antes das {time}"),
        Language::Arabic => format!("{day} قبل الساعة {time}"),
    }
}

fn clock(moment: DateTime) -> String {
    format!("{:02}:{:02}", moment.hour(), moment.minute())
}

/// Whole days from `today` to `date`.
pub(crate) fn days_until(date: Date, today: Date) -> i32 {
    (date - today).get_days()
}

fn day(date: Date, today: Date, language: Language) -> String {
    match language {
        Language::Chinese => day_zh(date, today),
        Language::English => day_en(date, today),
        Language::Spanish => day_es(date, today),
        Language::Portuguese => day_pt(date, today),
        Language::Arabic => day_ar(date, today),
    }
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

fn day_es(date: Date, today: Date) -> String {
    match days_until(date, today) {
        -2 => "anteayer".to_owned(),
        -1 => "ayer".to_owned(),
        0 => "hoy".to_owned(),
        1 => "mañana".to_owned(),
        2 => "pasado mañana".to_owned(),
        days if days > 0 && same_week(days, today) => format!("el {}", weekday(date, WEEKDAYS_ES)),
        _ if date.year() == today.year() => format!("el {} de {}", date.day(), month(date, MONTHS_ES)),
        _ => format!("el {} de {} de {}", date.day(), month(date, MONTHS_ES), date.year()),
    }
}

fn day_pt(date: Date, today: Date) -> String {
    match days_until(date, today) {
        -2 => "anteontem".to_owned(),
        -1 => "ontem".to_owned(),
        0 => "hoje".to_owned(),
        1 => "amanhã".to_owned(),
        2 => "depois de amanhã".to_owned(),
        days if days > 0 && same_week(days, today) => {
            let contraction = if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) { "no" } else { "na" };
            format!("{contraction} {}", weekday(date, WEEKDAYS_PT))
        }
        _ if date.year() == today.year() => format!("no dia {} de {}", date.day(), month(date, MONTHS_PT)),
        _ => format!("no dia {} de {} de {}", date.day(), month(date, MONTHS_PT), date.year()),
    }
}

fn day_ar(date: Date, today: Date) -> String {
    match days_until(date, today) {
        -2 => "أول أمس".to_owned(),
        -1 => "أمس".to_owned(),
        0 => "اليوم".to_owned(),
        1 => "غدًا".to_owned(),
        2 => "بعد غد".to_owned(),
        days if days > 0 && same_week(days, today) => format!("يوم {}", weekday(date, WEEKDAYS_AR)),
        _ if date.year() == today.year() => format!("يوم {} {}", date.day(), month(date, MONTHS_AR)),
        _ => format!("يوم {} {} {}", date.day(), month(date, MONTHS_AR), date.year()),
    }
}

/// From Monday to Sunday.
const WEEKDAYS_ES: &str = "lunes martes miércoles jueves viernes sábado domingo";
const WEEKDAYS_PT: &str = "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo";
const WEEKDAYS_AR: &str = "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد";
/// From January to December.
const MONTHS_ES: &str = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre";
const MONTHS_PT: &str = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro";
const MONTHS_AR: &str = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر";

fn weekday(date: Date, names: &'static str) -> &'static str {
    nth(names, date.weekday().to_monday_zero_offset())
}

fn month(date: Date, names: &'static str) -> &'static str {
    nth(names, date.month() - 1)
}

fn nth(names: &'static str, index: i8) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.split(' ').nth(index)).unwrap_or("")
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

    #[test]
    fn days_in_further_languages() {
        let today = date(2026, 11, 17); // a Tuesday
        let told = |language| {
            let days = [(2026, 11, 15), (2026, 11, 18), (2026, 11, 21), (2026, 12, 24), (2027, 1, 2)];
            let told =
                days.map(|(year, month, day)| day_and_time(date(year, month, day).at(10, 5, 0, 0), today, language));
            told.join("|")
        };
        assert_eq!(
            told(Language::Spanish),
            "anteayer a las 10:05|mañana a las 10:05|el sábado a las 10:05|el 24 de diciembre a las 10:05|\
             el 2 de enero de 2027 a las 10:05"
        );
        assert_eq!(
            told(Language::Portuguese),
            "anteontem às 10:05|amanhã às 10:05|no sábado às 10:05|no dia 24 de dezembro às 10:05|\
             no dia 2 de janeiro de 2027 às 10:05"
        );
        assert_eq!(
            told(Language::Arabic),
            "أول أمس الساعة 10:05|غدًا الساعة 10:05|يوم السبت الساعة 10:05|يوم 24 ديسمبر الساعة 10:05|\
             يوم 2 يناير 2027 الساعة 10:05"
        );
        let one = date(2026, 11, 20).at(1, 30, 0, 0);
        assert_eq!(before(one, today, Language::Spanish), "el viernes antes de la 01:30", "one o'clock is singular");
        assert_eq!(before(one, today, Language::Portuguese), "na sexta-feira antes da 01:30");
        assert_eq!(before(one, today, Language::Arabic), "يوم الجمعة قبل الساعة 01:30");
    }
}
